using Confluent.Kafka;
using TrailStream.Testing.Elasticsearch;
using TrailStream.Testing.Kafka;
using Xunit;

namespace TrailStream.Engine.Tests.Faults;

/// <summary>What others may do to the input topic: transactions, tombstones, retention, deletion. The numbers are the rows of the fault list.</summary>
[Trait("Suite", "Slow")]
public sealed class InputFaultTests(EngineFixture engines, ITestOutputHelper output)
{
    private string _kafka = "";

    /// <summary>What is committed is read, what is aborted is not, markers and tombstones are passed over; a transaction that nobody ends holds its
    /// partition up for every reader, and shows.</summary>
    [Fact]
    public async Task Transactions_AbortedIsNotRead_AHangingOneIsSeen()
    {
        (_kafka, var name, var ledger, var cancellation) = await FaultLedger.BeginAsync(engines, "transactions");
        ledger.FeedPlain(8, cancellation);
        using var producer = new ProducerBuilder<Null, byte[]>(
            new ProducerConfig { BootstrapServers = _kafka, TransactionalId = name, TransactionTimeoutMs = 600_000 }).Build();
        producer.InitTransactions(TimeSpan.FromSeconds(20));
        for (var round = 0; round < 4; round++)
        {
            producer.BeginTransaction();
            for (var i = 0; i < 8; i++)
            {
                var id = Guid.NewGuid().ToString();
                producer.Produce(new TopicPartition(name, i % TrailCheck.Partitions), new Message<Null, byte[]> { Value = i < 4 ? FaultLedger.Plain(id) : null! });
                if (round % 2 == 0 && i < 4)
                {
                    ledger.Expect(id);
                }
            }

            if (round % 2 == 0)
            {
                producer.CommitTransaction();
            }
            else
            {
                producer.AbortTransaction();
            }
        }

        await using var store = await FakeElasticsearch.StartAsync();
        using var process = StreamProcess.Start(_kafka, name, $"elasticsearch.urls={store.Url}", "late.hold=1s");
        await Poll.Until(async () => store.Documents.Count == ledger.Documents && await process.MetricAsync("trailstream_kafka_lag") == 0, cancellation);
        Assert.Equal(8, await process.MetricAsync("trailstream_read_empty_total"));
        Assert.Equal(0, await process.MetricAsync("trailstream_oldest_unsettled_seconds"));

        producer.BeginTransaction();
        await producer.ProduceAsync(new TopicPartition(name, 1), new Message<Null, byte[]> { Value = FaultLedger.Plain(Guid.NewGuid().ToString()) }, cancellation);
        var before = ledger.Documents;
        ledger.FeedPlain(20, cancellation, 1);
        ledger.FeedPlain(20, cancellation, 2);
        await Poll.Until(
            async () => await process.MetricAsync("trailstream_oldest_unsettled_seconds") > 3 && await process.MetricAsync("trailstream_kafka_lag") == 21, cancellation);
        Assert.Equal(before + 20, store.Documents.Count);
        producer.AbortTransaction();
        await Poll.Until(async () => store.Documents.Count == ledger.Documents && await process.MetricAsync("trailstream_oldest_unsettled_seconds") == 0, cancellation);
        Assert.Equal(0, await process.StopAsync());
        output.WriteLine(ledger.CheckDocuments(store, output));
    }

    /// <summary>34: retention removes what was not read yet. The stream ends, says which records are gone, and goes on behind them only when told to.</summary>
    [Fact]
    public async Task RetentionOvertakes_EndsWithTheExactGap_AndGoesOnWhenTold()
    {
        (_kafka, var name, var ledger, var cancellation) = await FaultLedger.BeginAsync(engines, "retention");
        ledger.FeedPlain(400, cancellation);
        await using var store = await FakeElasticsearch.StartAsync();
        string[] settings = [$"elasticsearch.urls={store.Url}", "late.hold=1s"];
        using (var process = StreamProcess.Start(_kafka, name, settings))
        {
            await Poll.Until(() => store.Documents.Count == ledger.Documents, cancellation);
            store.Request = (_, _) => new FakeAnswer(503);
            ledger.FeedPlain(4, cancellation);
            // A client that has been told to pause for two seconds fetches nothing any more: what comes now is gone before it is seen.
            await Poll.Until(
                async () => await process.MetricAsync("trailstream_kafka_paused") == TrailCheck.Partitions
                    && await process.MetricAsync("trailstream_oldest_unsettled_seconds") > 2 * TrailCheck.Partitions,
                cancellation);
            ledger.FeedPlain(3000, cancellation, 2);
            using var admin = new AdminClientBuilder(new AdminClientConfig { BootstrapServers = _kafka }).Build();
            await admin.DeleteRecordsAsync([new TopicPartitionOffset(name, 2, 1101)]);
            store.Request = null;
            await process.ExitAsync(Poll.Patience);
            Assert.Equal(1, process.ExitCode);
            Assert.Contains(process.Lines, line => line.Contains("retention has removed it", StringComparison.Ordinal));
        }

        // What was written last may not be committed: the gap begins where the group's offset stands.
        long from;
        using (var committed = TrailCheck.Consumer(_kafka, name))
        {
            from = committed.Committed([new TopicPartition(name, 2)], TimeSpan.FromSeconds(10))[0].Offset.Value;
        }

        using (var second = StreamProcess.Start(_kafka, name, settings))
        {
            await second.ExitAsync(Poll.Patience);
            Assert.Equal(1, second.ExitCode);
            Assert.Contains(second.Lines, line => line.Contains($"{name}/2: offsets {from} to 1100 are gone (retention)", StringComparison.Ordinal));
        }

        using var third = StreamProcess.Start(_kafka, name, [.. settings, "kafka.accept_gap=true"]);
        await Poll.Until(() => store.Documents.Count == ledger.Documents - 1000, cancellation);
        Assert.Equal(1101 - from, await third.MetricAsync("trailstream_kafka_retention_gap_total"));
        Assert.Equal(0, await third.StopAsync());
        Assert.Equal(ledger.Documents - 1000, store.Documents.Count);
        TrailCheck.AssertCommitted(_kafka, name);
    }

    /// <summary>The topic is deleted and made anew under a running stream, which ends rather than go on at an offset that means something else now.
    /// Kafka forgets the group's offsets with the topic: the next start reads the new one from its beginning.</summary>
    [Fact]
    public async Task TopicMadeAnew_EndsAndIsReadFromItsBeginning()
    {
        (_kafka, var name, var ledger, var cancellation) = await FaultLedger.BeginAsync(engines, "anew");
        await using var store = await FakeElasticsearch.StartAsync();
        await EndedByATopicMadeAnewAsync(name, ledger, store, (_, makeAnew) => makeAnew());
        ledger.FeedPlain(400, cancellation);
        await ReadFromItsBeginningAsync(name, ledger, store);
    }

    /// <summary>The same while the stream is frozen, and the new topic is longer than the old one when it looks again: its offset means something there.</summary>
    [Fact]
    public async Task TopicMadeAnewAndFilledMeanwhile_EndsAndIsReadFromItsBeginning()
    {
        (_kafka, var name, var ledger, var cancellation) = await FaultLedger.BeginAsync(engines, "anew-frozen");
        await using var store = await FakeElasticsearch.StartAsync();
        await EndedByATopicMadeAnewAsync(name, ledger, store, async (process, makeAnew) =>
        {
            await process.SignalAsync("STOP");
            await makeAnew();
            ledger.FeedPlain(1200, cancellation);
            await process.SignalAsync("CONT");
        });
        await ReadFromItsBeginningAsync(name, ledger, store);
    }

    /// <summary>A stream that has read all of its topic ends when that is another one.</summary>
    private async Task EndedByATopicMadeAnewAsync(
        string name, FaultLedger ledger, FakeElasticsearch store, Func<StreamProcess, Func<Task>, Task> disturb)
    {
        var cancellation = TestContext.Current.CancellationToken;
        ledger.FeedPlain(200, cancellation);
        using var process = StreamProcess.Start(_kafka, name, SettingsFor(store));
        await Poll.Until(async () => store.Documents.Count == ledger.Documents && await process.MetricAsync("trailstream_kafka_commits_total") > 1, cancellation);
        await disturb(process, async () =>
        {
            using var admin = new AdminClientBuilder(new AdminClientConfig { BootstrapServers = _kafka }).Build();
            await admin.DeleteTopicsAsync([name]);
            await ledger.CreateAsync(cancellation);
        });
        await process.ExitAsync(Poll.Patience);
        Assert.Equal(1, process.ExitCode);
        Assert.True(process.Lines.Any(line => line.Contains("made anew", StringComparison.Ordinal)), process.LastLines);
    }

    private async Task ReadFromItsBeginningAsync(string name, FaultLedger ledger, FakeElasticsearch store)
    {
        using var process = StreamProcess.Start(_kafka, name, SettingsFor(store));
        await Poll.Until(
            async () => store.Documents.Count == ledger.Documents && await process.MetricAsync("trailstream_kafka_lag") == 0, TestContext.Current.CancellationToken);
        Assert.Equal(0, await process.StopAsync());
        output.WriteLine(ledger.Check(store, output));
    }

    private static string[] SettingsFor(FakeElasticsearch store) => [$"elasticsearch.urls={store.Url}", "late.hold=1s"];
}
