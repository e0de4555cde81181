using System.Diagnostics;
using TrailStream.Testing.Elasticsearch;
using TrailStream.Testing.Kafka;
using Xunit;

namespace TrailStream.Engine.Tests.Faults;

/// <summary>The real program against a real broker and a store that misbehaves on demand. After each run the test's own book must agree with the store
/// and the dead letters. The numbers in the comments are the rows of the fault list.</summary>
public sealed class ProcessFaultTests(EngineFixture engines, ITestOutputHelper output)
{
    /// <summary>Everything a crash can interrupt, under a store that refuses 5 % of the items and loses some answers, with poison and injections in the
    /// input; at last the key is revoked.</summary>
    [Fact]
    public async Task KilledAgainAndAgain_WithAStoreThatRefusesAndForgets()
    {
        var (kafka, cancellation) = await KafkaAsync();
        var seed = (ulong)Stopwatch.GetTimestamp();
        var random = new Random((int)(seed & int.MaxValue));
        output.WriteLine($"seed {seed}");
        var name = $"faults-{seed}";
        var ledger = new FaultLedger(kafka, name);
        await ledger.FeedAsync(seed, 30_000, cancellation);
        ledger.FeedPoison(25, cancellation);
        ledger.FeedInjections(20, cancellation);
        var keyFile = Path.GetTempFileName();
        await File.WriteAllTextAsync(keyFile, "first", cancellation);
        await using var store = await FakeElasticsearch.StartAsync();
        store.Authorization = "ApiKey first";
        string[] settings = [$"elasticsearch.urls={store.Url}", $"elasticsearch.api_key_file={keyFile}", "late.hold=15s", "late.grace=15s", "elasticsearch.request_timeout=2s",
            "limits.span_records=5000", "elasticsearch.group_bytes=512KB"];

        // 15, 18, 21: 5 % of the items get a 429 once; some requests are applied and the answer is lost or cut.
        store.Item = (id, _, attempt) => attempt == 1 && id[0] == 'f' && id[1] < '8' ? new FakeItem(429, "es_rejected_execution_exception", "busy") : null;
        store.Request = (_, _) => random.Next(8) switch
        {
            0 => new FakeAnswer(0, IsApplied: true),
            1 => new FakeAnswer(200, Answer: text => text[..(text.Length / 2)]),
            _ => null,
        };

        // 1, 2: killed while it reads and publishes; 3: while a request is under way; 4: when the store has answered and nothing is committed yet; 5: while
        // dead letters are on their way, which they are from the first record on.
        var kills = 0;
        for (var round = 0; round < 8; round++)
        {
            using var doomed = StreamProcess.Start(kafka, name, settings);
            var requests = store.Requests.Count;
            if (round % 4 == 0)
            {
                await Poll.Until(() => doomed.Reads, cancellation);
            }
            else
            {
                await Poll.Until(() => store.Requests.Count > requests + (round % 4), cancellation);
            }

            await Task.Delay(TimeSpan.FromMilliseconds(random.Next(150)), cancellation);
            Assert.False(doomed.HasExited, string.Join('\n', doomed.Lines.TakeLast(20)));
            await doomed.KillAsync();
            kills++;
        }

        var atKill = store.Documents.Count;
        using var process = StreamProcess.Start(kafka, name, settings);
        await Poll.Until(() => store.Documents.Count > atKill, cancellation);

        // 20: the key is revoked; nothing is given up, reading stops, and the new file is found by itself.
        store.Authorization = "ApiKey second";
        await Poll.Until(() => process.Lines.Any(line => line.Contains("privileges", StringComparison.Ordinal)), cancellation);
        Assert.Equal(503, await process.ReadyAsync());
        await File.WriteAllTextAsync(keyFile, "second\n", cancellation);
        (store.Item, store.Request) = (null, null);
        await SettledAsync(process, store, ledger, cancellation);
        Assert.Equal(0, await StopAsync(process));
        output.WriteLine($"{kills} kills at {atKill} documents: {ledger.Check(store, output)}");
        File.Delete(keyFile);
    }

    /// <summary>8: SIGTERM under load leaves nothing to be delivered again; a second one ends the process at once. 24: others join and leave meanwhile.
    /// 11: one stands still for longer than its session, and its late acknowledgements change nothing.</summary>
    [Fact]
    public async Task StoppedJoinedAndFrozen_NothingIsDeliveredTwiceButByTheFrozenOne()
    {
        var (kafka, cancellation) = await KafkaAsync();
        var name = $"members-{Stopwatch.GetTimestamp()}";
        var ledger = new FaultLedger(kafka, name);
        await ledger.CreateAsync(cancellation);
        await using var store = await FakeElasticsearch.StartAsync();
        string[] settings = [$"elasticsearch.urls={store.Url}", "late.hold=5s", "late.grace=5s"];
        using var stopFeeding = new CancellationTokenSource();
        var feeding = ledger.FeedSlowlyAsync(11, 500, stopFeeding.Token);

        using (var first = StreamProcess.Start(kafka, name, settings))
        {
            await Poll.Until(() => store.Documents.Count > 1000, cancellation);
            using var second = StreamProcess.Start(kafka, name, settings);
            await Poll.Until(() => second.Reads, cancellation);
            var time = Stopwatch.GetTimestamp();
            Assert.Equal(0, await StopAsync(first));
            output.WriteLine($"SIGTERM under load: exit 0 in {Stopwatch.GetElapsedTime(time).TotalSeconds:F1} s, {store.Repeated} delivered again");
            using var third = StreamProcess.Start(kafka, name, settings);
            await Poll.Until(() => third.Reads, cancellation);
            Assert.Equal(0, store.Repeated);

            // 11: a zombie.
            await third.SignalAsync("STOP");
            var seen = store.Documents.Count;
            await Poll.Until(() => second.Lines.Count(line => line.Contains("Assigned", StringComparison.Ordinal)) >= 6 || store.Documents.Count > seen + 6000, cancellation);
            await third.SignalAsync("CONT");
            await Poll.Until(() => third.Lines.Any(line => line.Contains("lost", StringComparison.Ordinal)), cancellation);
            output.WriteLine($"frozen beyond its session: {store.Repeated} delivered again");

            // 8: twice. The store hangs, so that the first signal has something to wait for.
            store.Item = (_, _, _) => new FakeItem(429, "es_rejected_execution_exception", "busy");
            await third.SignalAsync("TERM");
            await Poll.Until(() => third.Lines.Any(line => line.Contains("Draining", StringComparison.Ordinal)), cancellation);
            await third.SignalAsync("TERM");
            var left = await third.ExitAsync(Poll.Patience);
            output.WriteLine($"second SIGTERM: exit {third.ExitCode} in {left.TotalMilliseconds:F0} ms");
            Assert.InRange(left, TimeSpan.Zero, TimeSpan.FromSeconds(1));
            Assert.NotEqual(0, third.ExitCode);
            store.Item = null;
            await stopFeeding.CancelAsync();
            await feeding;
            await SettledAsync(second, store, ledger, cancellation);
            Assert.Equal(0, await StopAsync(second));
        }

        output.WriteLine(ledger.Check(store, output, mayWait: true));
    }

    /// <summary>9: the broker is killed and comes back; the program goes on by itself.</summary>
    [Fact]
    public async Task BrokerKilled_GoesOnByItself()
    {
        var (kafka, cancellation) = await KafkaAsync();
        Assert.SkipWhen(Environment.GetEnvironmentVariable("TRAILSTREAM_TEST_KAFKA") is { Length: > 0 }, "kills the broker, which must be this run's own");
        var name = $"broker-{Stopwatch.GetTimestamp()}";
        var ledger = new FaultLedger(kafka, name);
        await ledger.FeedAsync(5, 20_000, cancellation);
        await using var store = await FakeElasticsearch.StartAsync();
        store.Request = (_, _) => store.Requests.Count % 3 == 0 ? new FakeAnswer(429) : null;
        using var process = StreamProcess.Start(
            kafka, name, $"elasticsearch.urls={store.Url}", "late.hold=5s", "late.grace=5s", "limits.span_records=2000", "elasticsearch.group_bytes=64KB");
        await Poll.Until(() => store.Documents.Count > 2000, cancellation);
        await engines.CommandAsync("kill", "kafka");
        await engines.CommandAsync("start", "kafka");
        store.Request = null;
        var back = Stopwatch.GetTimestamp();
        var (before, resumed) = (store.Documents.Count, TimeSpan.Zero);
        await Poll.Until(() => store.Documents.Count > before || store.Documents.Count == ledger.Documents, cancellation);
        resumed = Stopwatch.GetElapsedTime(back);
        await SettledAsync(process, store, ledger, cancellation);
        Assert.Equal(0, await StopAsync(process));
        output.WriteLine($"killed at {before} documents, resumed {resumed.TotalSeconds:F1} s after its return: {ledger.Check(store, output)}");
    }

    private async Task<(string Kafka, CancellationToken Cancellation)> KafkaAsync()
    {
        var kafka = await engines.KafkaAsync();
        Assert.SkipWhen(kafka is null, EngineFixture.Absent);
        return (kafka!, TestContext.Current.CancellationToken);
    }

    /// <summary>SIGTERM, and the exit code.</summary>
    private static async Task<int> StopAsync(StreamProcess process)
    {
        await process.SignalAsync("TERM");
        await process.ExitAsync(Poll.Patience);
        return process.ExitCode;
    }

    /// <summary>Everything is in the store, with its final verdict, and committed.</summary>
    private static async Task SettledAsync(StreamProcess process, FakeElasticsearch store, FaultLedger ledger, CancellationToken cancellation)
    {
        await Poll.Until(() => store.Documents.Count >= ledger.Documents, cancellation);
        var quiet = Stopwatch.GetTimestamp();
        var last = store.Requests.Count;
        // The end of grace writes the last verdicts: quiet for longer than it takes.
        while (Stopwatch.GetElapsedTime(quiet) < TimeSpan.FromSeconds(3) || await process.MetricAsync("trailstream_kafka_lag") != 0
            || await process.MetricAsync("trailstream_bytes_in_flight") > 0 || await process.MetricAsync("trailstream_late_held") > 0
            || await process.MetricAsync("trailstream_events{outcome=\"pending\"}") > 0)
        {
            Assert.False(process.HasExited, string.Join('\n', process.Lines.TakeLast(20)));
            if (store.Requests.Count != last)
            {
                (last, quiet) = (store.Requests.Count, Stopwatch.GetTimestamp());
            }

            await Task.Delay(TimeSpan.FromMilliseconds(200), cancellation);
        }
    }
}
