using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using TrailStream.Pipeline.Actors;
using TrailStream.Pipeline.Diagnostics;

namespace TrailStream.Http;

/// <summary><c>/healthz</c>: the process lives, never a statement about Kafka or the sinks. <c>/readyz</c>: 200 while events are taken and written, else 503 with
/// the reasons. <c>/metrics</c>: Prometheus text.</summary>
internal sealed class StatusServer : IAsyncDisposable
{
    private readonly WebApplication _app;

    private StatusServer(WebApplication app) => _app = app;

    public string Address => _app.Urls.First();

    public static async Task<StatusServer> StartAsync(
        string address, int port, Func<StreamStatus> status, Func<string> metrics, CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls($"http://{address}:{port.ToString(CultureInfo.InvariantCulture)}");
        builder.Services.AddRoutingCore();
        builder.Services.AddSingleton<IHostLifetime, NoLifetime>();
        var app = builder.Build();
        app.MapGet("/healthz", () => Results.Text("ok\n"));
        app.MapGet("/readyz", () => Ready(status()));
        app.MapGet("/metrics", () => Results.Text(metrics(), PrometheusText.ContentType));
        await app.StartAsync(cancellationToken).ConfigureAwait(false);
        return new StatusServer(app);
    }

    public async ValueTask DisposeAsync() => await _app.DisposeAsync().ConfigureAwait(false);

    private static IResult Ready(StreamStatus status)
    {
        var ready = status.Ready && status.UnhealthySinks.Count == 0;
        return Results.Json(
            new
            {
                ready,
                phase = status.Phase,
                kafka_refuses = status.KafkaRefuses,
                unhealthy_sinks = status.UnhealthySinks,
                lag = status.Lag,
                oldest_unsettled_seconds = status.OldestUnsettled.TotalSeconds,
                look_back = new { done = status.LookBackDone, total = status.LookBackTotal },
            },
            statusCode: ready ? 200 : 503);
    }

    /// <summary>Signals belong to the verb.</summary>
    private sealed class NoLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
