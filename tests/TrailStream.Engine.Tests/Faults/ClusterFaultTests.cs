using System.Diagnostics;
using Confluent.Kafka;
using Microsoft.Extensions.Logging.Abstractions;
using TrailStream.Pipeline.Kafka;
using TrailStream.Pipeline.Options;
using TrailStream.Testing.Elasticsearch;
using TrailStream.Testing.Kafka;
using Xunit;

namespace TrailStream.Engine.Tests.Faults;

/// <summary>Three brokers, static members: what a cluster does and a single broker cannot. The numbers are the rows of the fault list.</summary>
[Trait("Suite", "Slow")]
public sealed class ClusterFaultTests(EngineFixture engines, ITestOutputHelper output)
{
    /// <summary>13, 33: each broker is killed in turn under load, so that the group's coordinator and every leader move. Then two at once: what is left
    /// takes nothing, and nothing may be committed until they are back.</summary>
    [Fact]
    public async Task EveryBrokerKilledInTurn_ThenTwoAtOnce()
    {
        var kafka = await engines.KafkaClusterAsync();
        Assert.SkipWhen(kafka is null, EngineFixture.Absent);
        var cancellation = TestContext.Current.CancellationToken;
        var name = $"cluster-{Stopwatch.GetTimestamp()}";
        await TopicSetup.EnsureAsync(
            new KafkaOptions { Brokers = kafka! }, [new TopicSpec(name, TrailCheck.Partitions, 3, new Dictionary<string, string>())], TimeProvider.System,
            NullLogger.Instance, cancellation);
        var ledger = new FaultLedger(kafka!, name);
        await using var store = await FakeElasticsearch.StartAsync();
        string[] settings = [$"elasticsearch.urls={store.Url}", "late.hold=5s", "late.grace=5s"];
        using var stop = new CancellationTokenSource();
        var feeding = ledger.FeedSlowlyAsync(23, 200, stop.Token);
        using var first = StreamProcess.Start(kafka!, name, [.. settings, "kafka.group_instance_id=a"]);
        using var second = StreamProcess.Start(kafka!, name, [.. settings, "kafka.group_instance_id=b"]);
        await Poll.Until(() => first.Reads && second.Reads, cancellation);
        try
        {
            for (var broker = 1; broker <= 3; broker++)
            {
                await engines.CommandAsync("kill", $"kafka-{broker}");
                var (seen, began) = (store.Documents.Count, Stopwatch.GetTimestamp());
                await Poll.Until(() => store.Documents.Count > seen + 500 || first.HasExited || second.HasExited || feeding.IsFaulted, cancellation);
                Assert.True(store.Documents.Count > seen + 500);
                output.WriteLine($"kafka-{broker} killed: 500 documents more after {Stopwatch.GetElapsedTime(began).TotalSeconds:F1} s");
                await engines.CommandAsync("start", $"kafka-{broker}");
            }

            await engines.CommandAsync("kill", "kafka-1");
            await engines.CommandAsync("kill", "kafka-2");

            // The feeder flushes where it is told to stop, and can only when they are back.
            await Task.WhenAll(stop.CancelAsync(), engines.CommandAsync("start", "kafka-1"), engines.CommandAsync("start", "kafka-2"));
            await feeding;
            await Poll.Until(
                async () => store.Documents.Count >= ledger.Documents && await IdleAsync(first) && await IdleAsync(second), cancellation, TimeSpan.FromMinutes(4));
        }
        catch (Exception e)
        {
            // First: the description itself fails where a node ends meanwhile.
            output.WriteLine($"{e}\nfed {ledger.Acknowledged} of {ledger.Records} records; {store.Documents.Count} documents");
            await DescribeAsync(kafka!, name, first, second);
            throw;
        }

        Assert.Equal(0, await first.StopAsync());
        Assert.Equal(0, await second.StopAsync());
        output.WriteLine(ledger.Check(store, output, mayWait: true));
    }

    /// <summary>Where it stands still: brokers, leaders, copies, and what each node says of itself.</summary>
    private async Task DescribeAsync(string kafka, string name, params StreamProcess[] nodes)
    {
        using var admin = new AdminClientBuilder(new AdminClientConfig { BootstrapServers = kafka }).SetLogHandler((_, _) => { }).Build();
        var metadata = admin.GetMetadata(TimeSpan.FromSeconds(20));
        output.WriteLine($"brokers {string.Join(' ', metadata.Brokers.Select(broker => broker.BrokerId))}");
        foreach (var topic in metadata.Topics.Where(topic => topic.Topic.StartsWith(name, StringComparison.Ordinal) || topic.Topic.StartsWith("__", StringComparison.Ordinal)))
        {
            output.WriteLine(topic.Topic + ": " + string.Join("; ", topic.Partitions.Select(
                partition => $"{partition.PartitionId} leader {partition.Leader} in sync {string.Join(',', partition.InSyncReplicas)} {partition.Error.Code}")));
        }

        foreach (var node in nodes)
        {
            output.WriteLine(node.HasExited ? $"exited {node.ExitCode}" : string.Join('\n', (await node.MetricLinesAsync()).Where(line => !line.EndsWith(" 0", StringComparison.Ordinal) && !line.Contains("_bucket", StringComparison.Ordinal))));
            output.WriteLine(node.LastLines);
        }
    }

    private static async Task<bool> IdleAsync(StreamProcess process) =>
        await process.MetricAsync("trailstream_kafka_lag") == 0 && await process.MetricAsync("trailstream_frontier_span") == 0
        && await process.MetricAsync("trailstream_late_held") == 0;
}
