using System.Diagnostics;
using System.Text;
using System.Text.Json;
using Confluent.Kafka;
using Confluent.Kafka.Admin;
using TrailStream.Pipeline.Kafka;
using TrailStream.Testing.Elasticsearch;
using TrailStream.Testing.Kafka;
using Xunit;

namespace TrailStream.Engine.Tests.Faults;

/// <summary>What makes the stream, or one partition of it, stand still: it must show, lose nothing, and go on by itself. The numbers are the rows of the
/// fault list.</summary>
[Trait("Suite", "Slow")]
public sealed class StandstillTests(EngineFixture engines, ITestOutputHelper output)
{
    private const string Canary = "wJalrXUtnFEMI-canary";

    private const string Password = "hunter-canary";

    private string _kafka = "";

    /// <summary>33: the broker refuses dead letters, then sessions too, as with a full disk or too few replicas (here: by the topics' own rule for
    /// timestamps). Only partitions that have some stand still, and those the gauge shows.</summary>
    [Fact]
    public async Task DeadLettersAndSessionsNotTaken_TheirPartitionsShow_TheOthersFlow()
    {
        (_kafka, var name, var ledger, var cancellation) = await FaultLedger.BeginAsync(engines, "refused");
        await using var store = await FakeElasticsearch.StartAsync();
        using var process = StreamProcess.Start(_kafka, name, [$"elasticsearch.urls={store.Url}", "late.hold=3s", "late.grace=3s"]);
        await Poll.Until(() => process.Reads, cancellation);
        await OldestTakenAsync(name, "0");
        ledger.FeedPoison(1, cancellation);
        ledger.FeedPlain(400, cancellation);
        await Poll.Until(
            async () => store.Documents.Count == ledger.Documents && await process.MetricAsync("trailstream_oldest_unsettled_seconds", "partition=\"0\"") > 4,
            cancellation);

        // Poison stands first in partitions 0 to 2; nothing behind it may be committed.
        Assert.Equal(304, await process.MetricAsync("trailstream_frontier_span"));
        Assert.Equal(0, await process.MetricAsync("trailstream_oldest_unsettled_seconds", "partition=\"3\""));
        Assert.Contains(process.Lines, line => line.Contains("Dead letters cannot be written", StringComparison.Ordinal));
        await ledger.FeedAsync(17, 400, cancellation);
        await Poll.Until(
            async () => store.Documents.Count == ledger.Documents && await process.MetricAsync("trailstream_frontier_span", "partition=\"3\"") > 0, cancellation);
        Assert.Contains(process.Lines, line => line.Contains("A session record was not acknowledged", StringComparison.Ordinal));
        await OldestTakenAsync(name, "9223372036854775807");
        await Poll.Until(
            async () => await process.MetricAsync("trailstream_frontier_span") == 0 && await process.MetricAsync("trailstream_late_held") == 0
                && await process.MetricAsync("trailstream_events{outcome=\"pending\"}") == 0,
            cancellation);
        Assert.Equal(0, await process.StopAsync());
        output.WriteLine(ledger.Check(store, output));
    }

    /// <summary>26: a partition is taken away while the store hangs: it is given up within its time, not held until the group throws the node out; and
    /// what the store acknowledges late changes nothing.</summary>
    [Fact]
    public async Task StoreHangsInARebalance_PartitionsAreHandedOverInTime()
    {
        (_kafka, var name, var ledger, var cancellation) = await FaultLedger.BeginAsync(engines, "handover");
        ledger.FeedPlain(2000, cancellation);
        await using var store = await FakeElasticsearch.StartAsync();
        using var answer = new ManualResetEventSlim();
        store.Request = (_, _) =>
        {
            answer.Wait(TimeSpan.FromSeconds(60), CancellationToken.None);
            return null;
        };
        string[] settings = [$"elasticsearch.urls={store.Url}", "late.hold=1s"];
        using var first = StreamProcess.Start(_kafka, name, settings);
        await Poll.Until(async () => first.Reads && await first.MetricAsync("trailstream_frontier_span") == 2000, cancellation);
        using var second = StreamProcess.Start(_kafka, name, settings);
        await Poll.Until(() => second.Reads && first.Lines.Any(line => line.Contains("records open, revoked", StringComparison.Ordinal)), cancellation);
        Assert.Equal(0, first.Lines.Count(line => line.Contains(", lost)", StringComparison.Ordinal)));
        answer.Set();
        await Poll.Until(
            async () => store.Documents.Count == ledger.Documents && await first.MetricAsync("trailstream_frontier_span") == 0
                && await second.MetricAsync("trailstream_frontier_span") == 0 && await second.MetricAsync("trailstream_kafka_lag") == 0,
            cancellation);
        Assert.True(await first.MetricAsync("trailstream_kafka_fenced_acks_total") > 0);
        Assert.Equal(0, await first.StopAsync());
        Assert.Equal(0, await second.StopAsync());
        output.WriteLine(ledger.Check(store, output));
    }

    /// <summary>52: fenced, and nobody is there who would fence again, as after a broker's death: the node joins anew and goes on.</summary>
    [Fact]
    public async Task FencedOnce_JoinsAnew()
    {
        (_kafka, var name, var ledger, var cancellation) = await FaultLedger.BeginAsync(engines, "fenced-once");
        ledger.FeedPlain(400, cancellation);
        await using var store = await FakeElasticsearch.StartAsync();
        using var node = StreamProcess.Start(_kafka, name, $"elasticsearch.urls={store.Url}", "late.hold=1s", "kafka.group_instance_id=one");
        await Poll.Until(() => store.Documents.Count == ledger.Documents, cancellation);
        using (var other = new ConsumerBuilder<Ignore, Ignore>(new ConsumerConfig
        {
            BootstrapServers = _kafka,
            GroupId = name,
            GroupInstanceId = "one",
            SessionTimeoutMs = 6000,
            PartitionAssignmentStrategy = PartitionAssignmentStrategy.CooperativeSticky,
            EnableAutoCommit = false,
        }).Build())
        {
            other.Subscribe(name);
            while (!node.Lines.Any(line => line.Contains("Kafka has fenced kafka.group_instance_id one", StringComparison.Ordinal)))
            {
                other.Consume(TimeSpan.FromMilliseconds(20));
                cancellation.ThrowIfCancellationRequested();
            }
        }

        ledger.FeedPlain(400, cancellation);
        await Poll.Until(() => store.Documents.Count == ledger.Documents, cancellation);
        Assert.Equal(1, await node.MetricAsync("trailstream_kafka_member_fences_total"));
        Assert.Equal(0, await node.StopAsync());
        output.WriteLine(ledger.Check(store, output));
    }

    /// <summary>52: two nodes with one <c>group_instance_id</c>: Kafka fences the one that was there, then the other by turns; one ends and says so.</summary>
    [Fact]
    public async Task TwoNodesWithOneInstanceId_TheFencedOneEnds()
    {
        (_kafka, var name, var ledger, var cancellation) = await FaultLedger.BeginAsync(engines, "fenced");
        ledger.FeedPlain(400, cancellation);
        await using var store = await FakeElasticsearch.StartAsync();
        string[] settings = [$"elasticsearch.urls={store.Url}", "late.hold=1s", "kafka.group_instance_id=one"];
        using var first = StreamProcess.Start(_kafka, name, settings);
        await Poll.Until(() => store.Documents.Count == ledger.Documents, cancellation);
        using var second = StreamProcess.Start(_kafka, name, settings);
        await Poll.Until(() => first.HasExited || second.HasExited, cancellation);
        var (ended, other) = first.HasExited ? (first, second) : (second, first);
        Assert.Equal(1, ended.ExitCode);
        Assert.Contains(ended.Lines, line => line.Contains("another node has the same. Give each node its own", StringComparison.Ordinal));
        ledger.FeedPlain(400, cancellation);
        await Poll.Until(() => store.Documents.Count == ledger.Documents, cancellation);
        Assert.Equal(0, await other.StopAsync());
        output.WriteLine(ledger.Check(store, output));
    }

    /// <summary>2 with KIP-848: a static member that has crashed keeps its id until its session is over, 45 s; who starts in its place waits for it.</summary>
    [Fact]
    public async Task StaticMemberCrashes_ItsSuccessorWaitsForTheId()
    {
        (_kafka, var name, var ledger, var cancellation) = await FaultLedger.BeginAsync(engines, "held");
        ledger.FeedPlain(400, cancellation);
        await using var store = await FakeElasticsearch.StartAsync();
        string[] settings = [$"elasticsearch.urls={store.Url}", "late.hold=1s", "kafka.group_instance_id=one", "kafka.protocol=consumer"];
        using var first = StreamProcess.Start(_kafka, name, settings);
        await Poll.Until(() => store.Documents.Count == ledger.Documents, cancellation);
        await first.KillAsync();
        ledger.FeedPlain(400, cancellation);
        using var second = StreamProcess.Start(_kafka, name, settings);
        await Poll.Until(() => store.Documents.Count == ledger.Documents || second.HasExited, cancellation);
        Assert.False(second.HasExited, second.LastLines);
        Assert.Contains(second.Lines, line => line.Contains("is still that of another member", StringComparison.Ordinal));
        Assert.Equal(0, await second.StopAsync());
        output.WriteLine(ledger.Check(store, output));
    }

    /// <summary>10: no broker at the start.</summary>
    [Fact]
    public async Task NoBrokerAtTheStart_WaitsAndSaysSo_AndEndsWhenTold()
    {
        var cancellation = TestContext.Current.CancellationToken;
        using var process = StreamProcess.Start("127.0.0.1:1", "nowhere", ["elasticsearch.urls=http://127.0.0.1:1"]);
        await Poll.Until(() => process.Lines.Any(line => line.Contains("Waiting for Kafka at 127.0.0.1:1", StringComparison.Ordinal)), cancellation);
        Assert.Equal(503, await process.ReadyAsync());
        Assert.Equal(0, await process.StopAsync());
    }

    /// <summary>28, 50, 51, 46: everything twice, hostile texts, secrets, a heap of 200 MB and a store that is away; at debug level.</summary>
    [Fact]
    public async Task EverythingTwice_HostileTexts_ASmallHeap_NoSecretInTheLog()
    {
        (_kafka, var name, var ledger, var cancellation) = await FaultLedger.BeginAsync(engines, "hostile");
        var (keyFile, sent) = (Path.GetTempFileName(), new List<byte[]>());
        await File.WriteAllTextAsync(keyFile, Canary, cancellation);
        await using var store = await FakeElasticsearch.StartAsync();
        store.Authorization = $"ApiKey {Canary}";
        store.Request = (_, _) => new FakeAnswer(503);
        using var process = StreamProcess.Start(
            _kafka,
            name,
            [$"elasticsearch.urls={store.Url}", $"elasticsearch.api_key_file={keyFile}", "late.hold=1s", "log.level=debug", "limits.in_flight_bytes=32MB"],
            new() { ["DOTNET_GCHeapHardLimit"] = "0xC800000" });
        for (var i = 0; i < 20_000; i++)
        {
            var id = Guid.NewGuid().ToString();
            var padding = i % 10 == 0 ? new string('p', 20_000) : "";
            sent.Add(Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(FaultLedger.Plain(id)).Replace(
                "\"requestParameters\":null",
                $$"""
                "userAgent":"${jndi:ldap://x}\r\n\u001b[31m{\"LogLevel\":\"Critical\"}",
                "requestParameters":{"p":"{{padding}}","secretAccessKey":"{{Canary}}","password":"{{Password}}"}
                """,
                StringComparison.Ordinal)));
            ledger.Expect(id);
        }

        using (var feeder = new TopicFeeder(_kafka, name))
        {
            for (var i = 0; i < 2 * sent.Count; i++)
            {
                feeder.Send(sent[i % sent.Count], (i + (i / sent.Count)) % TrailCheck.Partitions);
            }

            feeder.Flush(cancellation);
        }

        await Poll.Until(async () => process.Reads && await process.MetricAsync("trailstream_bulk_stalled") == 1, cancellation);
        store.Request = null;
        await Poll.Until(
            async () =>
            {
                Assert.False(process.HasExited, string.Join('\n', process.Lines.TakeLast(5)));
                return store.Documents.Count == ledger.Documents && await process.MetricAsync("trailstream_frontier_span") == 0
                    && await process.MetricAsync("trailstream_kafka_lag") == 0;
            },
            cancellation);
        output.WriteLine($"{process.WorkingSet >> 20} MB resident");
        Assert.Equal(0, await process.StopAsync());
        output.WriteLine(ledger.Check(store, output));
        Assert.DoesNotContain(store.Documents.Values, d => d.Document.Contains(Canary, StringComparison.Ordinal));
        Assert.All(process.Lines.Where(line => line.Length > 0), line =>
        {
            Assert.DoesNotContain("canary", line);
            Assert.DoesNotContain("jndi", line);
            JsonDocument.Parse(line).Dispose();
        });
        File.Delete(keyFile);
    }

    /// <summary>32: the folder of the snapshot is full. Told and counted; the stream goes on.</summary>
    [Fact]
    public async Task SnapshotFolderFull_TheStreamGoesOn()
    {
        (_kafka, var name, var ledger, var cancellation) = await FaultLedger.BeginAsync(engines, "disk");
        var folder = Directory.CreateTempSubdirectory("trailstream-full-");
        Assert.SkipUnless(await RunAsync("mount", "-t", "tmpfs", "-o", "size=8k", "tmpfs", folder.FullName), "needs the right to mount a small file system");
        try
        {
            await using var store = await FakeElasticsearch.StartAsync();
            using var process = StreamProcess.Start(
                _kafka,
                name,
                [$"elasticsearch.urls={store.Url}", "late.hold=1s", $"sessions.snapshot={folder.FullName}/snapshot", "sessions.snapshot_interval=10s"]);
            await ledger.FeedAsync(13, 4000, cancellation);
            await Poll.Until(async () => process.Reads && await process.MetricAsync("trailstream_snapshot_failures_total") > 0, cancellation);
            await Poll.Until(() => store.Documents.Count == ledger.Documents, cancellation);
            Assert.Equal(0, await process.StopAsync());
            await Poll.Until(() => process.Lines.Any(line => line.Contains("could not be written", StringComparison.Ordinal)), cancellation);
            Assert.DoesNotContain(folder.EnumerateFiles(), file => file.Name == "snapshot");
            output.WriteLine(ledger.Check(store, output, mayWait: true));
        }
        finally
        {
            await RunAsync("umount", folder.FullName);
            folder.Delete(recursive: true);
        }
    }

    private static async Task<bool> RunAsync(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        await process.WaitForExitAsync();
        return process.ExitCode == 0;
    }

    /// <summary>Records older than so many milliseconds are refused: at zero all are.</summary>
    private async Task OldestTakenAsync(string name, string milliseconds)
    {
        using var admin = new AdminClientBuilder(new AdminClientConfig { BootstrapServers = _kafka }).Build();
        await admin.IncrementalAlterConfigsAsync(((string[])[$"{name}-dlq", $"{name}-sessions"]).ToDictionary(
            topic => new ConfigResource { Type = ResourceType.Topic, Name = topic },
            _ => new List<ConfigEntry> { new() { Name = "message.timestamp.before.max.ms", Value = milliseconds, IncrementalOperation = AlterConfigOpType.Set } }));
    }
}
