using System.Diagnostics;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using TrailStream.Pipeline.Kafka;
using TrailStream.Testing.Kafka;
using Xunit;

namespace TrailStream.Engine.Tests.Faults;

/// <summary>A real Elasticsearch that somebody has misconfigured: a mapping that refuses everything, a blocked index, a revoked key. The numbers are the
/// rows of the fault list.</summary>
[Trait("Suite", "Slow")]
public sealed class StoreFaultTests(EngineFixture engines, ITestOutputHelper output)
{
    private static readonly DateTimeOffset Today = DateTimeOffset.UtcNow;
    private static readonly DateTimeOffset Before = Today.AddDays(-2);

    /// <summary>Overrides what the templates say, who let malformed values pass.</summary>
    private const string Refusing = """{"settings":{"index.mapping.ignore_malformed":false},"mappings":{"properties":{"@timestamp":{"type":"boolean"}}}}""";

    private readonly HashSet<string> _sent = [];
    private string _kafka = "";

    /// <summary>19: the day's index refuses every document in every form. A hundred are given up, then the breaker holds the rest until the mapping is
    /// mended.</summary>
    [Fact]
    public async Task EverythingRefused_TheBreakerHoldsItBack_UntilTheMappingIsMended()
    {
        var (name, url, cancellation) = await BeginAsync("refused");
        using var http = new HttpClient { BaseAddress = new Uri(url) };
        var index = Index(Today);
        await OkAsync(http.PutAsJsonAsync(index, JsonDocument.Parse(Refusing), cancellation));
        Feed(name, 1000, Today);
        using var process = StreamProcess.Start(_kafka, name, [$"elasticsearch.urls={url}", "late.hold=1s", "elasticsearch.setup=false"]);
        await Poll.Until(async () => process.Reads && await process.MetricAsync("trailstream_bulk_breaker_open") == 1, cancellation);
        Assert.Equal(503, await process.ReadyAsync());
        Assert.True(await process.MetricAsync("trailstream_frontier_span") > 0);
        Assert.Contains(process.Lines, line => line.Contains("more than one document in a hundred", StringComparison.Ordinal));

        // A field's type stays: the index is made anew, as the advice of the dead letters says.
        await OkAsync(http.DeleteAsync(index, cancellation));
        await SettledAsync(process, cancellation);
        Assert.Equal(0, await process.StopAsync());
        await CheckAsync(http, name, letters => letters is >= 0 and <= 100, cancellation);
    }

    /// <summary>23: one day's index takes no writes, as at the disk's flood stage. The other day's flows on; the blocked ones wait.</summary>
    [Fact]
    public async Task OneIndexBlocked_TheOthersFlow_AndItCatchesUp()
    {
        var (name, url, cancellation) = await BeginAsync("blocked");
        using var http = new HttpClient { BaseAddress = new Uri(url) };
        await OkAsync(http.PutAsync(Index(Before), null, cancellation));
        await OkAsync(http.PutAsJsonAsync($"{Index(Before)}/_settings", JsonDocument.Parse("""{"index.blocks.read_only_allow_delete":true}"""), cancellation));
        Feed(name, 300, Before);
        Feed(name, 300, Today);
        using var process = StreamProcess.Start(_kafka, name, [$"elasticsearch.urls={url}", "late.hold=1s"]);
        await Poll.Until(async () => process.Reads && await CountAsync(http, Index(Today), cancellation) == 300, cancellation);
        Assert.True(await process.MetricAsync("trailstream_frontier_span") > 0);
        Assert.True(await process.MetricAsync("trailstream_bulk_retried_total") > 0);
        await OkAsync(http.PutAsJsonAsync($"{Index(Before)}/_settings", JsonDocument.Parse("""{"index.blocks.read_only_allow_delete":null}"""), cancellation));
        await SettledAsync(process, cancellation);
        Assert.Equal(0, await process.StopAsync());
        await CheckAsync(http, name, letters => letters == 0, cancellation);
    }

    /// <summary>20: the key is revoked in the middle. Reading stops, nothing is given up, and the new key is found in its file.</summary>
    [Fact]
    public async Task KeyRevoked_WaitsForTheNewOne()
    {
        var url = await engines.SecureElasticsearchAsync();
        Assert.SkipWhen(url is null, EngineFixture.Absent);
        var (name, _, cancellation) = await BeginAsync("revoked");
        using var http = new HttpClient { BaseAddress = new Uri(url!) };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue(
            "Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"elastic:{EngineFixture.ElasticPassword}")));
        await OkAsync(http.DeleteAsync(Index(Today), cancellation), mayFail: true);
        var keyFile = Path.GetTempFileName();
        var key = await KeyAsync(http, cancellation);
        await File.WriteAllTextAsync(keyFile, key.Encoded, cancellation);
        Feed(name, 300, Today);
        using var process = StreamProcess.Start(
            _kafka, name, [$"elasticsearch.urls={url}", $"elasticsearch.api_key_file={keyFile}", "late.hold=1s", "elasticsearch.setup=false"]);
        await Poll.Until(async () => process.Reads && await CountAsync(http, Index(Today), cancellation) == 300, cancellation);
        using var revoke = new HttpRequestMessage(HttpMethod.Delete, "/_security/api_key") { Content = JsonContent.Create(new { ids = (string[])[key.Id] }) };
        await OkAsync(http.SendAsync(revoke, cancellation));
        Feed(name, 300, Today);
        await Poll.Until(() => process.Lines.Any(line => line.Contains("HTTP 401", StringComparison.Ordinal)), cancellation);
        await Poll.Until(async () => await process.MetricAsync("trailstream_kafka_paused") == TrailCheck.Partitions, cancellation);
        Assert.Equal(503, await process.ReadyAsync());
        await File.WriteAllTextAsync(keyFile, (await KeyAsync(http, cancellation)).Encoded, cancellation);
        await SettledAsync(process, cancellation);
        Assert.Equal(0, await process.StopAsync());
        Assert.DoesNotContain(process.Lines, line => line.Contains(key.Encoded, StringComparison.Ordinal));
        await CheckAsync(http, name, letters => letters == 0, cancellation);
        File.Delete(keyFile);
    }

    private static string Index(DateTimeOffset day) => $"/trailstream-cloudtrail-{day:yyyy.MM.dd}";

    private static async Task<long> CountAsync(HttpClient http, string index, CancellationToken cancellation)
    {
        await http.PostAsync($"{index}/_refresh", null, cancellation);
        using var response = await http.GetAsync($"{index}/_count", cancellation);
        using var answer = JsonDocument.Parse(await response.Content.ReadAsStringAsync(cancellation));
        return answer.RootElement.TryGetProperty("count", out var count) ? count.GetInt64() : -1;
    }

    private static async Task<(string Id, string Encoded)> KeyAsync(HttpClient http, CancellationToken cancellation)
    {
        using var response = await http.PostAsJsonAsync("/_security/api_key", JsonDocument.Parse("""
            {"name":"stream","role_descriptors":{"w":{"cluster":["monitor"],
            "index":[{"names":["trailstream-cloudtrail-*"],"privileges":["auto_configure","index","read"]}]}}}
            """), cancellation);
        response.EnsureSuccessStatusCode();
        using var answer = JsonDocument.Parse(await response.Content.ReadAsStringAsync(cancellation));
        return (answer.RootElement.GetProperty("id").GetString()!, answer.RootElement.GetProperty("encoded").GetString()!);
    }

    private static async Task OkAsync(Task<HttpResponseMessage> answer, bool mayFail = false)
    {
        using var response = await answer;
        Assert.True(mayFail || response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync());
    }

    private static Task SettledAsync(StreamProcess process, CancellationToken cancellation) => Poll.Until(
        async () => await process.MetricAsync("trailstream_frontier_span") == 0 && await process.MetricAsync("trailstream_kafka_lag") == 0, cancellation);

    private void Feed(string name, int times, DateTimeOffset time)
    {
        using var feeder = new TopicFeeder(_kafka, name);
        for (var i = 0; i < times; i++)
        {
            var id = Guid.NewGuid().ToString();
            _sent.Add(id);
            feeder.Send(FaultLedger.Plain(id, time), i % TrailCheck.Partitions);
        }

        feeder.Flush(TestContext.Current.CancellationToken);
    }

    /// <summary>Each event is once in the store or once among the dead letters.</summary>
    private async Task CheckAsync(HttpClient http, string name, Func<int, bool> letters, CancellationToken cancellation)
    {
        await http.PostAsync("/trailstream-cloudtrail-*/_refresh", null, cancellation);
        using var answer = await http.PostAsJsonAsync(
            "/trailstream-cloudtrail-*/_search?size=10000", JsonDocument.Parse("""{"_source":false,"query":{"match_all":{}}}"""), cancellation);
        using var found = JsonDocument.Parse(await answer.Content.ReadAsStringAsync(cancellation));
        var all = found.RootElement.GetProperty("hits").GetProperty("hits").EnumerateArray().Select(hit => hit.GetProperty("_id").GetString()!).ToList();
        var dead = new HashSet<string>();
        TrailCheck.Read(_kafka, name + "-dlq", message =>
        {
            Assert.True(message.Headers.TryGetLastBytes("ts-dlq-event-id", out var id));
            dead.Add(Encoding.UTF8.GetString(id));
        }, partitions: 1);
        output.WriteLine($"{_sent.Count} events: {all.Count} documents, {dead.Count} dead letters");
        Assert.True(letters(dead.Count));
        Assert.Equal(_sent.Order(), all.Concat(dead).Order());
        TrailCheck.AssertCommitted(_kafka, name);
    }

    private async Task<(string Name, string Url, CancellationToken Cancellation)> BeginAsync(string what)
    {
        var (kafka, url) = (await engines.KafkaAsync(), await engines.ElasticsearchAsync());
        Assert.SkipWhen(kafka is null || url is null, EngineFixture.Absent);
        _kafka = kafka!;
        var cancellation = TestContext.Current.CancellationToken;
        await TrailCheck.ClearAsync(url!, cancellation);
        var name = $"{what}-{Stopwatch.GetTimestamp()}";
        await TrailCheck.CreateAsync(kafka!, name, cancellation);
        return (name, url!, cancellation);
    }
}
