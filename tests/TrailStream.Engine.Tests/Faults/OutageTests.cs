using System.Diagnostics;
using TrailStream.Testing.Kafka;
using Xunit;

namespace TrailStream.Engine.Tests.Faults;

/// <summary>A real store behind a proxy that cuts, stops and slows the connections.</summary>
[Trait("Suite", "Slow")]
public sealed class OutageTests(EngineFixture engines, ITestOutputHelper output)
{
    private const int EventsPerSecond = 300;
    private const double MemoryMost = 1.15;

    /// <summary>12, 16, 17: away for ten minutes, or TRAILSTREAM_OUTAGE_MINUTES; then answers that stop half-way, come late, or end in a reset.</summary>
    [Fact]
    public async Task StoreAway_MemoryStaysFlat_WritesAtOnceOnReturn_AndCatchesUp()
    {
        Assert.SkipUnless(Environment.GetEnvironmentVariable("TRAILSTREAM_SLOW") == "1", "takes long: TRAILSTREAM_SLOW=1 runs it");
        var (kafka, elasticsearch, toxiproxy) = (await engines.KafkaAsync(), await engines.ElasticsearchAsync(), await engines.ToxiproxyAsync());
        Assert.SkipWhen(kafka is null || elasticsearch is null || toxiproxy is null, EngineFixture.Absent);
        var cancellation = TestContext.Current.CancellationToken;
        var away = TimeSpan.FromMinutes(
            int.Parse(Environment.GetEnvironmentVariable("TRAILSTREAM_OUTAGE_MINUTES") ?? "10", System.Globalization.CultureInfo.InvariantCulture));
        var name = $"outage-{Stopwatch.GetTimestamp()}";
        await TrailCheck.ClearAsync(elasticsearch!, cancellation);
        await using var proxy = await Proxy.CreateAsync(toxiproxy!, name, new Uri(elasticsearch!));
        var ledger = new FaultLedger(kafka!, name);
        await ledger.FeedAsync(3, 5000, cancellation);
        using var stop = new CancellationTokenSource();
        var feeding = ledger.FeedSlowlyAsync(11, EventsPerSecond, stop.Token);
        using var process = StreamProcess.Start(
            kafka!, name, $"elasticsearch.urls=http://{proxy.Address}", "elasticsearch.request_timeout=3s", "late.hold=3s", "late.grace=5s");
        await Poll.Until(() => process.Reads, cancellation);
        await Poll.Until(async () => await WrittenAsync(process) > 5000 && await HasCaughtUpAsync(process, ledger), cancellation);

        var steady = await MostMemoryAsync(process, TimeSpan.FromSeconds(20), cancellation);
        await proxy.EnableAsync(false);
        var during = await MostMemoryAsync(process, away, cancellation);
        Assert.False(process.HasExited);
        Assert.Equal(503, await process.ReadyAsync());
        var oldest = await process.MetricAsync("trailstream_oldest_unsettled_seconds");
        var (written, read) = (await WrittenAsync(process), await ReadAsync(process));
        var back = Stopwatch.GetTimestamp();
        await proxy.EnableAsync(true);
        await Poll.Until(async () => await WrittenAsync(process) > written, cancellation);
        var first = Stopwatch.GetElapsedTime(back);
        output.WriteLine(
            $"away {away}: memory {during / (double)steady:F2} of steady ({steady >> 20} MB), oldest unsettled of the partitions together {oldest:F0} s, "
            + $"first write {first.TotalSeconds:F1} s after the return");
        await Poll.Until(() => HasCaughtUpAsync(process, ledger), cancellation);
        var caughtUp = (await ReadAsync(process) - read) / Stopwatch.GetElapsedTime(back).TotalSeconds;
        output.WriteLine($"read {caughtUp:F0} events/s against {EventsPerSecond} coming in until it had caught up");
        Assert.True(oldest > 4 * away.TotalSeconds / 2, "the gauge has not seen it");
        Assert.InRange(first, TimeSpan.Zero, TimeSpan.FromSeconds(6));
        Assert.True(caughtUp > 2 * EventsPerSecond);
        Assert.InRange(during / (double)steady, 0, MemoryMost);

        await proxy.AddAsync("timeout", new { timeout = 0 });
        await Task.Delay(TimeSpan.FromSeconds(5), cancellation);
        await proxy.RemoveAsync("timeout");
        await proxy.AddAsync("latency", new { latency = 1500, jitter = 1000 });
        await Task.Delay(TimeSpan.FromSeconds(6), cancellation);
        await proxy.RemoveAsync("latency");
        await proxy.AddAsync("reset_peer", new { timeout = 100 });
        await Task.Delay(TimeSpan.FromSeconds(3), cancellation);
        await proxy.RemoveAsync("reset_peer");
        await stop.CancelAsync();
        await feeding;

        await Poll.Until(
            async () => await process.MetricAsync("trailstream_kafka_lag") == 0 && await process.MetricAsync("trailstream_late_held") == 0
                && await process.MetricAsync("trailstream_documents_in_flight") == 0 && await process.MetricAsync("trailstream_events{outcome=\"pending\"}") == 0,
            cancellation);
        await process.SignalAsync("TERM");
        await process.ExitAsync(Poll.Patience);
        Assert.Equal(0, process.ExitCode);
        TrailCheck.Compare(ledger.Events, await TrailCheck.ReadIndexAsync(elasticsearch!, cancellation), "elasticsearch", output);
        TrailCheck.AssertCommitted(kafka!, name);
    }

    /// <summary>Less than a second of the input is unread.</summary>
    private static async Task<bool> HasCaughtUpAsync(StreamProcess process, FaultLedger ledger) => await ReadAsync(process) > ledger.Records - EventsPerSecond;

    private static Task<double> ReadAsync(StreamProcess process) => process.MetricAsync("messaging_client_consumed_messages_total");

    private static async Task<double> WrittenAsync(StreamProcess process) => await process.MetricAsync("trailstream_documents_total");

    private static async Task<long> MostMemoryAsync(StreamProcess process, TimeSpan time, CancellationToken cancellation)
    {
        var began = Stopwatch.GetTimestamp();
        long most = 0;
        while (Stopwatch.GetElapsedTime(began) < time)
        {
            most = Math.Max(most, process.WorkingSet);
            await Task.Delay(TimeSpan.FromMilliseconds(200), cancellation);
        }

        return most;
    }
}
