using System.Diagnostics;
using System.Globalization;
using TrailStream.Testing.Kafka;
using Xunit;

namespace TrailStream.Engine.Tests.Faults;

/// <summary>7: three nodes killed at random, again and again, while the broker and the store are killed too. Only where TRAILSTREAM_SLOW=1;
/// TRAILSTREAM_CHAOS_EVENTS, _KILLS and _SEED scale and repeat it.</summary>
[Trait("Suite", "Slow")]
public sealed class ChaosTests(EngineFixture engines, ITestOutputHelper output)
{
    private const int Nodes = 3;

    /// <summary>Every 20 ms took as much of two cores as one of the nodes, for an hour.</summary>
    private static readonly TimeSpan LookInterval = TimeSpan.FromSeconds(1);

    [Fact]
    public async Task NodesBrokerAndStoreKilledAtRandom_NothingIsLostDoubledOrWrong()
    {
        Assert.SkipUnless(Environment.GetEnvironmentVariable("TRAILSTREAM_SLOW") == "1", "takes long: TRAILSTREAM_SLOW=1 runs it");
        var (kafka, elasticsearch) = (await engines.KafkaAsync(), await engines.ElasticsearchAsync());
        Assert.SkipWhen(kafka is null || elasticsearch is null, EngineFixture.Absent);
        var cancellation = TestContext.Current.CancellationToken;
        var (events, kills, seed) = (Setting("EVENTS", 1_000_000), Setting("KILLS", 200), Setting("SEED", Stopwatch.GetTimestamp() & int.MaxValue));
        output.WriteLine($"TRAILSTREAM_CHAOS_EVENTS={events} TRAILSTREAM_CHAOS_KILLS={kills} TRAILSTREAM_CHAOS_SEED={seed}");
        var random = new Random((int)seed);
        var name = $"chaos-{seed}-{Stopwatch.GetTimestamp()}";
        await TrailCheck.ClearAsync(elasticsearch!, cancellation);
        var ledger = new FaultLedger(kafka!, name);
        await ledger.FeedAsync((ulong)seed, events, cancellation);
        // Held so shortly that many documents are written before their evidence comes, and the memory that waits for it is killed.
        string[] settings =
        [
            $"elasticsearch.urls={elasticsearch}", "elasticsearch.request_timeout=5s", "late.hold=2s", "late.grace=60s", "late.sweep_interval=30s",
            "limits.span_records=5000",
        ];
        var nodes = Enumerable.Range(0, Nodes).Select(_ => StreamProcess.Start(kafka!, name, settings)).ToList();
        using var progress = new GroupProgress(kafka!, name);
        var engineKills = 0;
        try
        {
            for (var kill = 0; kill < kills; kill++)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(random.Next(500, 6000)), cancellation);
                if (random.Next(4) > 0)
                {
                    await progress.ReachAsync(events * kill / kills, cancellation);
                }

                var victim = random.Next(Nodes);
                nodes.ForEach(node => Assert.False(node.HasExited, node.LastLines));
                await nodes[victim].KillAsync();
                nodes[victim].Dispose();
                nodes[victim] = StreamProcess.Start(kafka!, name, settings);
                if (kill % 10 == 9)
                {
                    var engine = random.Next(2) == 0 ? "kafka" : "elasticsearch";
                    await engines.CommandAsync("kill", engine);
                    await engines.CommandAsync("start", engine);
                    engineKills++;
                }
            }

            // Whatever the kills have left unread, and the questions to the store, which no node has lived long enough to finish.
            await Poll.Until(async () => await SettledAsync(nodes), cancellation, TimeSpan.FromMinutes(10) + TimeSpan.FromMilliseconds(3 * events), LookInterval);
            await UntilNothingIsCorrectedAsync(elasticsearch!, cancellation);
            foreach (var node in nodes)
            {
                await node.SignalAsync("TERM");
                await node.ExitAsync(Poll.Patience);
                Assert.True(node.ExitCode == 0, node.LastLines);
            }
        }
        finally
        {
            nodes.ForEach(node => node.Dispose());
        }

        TrailCheck.Compare(ledger.Events, await TrailCheck.ReadIndexAsync(elasticsearch!, cancellation), "elasticsearch", output);
        TrailCheck.AssertCommitted(kafka!, name);
        var (exitCode, report) = await StreamProcess.VerifyAsync(kafka!, name, settings);
        output.WriteLine(report);
        Assert.Equal(0, exitCode);
        output.WriteLine($"{ledger.Records} records, {ledger.Documents} events, {kills} nodes and {engineKills} engines killed: all there, once, right");
    }

    private static async Task<bool> SettledAsync(List<StreamProcess> nodes)
    {
        foreach (var node in nodes)
        {
            if (!node.Reads || await node.MetricAsync("trailstream_kafka_lag") != 0
                || await node.MetricAsync("trailstream_late_held") > 0 || await node.MetricAsync("trailstream_bytes_in_flight") > 0
                || await node.MetricAsync("trailstream_events{outcome=\"pending\"}") > 0 || await node.MetricAsync("trailstream_late_store_queued") > 0
                || await node.MetricAsync("trailstream_late_store_inherited") > 0)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>For longer than a question, or the time between two sweeps, no document has been corrected, and none waits.</summary>
    private static async Task UntilNothingIsCorrectedAsync(string url, CancellationToken cancellation)
    {
        var (corrected, since) = (-1L, Stopwatch.GetTimestamp());
        await Poll.Until(async () =>
        {
            var now = await TrailCheck.CountAsync(url, "trailstream.attribution.revision:>1", cancellation);
            if (now != corrected || await TrailCheck.CountAsync(url, "trailstream.attribution.status:pending", cancellation) > 0)
            {
                (corrected, since) = (now, Stopwatch.GetTimestamp());
            }

            return Stopwatch.GetElapsedTime(since) > TimeSpan.FromSeconds(45);
        }, cancellation, TimeSpan.FromMinutes(10), LookInterval);
    }

    private static long Setting(string name, long value) =>
        Environment.GetEnvironmentVariable("TRAILSTREAM_CHAOS_" + name) is { Length: > 0 } text ? long.Parse(text, CultureInfo.InvariantCulture) : value;
}
