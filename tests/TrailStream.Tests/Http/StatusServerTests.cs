using System.Net;
using System.Text.Json;
using TrailStream.Core.Attribution;
using TrailStream.Http;
using TrailStream.Pipeline.Actors;
using Xunit;

namespace TrailStream.Tests.Http;

public sealed class StatusServerTests
{
    [Theory]
    [InlineData(true, new string[0], HttpStatusCode.OK)]
    [InlineData(true, new[] { "elasticsearch" }, HttpStatusCode.ServiceUnavailable)]
    [InlineData(false, new string[0], HttpStatusCode.ServiceUnavailable)]
    public async Task Readyz_IsAboutTheStream_HealthzAboutTheProcess(bool ready, string[] unhealthy, HttpStatusCode expected)
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var server = await StatusServer.StartAsync("127.0.0.1", 0, () => Status(ready, unhealthy), () => "trailstream_x 1\n", cancellation);
        using var http = new HttpClient { BaseAddress = new Uri(server.Address) };

        using var answer = await http.GetAsync("/readyz", cancellation);
        Assert.Equal(expected, answer.StatusCode);
        using var body = JsonDocument.Parse(await answer.Content.ReadAsStringAsync(cancellation));
        Assert.Equal(unhealthy, body.RootElement.GetProperty("unhealthy_sinks").EnumerateArray().Select(name => name.GetString()));
        Assert.Equal("running", body.RootElement.GetProperty("phase").GetString());
        Assert.Equal("ok\n", await http.GetStringAsync("/healthz", cancellation));
    }

    [Fact]
    public async Task Metrics_ArePrometheusText_AndUnknownPathsAreNotFound()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var server = await StatusServer.StartAsync("127.0.0.1", 0, () => Status(true, []), () => "trailstream_x 1\n", cancellation);
        using var http = new HttpClient { BaseAddress = new Uri(server.Address) };

        using var metrics = await http.GetAsync("/metrics", cancellation);
        Assert.Equal("text/plain", metrics.Content.Headers.ContentType!.MediaType);
        Assert.Equal("trailstream_x 1\n", await metrics.Content.ReadAsStringAsync(cancellation));
        using var other = await http.GetAsync("/", cancellation);
        Assert.Equal(HttpStatusCode.NotFound, other.StatusCode);
    }

    private static StreamStatus Status(bool ready, string[] unhealthy) => new()
    {
        Ready = ready,
        Phase = "running",
        Records = 1,
        Events = 1,
        ByStatus = new Dictionary<AttributionStatus, long>(),
        DeadLetters = 0,
        Grants = 0,
        Waiting = 0,
        Held = 0,
        Corrections = 0,
        StoreReads = 0,
        StoreQueued = 0,
        BytesInFlight = 0,
        DocumentBytesInFlight = 0,
        LookBackDone = 0,
        LookBackTotal = 0,
        KafkaRefuses = false,
        UnhealthySinks = unhealthy,
        Partitions = [],
    };
}
