using System.Diagnostics;
using Confluent.Kafka;
using Microsoft.Data.Sqlite;
using TrailStream.Testing.Elasticsearch;
using TrailStream.Testing.Kafka;
using Xunit;

namespace TrailStream.Engine.Tests.Faults;

/// <summary>What befalls one node while the others, or its own other parts, go on. The numbers are the rows of the fault list.</summary>
[Trait("Suite", "Slow")]
public sealed class NodeFaultTests(EngineFixture engines, ITestOutputHelper output)
{
    /// <summary>31: the node that reads the grants is frozen, shortly enough to stay in the group, while the other reads their uses: it writes them as
    /// what is known, and makes them right when it hears of the sessions.</summary>
    [Fact]
    public async Task SessionsHeardOfLate_UsesStandAsPending_AndBecomeRight()
    {
        var (kafka, name, ledger, cancellation) = await FaultLedger.BeginAsync(engines, "heardlate");
        await using var store = await FakeElasticsearch.StartAsync();
        string[] settings = [$"elasticsearch.urls={store.Url}", "late.hold=1s", "late.grace=12h", "kafka.client.session.timeout.ms=45000"];
        using var first = StreamProcess.Start(kafka, name, settings);
        using var second = StreamProcess.Start(kafka, name, settings);
        var (grants, uses) = (new List<int>(), new List<int>());
        await Poll.Until(async () =>
        {
            (grants, uses) = (await OwnedAsync(first), await OwnedAsync(second));
            return grants.Count == 2 && uses.Count == 2 && !grants.Intersect(uses).Any();
        }, cancellation);

        await first.SignalAsync("STOP");
        ledger.FeedApart(31, 4000, grants, uses, cancellation);
        var used = ledger.PartitionOf.Count(fed => uses.Contains(fed.Value));
        await Poll.Until(() => store.Documents.Count == used, cancellation);
        var pending = store.Documents.Values.Count(written => written.Document.Contains("\"status\":\"pending\"", StringComparison.Ordinal));
        Assert.True(pending > used / 4, $"only {pending} of {used} wait for what the frozen node would say");
        await first.SignalAsync("CONT");

        // Event time passes the grace: whatever nobody can explain becomes final.
        ledger.FeedPlain(2 * TrailCheck.Partitions, cancellation, time: DateTimeOffset.UtcNow);
        await Poll.Until(
            async () => store.Documents.Count == ledger.Documents && await first.MetricAsync("trailstream_kafka_lag") == 0
                && await second.MetricAsync("trailstream_events{outcome=\"pending\"}") == 0 && await second.MetricAsync("trailstream_bytes_in_flight") == 0,
            cancellation);
        Assert.DoesNotContain(first.Lines, line => line.Contains(", lost)", StringComparison.Ordinal));
        Assert.Equal(0, await first.StopAsync());
        Assert.Equal(0, await second.StopAsync());
        output.WriteLine($"{pending} of {used} pending before; {ledger.Check(store, output)}");
    }

    /// <summary>47: the pool has one thread, and a locked store holds it for longer than the group waits for a poll. The reader has a thread of its own:
    /// the membership stays, and everything is written afterwards.</summary>
    [Fact]
    public async Task NoThreadFreeInThePool_TheMembershipStays_AndAllIsWrittenAfterwards()
    {
        var (kafka, name, ledger, cancellation) = await FaultLedger.BeginAsync(engines, "starved");
        var folder = Directory.CreateTempSubdirectory("trailstream-starved-");
        try
        {
            var path = Path.Combine(folder.FullName, "store.db");
            ledger.FeedPlain(400, cancellation);
            using var process = StreamProcess.Start(
                kafka,
                name,
                [$"sqlite.path={path}", "late.hold=1s", "kafka.client.max.poll.interval.ms=8000"],
                new() { ["DOTNET_ThreadPool_ForceMaxWorkerThreads"] = "1" });
            await Poll.Until(() => File.Exists(path) && Count(path) == ledger.Documents, cancellation);
            var member = await MemberAsync(kafka, name);
            await using (var other = new SqliteConnection($"Data Source={path};Pooling=False"))
            {
                await other.OpenAsync(cancellation);
                await using var locked = await other.BeginTransactionAsync(cancellation);
                ledger.FeedPlain(4000, cancellation);
                var began = Stopwatch.GetTimestamp();
                await Poll.Until(async () =>
                {
                    Assert.Equal(member, await MemberAsync(kafka, name));
                    return Stopwatch.GetElapsedTime(began) > TimeSpan.FromSeconds(20);
                }, cancellation);
            }

            await Poll.Until(() => Count(path) == ledger.Documents, cancellation);
            Assert.Equal(member, await MemberAsync(kafka, name));
            Assert.Equal(0, await process.StopAsync());
            Assert.DoesNotContain(process.Lines, line => line.Contains(", lost)", StringComparison.Ordinal));
            TrailCheck.AssertCommitted(kafka, name);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    /// <summary>Partitions of which the node has a frontier.</summary>
    private static async Task<List<int>> OwnedAsync(StreamProcess process)
    {
        var owned = new List<int>();
        for (var partition = 0; process.Reads && partition < TrailCheck.Partitions; partition++)
        {
            if (await process.HasMetricAsync("trailstream_oldest_unsettled_seconds", $"partition=\"{partition}\""))
            {
                owned.Add(partition);
            }
        }

        return owned;
    }

    private static long Count(string path)
    {
        using var connection = new SqliteConnection($"Data Source={path};Mode=ReadOnly;Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT count(*) FROM events";
        return (long)command.ExecuteScalar()!;
    }

    /// <summary>Of the group that has one member: its id.</summary>
    private static async Task<string> MemberAsync(string kafka, string group)
    {
        using var admin = new AdminClientBuilder(new AdminClientConfig { BootstrapServers = kafka }).Build();
        var described = (await admin.DescribeConsumerGroupsAsync([group])).ConsumerGroupDescriptions.Single();
        Assert.Equal(ConsumerGroupState.Stable, described.State);
        return described.Members.Single().ConsumerId;
    }
}
