using System.Collections.Concurrent;
using System.Diagnostics;
using TrailStream.Testing.Elasticsearch;
using TrailStream.Testing.Kafka;
using Xunit;

namespace TrailStream.Engine.Tests.Faults;

/// <summary>25: three nodes are restarted one after the other by SIGTERM under load.</summary>
public sealed class RollingRestartTests(EngineFixture engines, ITestOutputHelper output)
{
    private static readonly TimeSpan IdleMost = TimeSpan.FromSeconds(15);

    [Theory]
    [InlineData("classic", Traits = ["Suite", "Slow"])]
    [InlineData("consumer")]
    public async Task ThreeNodes_NothingDeliveredAgain_NoPartitionIdle(string protocol)
    {
        var kafka = await engines.KafkaAsync();
        Assert.SkipWhen(kafka is null, EngineFixture.Absent);
        var cancellation = TestContext.Current.CancellationToken;
        var name = $"rolling-{protocol}-{Stopwatch.GetTimestamp()}";
        var ledger = new FaultLedger(kafka!, name);
        await ledger.CreateAsync(cancellation);
        await using var store = await FakeElasticsearch.StartAsync();
        var (last, idle) = (new long[TrailCheck.Partitions], new ConcurrentDictionary<int, TimeSpan>());
        store.Taken = (id, _) =>
        {
            if (ledger.PartitionOf.TryGetValue(id, out var partition))
            {
                var before = Interlocked.Exchange(ref last[partition], Stopwatch.GetTimestamp());
                var gap = before == 0 ? TimeSpan.Zero : Stopwatch.GetElapsedTime(before);
                idle.AddOrUpdate(partition, gap, (_, most) => most > gap ? most : gap);
            }
        };
        string[] settings = [$"elasticsearch.urls={store.Url}", "late.hold=3s", "late.grace=3s", $"kafka.protocol={protocol}"];
        using var stop = new CancellationTokenSource();
        var feeding = ledger.FeedSlowlyAsync(11, 200, stop.Token);
        var nodes = new List<StreamProcess>();
        try
        {
            for (var i = 0; i < 3; i++)
            {
                nodes.Add(StreamProcess.Start(kafka!, name, settings));
            }

            await Poll.Until(() => nodes.All(node => node.Reads), cancellation);
            idle.Clear();
            for (var i = 0; i < 3; i++)
            {
                await nodes[i].SignalAsync("TERM");
                await nodes[i].ExitAsync(Poll.Patience);
                Assert.Equal(0, nodes[i].ExitCode);
                nodes[i].Dispose();
                nodes[i] = StreamProcess.Start(kafka!, name, settings);
                await Poll.Until(() => nodes[i].Reads, cancellation);
            }

            var most = idle.Values.Max();
            output.WriteLine(
                $"{protocol}: {store.Documents.Count} documents, {store.Repeated} delivered again, longest time of a partition without a write {most.TotalSeconds:F1} s");
            Assert.Equal(0, store.Repeated);
            Assert.InRange(most, TimeSpan.Zero, IdleMost);
        }
        finally
        {
            await stop.CancelAsync();
            await feeding;
            nodes.ForEach(node => node.Dispose());
        }
    }
}
