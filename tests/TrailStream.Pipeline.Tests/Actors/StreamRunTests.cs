using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using TrailStream.Core.Attribution;
using TrailStream.Core.Documents;
using TrailStream.Core.Sessions;
using TrailStream.Pipeline.Actors;
using TrailStream.Pipeline.DeadLetters;
using TrailStream.Pipeline.Diagnostics;
using TrailStream.Pipeline.Kafka;
using TrailStream.Pipeline.Options;
using TrailStream.Testing.Kafka;
using TrailStream.Testing.Trails;
using Xunit;

namespace TrailStream.Pipeline.Tests.Actors;

/// <summary>The whole stream on the embedded broker, with real stages and a sink in memory.</summary>
public sealed class StreamRunTests : IDisposable
{
    private readonly EmbeddedBroker _broker = EmbeddedBroker.Start();
    private readonly SessionIndex _index = new(SessionIndexOptions.Default with { SessionsMax = 100_000 });
    private readonly MemoryDeadLetters _letters = new();
    private readonly MemorySink _sink = new();
    private readonly CancellationTokenSource _patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);

    public StreamRunTests() => _patience.CancelAfter(TimeSpan.FromSeconds(60));

    public void Dispose()
    {
        _patience.Dispose();
        _index.Dispose();
        _broker.Dispose();
    }

    [Fact]
    public async Task GrantThenUses_AttributedAndCommitted()
    {
        Feed(0, TrailEvents.Grant("g-1"));
        await using (var run = await StartAsync())
        {
            await run.WaitForIdleAsync(1, _patience.Token);
            Feed(1, [.. Enumerable.Range(0, 500).Select(i => TrailEvents.Use($"u-{i}"))]);
            await run.WaitForIdleAsync(501, _patience.Token);
            Assert.Equal(501, _sink.Documents.Count);
            Assert.Equal((500, 1), (run.Status.ByStatus[AttributionStatus.Attributed], run.Status.ByStatus[AttributionStatus.Direct]));
            Assert.Contains("alice", _sink.Documents["u-77"].Document, StringComparison.Ordinal);
            Assert.DoesNotContain("very-secret", _sink.Documents["g-1"].Document, StringComparison.Ordinal);
            await run.DrainAsync(_patience.Token);
        }

        // A second run finds nothing left to read.
        await using var again = await StartAsync();
        await again.WaitForIdleAsync(0, _patience.Token);
        Assert.Equal(0, again.Status.Records);
    }

    [Fact]
    public async Task UseBeforeGrant_HeldThenWrittenOnceAttributed()
    {
        Feed(0, TrailEvents.Use("u-1"));
        await using var run = await StartAsync();
        await Until(() => run.Status.Held == 1);
        Assert.Empty(_sink.Documents);
        Feed(1, TrailEvents.Grant("g-1"));
        await run.WaitForIdleAsync(2, _patience.Token);
        Assert.Equal(EvidenceRank.Proven, _sink.Documents["u-1"].Rank);
        Assert.Equal(2, _sink.Writes);
        Assert.Equal((0L, 0L), (run.Status.Corrections, run.Status.Waiting));
    }

    [Fact]
    public async Task GrantAfterHoldTime_PendingDocumentIsCorrected()
    {
        Feed(0, TrailEvents.Use("u-1"));
        await using var run = await StartAsync(new LateOptions { HoldTime = TimeSpan.FromMilliseconds(100) });
        await run.WaitForIdleAsync(1, _patience.Token);
        Assert.Equal(EvidenceRank.Pending, _sink.Documents["u-1"].Rank);
        Assert.Equal(1, run.Status.Waiting);

        Feed(1, TrailEvents.Grant("g-1"));
        await run.WaitForIdleAsync(2, _patience.Token);
        await Until(() => _sink.Documents["u-1"].Rank == EvidenceRank.Proven);
        Assert.Contains("\"revision\":2", _sink.Documents["u-1"].Document, StringComparison.Ordinal);
        Assert.Equal(1, run.Status.Corrections);
        Assert.Equal(1, run.Status.ByStatus[AttributionStatus.Attributed]);
    }

    [Fact]
    public async Task Correction_KeepsTheTimeOfTheFirstDocument()
    {
        await using var ecs = new MemorySink(DocumentForm.Ecs);
        Feed(0, TrailEvents.Use("u-1"));
        await using var run = await StreamRun.StartAsync(
            Options() with { Late = new LateOptions { HoldTime = TimeSpan.Zero } }, [ecs], _letters, TimeProvider.System, NullLoggerFactory.Instance, _index,
            _patience.Token);
        await Until(() => ecs.Documents.ContainsKey("u-1"));
        var first = IngestedAt(ecs.Documents["u-1"].Document);

        Feed(1, TrailEvents.Grant("g-1"));
        await Until(() => ecs.Documents["u-1"].Rank == EvidenceRank.Proven && ecs.Documents.ContainsKey("g-1"));
        Assert.Equal(first, IngestedAt(ecs.Documents["u-1"].Document));
        Assert.NotEqual(first, IngestedAt(ecs.Documents["g-1"].Document));

        static string IngestedAt(string document)
        {
            using var parsed = JsonDocument.Parse(document);
            return parsed.RootElement.GetProperty("event").GetProperty("ingested").GetString()!;
        }
    }

    [Fact]
    public async Task NoGrantEver_FinishClosesAndLaterGrantStillCorrects()
    {
        Feed(0, TrailEvents.Use("u-1"), TrailEvents.Use("u-2", "ASIAZZZZZZZZZZZZZZZZ", "bob"));
        await using var run = await StartAsync();
        await run.FinishAsync(2, _patience.Token);
        Assert.All(_sink.Documents.Values, d => Assert.Equal(EvidenceRank.Unattributed, d.Rank));
        Assert.Equal(2, run.Status.ByStatus[AttributionStatus.Unattributed]);

        Feed(1, TrailEvents.Grant("g-1"));
        await run.WaitForIdleAsync(3, _patience.Token);
        await Until(() => _sink.Documents["u-1"].Rank == EvidenceRank.Proven);
        Assert.Equal(EvidenceRank.Unattributed, _sink.Documents["u-2"].Rank);
    }

    [Fact]
    public async Task BadRecords_DeadLetteredOnceEachAndSettled()
    {
        Feed(0, "{\"no\":\"event\"}", "{ broken", TrailEvents.Grant("g-1"));
        await using var run = await StartAsync();
        await run.WaitForIdleAsync(3, _patience.Token);
        Assert.Equal([DeadLetterReason.NotCloudTrail, DeadLetterReason.BadJson], _letters.Letters.Select(l => l.Reason).Order());
        Assert.Contains("{ broken", _letters.Letters.Select(l => Encoding.UTF8.GetString(l.Payload.Span)));
        Assert.Equal(["g-1"], _sink.Documents.Keys);
        Assert.Equal(3, run.Status.Partitions.Single(p => p.Partition == 0).Settled);
    }

    [Fact]
    public async Task AnotherEventUnderATakenId_IsADeadLetter_UntilSomebodySendsItAgain()
    {
        var mallory = TrailEvents.Use("u-1").Replace("198.51.100.7", "203.0.113.66", StringComparison.Ordinal);
        Feed(0, TrailEvents.Grant("g-1"), TrailEvents.Use("u-1"));
        await using var run = await StartAsync();
        await run.WaitForIdleAsync(2, _patience.Token);
        Feed(1, TrailEvents.Use("u-1"), mallory, TrailEvents.Use("u-1").Replace("\"requestParameters\":null", "\"requestParameters\" : null", StringComparison.Ordinal));
        await run.WaitForIdleAsync(5, _patience.Token);
        var letter = Assert.Single(_letters.Letters);
        Assert.Equal((DeadLetterReason.IdConflict, "cloudtrail/1@1#0", "u-1"), (letter.Reason, letter.Place.ToString(), letter.EventId));
        Assert.Equal(mallory, Encoding.UTF8.GetString(letter.Payload.Span));
        Assert.Contains("198.51.100.7", _sink.Documents["u-1"].Document, StringComparison.Ordinal);
        Assert.Equal(3, run.Status.Partitions.Single(p => p.Partition == 1).Settled);

        using var target = new KafkaReplayTarget(Options().Kafka, null, TimeProvider.System);
        target.Send(letter.Place with { Index = -1, Replays = 1 }, letter.Payload, _patience.Token);
        await run.WaitForIdleAsync(6, _patience.Token);
        Assert.Contains("203.0.113.66", _sink.Documents["u-1"].Document, StringComparison.Ordinal);
    }

    [Fact]
    public async Task BadPieceBehindAMessageOfTheTransport_IsADeadLetterToo()
    {
        const string Control = """{"messageType":"CONTROL_MESSAGE","owner":"CloudwatchLogs","logEvents":[]}""";
        Feed(0, Control, $"{Control}\n{{ broken");
        await using var run = await StartAsync();
        await run.WaitForIdleAsync(2, _patience.Token);
        var letter = Assert.Single(_letters.Letters);
        Assert.Equal((DeadLetterReason.BadJson, "cloudtrail/0@1"), (letter.Reason, letter.Place.ToString()));
    }

    [Fact]
    public async Task DeadLettersUnreachable_RecordStaysUnsettled_AndIsReadAgain()
    {
        Feed(0, "{ broken", TrailEvents.Grant("g-1"));
        await using (var unreachable = new KafkaDeadLetters(
            new KafkaOptions { Brokers = "127.0.0.1:1" }, TimeProvider.System, NullLogger.Instance))
        {
            await using var run = await StreamRun.StartAsync(
                Options() with { DrainTime = TimeSpan.FromMilliseconds(300) }, [_sink], unreachable, TimeProvider.System, NullLoggerFactory.Instance, _index,
                _patience.Token);
            await Until(() => run.Status.DeadLetters == 1 && _sink.Documents.ContainsKey("g-1") && run.Status.Partitions.Any(p => p.Partition == 0));
            Assert.True(run.Status.Partitions.Single(p => p.Partition == 0).Settled <= 0);
            await run.DrainAsync(_patience.Token);
        }

        await using var again = await StartAsync();
        await again.WaitForIdleAsync(2, _patience.Token);
        Assert.Equal(["{ broken"], _letters.Letters.Select(l => Encoding.UTF8.GetString(l.Payload.Span)));
    }

    [Fact]
    public async Task ReplayedRecord_KeepsItsPlace_InDerivedIdsAndDeadLetters()
    {
        var nameless = TrailEvents.Grant("").Replace("\"eventID\":\"\",", "", StringComparison.Ordinal);
        Feed(2, nameless, $"{nameless}\n{{ broken");
        await using var run = await StartAsync();
        await run.WaitForIdleAsync(2, _patience.Token);
        var ids = _sink.Documents.Keys.Order().ToList();
        Assert.Equal(2, ids.Count);
        using var target = new KafkaReplayTarget(Options().Kafka, null, TimeProvider.System);
        Assert.Equal("cloudtrail/2@2", target.Send(_letters.Letters.Single().Place with { Replays = 1 }, _letters.Letters.Single().Payload, _patience.Token));
        await run.WaitForIdleAsync(3, _patience.Token);
        Assert.Equal(ids, _sink.Documents.Keys.Order());
        Assert.Equal(["cloudtrail|2|1|-", "cloudtrail|2|1|-"], _letters.Letters.Select(l => l.Place.Key));
        Assert.Equal([0, 1], _letters.Letters.Select(l => l.Place.Replays));
    }

    [Fact]
    public async Task SinkThrows_TriedAgainAndNothingSettledBefore()
    {
        _sink.FailNext(1);
        Feed(0, TrailEvents.Grant("g-1"));
        await using var run = await StartAsync();
        await run.WaitForIdleAsync(1, _patience.Token);
        Assert.Single(_sink.Documents);
    }

    [Fact]
    public async Task SinkStandsStill_DrainGivesUpAndNextRunReadsAgain()
    {
        _sink.Close();
        Feed(0, TrailEvents.Grant("g-1"), TrailEvents.Use("u-1"));
        await using (var run = await StartAsync(drainTime: TimeSpan.FromMilliseconds(300)))
        {
            await Until(() => run.Status.DocumentBytesInFlight > 0);
            await run.DrainAsync(_patience.Token);
        }

        Assert.Empty(_sink.Documents);
        _sink.Open();
        await using var again = await StartAsync();
        await again.WaitForIdleAsync(2, _patience.Token);
        Assert.Equal(2, _sink.Documents.Count);
    }

    [Fact]
    public async Task TwoSinksOfTwoForms_BothGetEverything()
    {
        await using var second = new MemorySink(DocumentForm.CloudTrail) { Limits = new(10, TimeSpan.Zero, 1) };
        Feed(0, [TrailEvents.Grant("g-1"), .. Enumerable.Range(0, 300).Select(i => TrailEvents.Use($"u-{i}"))]);
        await using var run = await StreamRun.StartAsync(
            Options(), [_sink, second], _letters, TimeProvider.System, NullLoggerFactory.Instance, _index, _patience.Token);
        await run.WaitForIdleAsync(301, _patience.Token);
        Assert.Equal(301, _sink.Documents.Count);
        Assert.Equal(_sink.Documents.Keys.Order(), second.Documents.Keys.Order());
    }

    [Fact]
    public async Task Metrics_AddUp()
    {
        using var text = new PrometheusText();
        Feed(0, TrailEvents.Grant("g-1"), TrailEvents.Use("u-1"), "{}");
        await using var run = await StartAsync();
        await run.WaitForIdleAsync(3, _patience.Token);
        var lines = text.Collect().Split('\n');
        Assert.Contains("trailstream_decode_events_total 2", lines);
        Assert.Contains("trailstream_events{outcome=\"attributed\"} 1", lines);
        Assert.Contains("trailstream_documents_total{sink=\"memory\",outcome=\"created\"} 2", lines);
        Assert.Contains("trailstream_dlq_events_total{reason=\"not_cloud_trail\"} 1", lines);
        Assert.Contains(lines, line => line.StartsWith("messaging_process_duration_seconds_count ", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.StartsWith("trailstream_kafka_lag{topic=\"cloudtrail\",partition=\"0\"}", StringComparison.Ordinal));
    }

    private Task<StreamRun> StartAsync(LateOptions? late = null, TimeSpan? drainTime = null)
    {
        var options = Options() with { Late = late ?? new LateOptions(), DrainTime = drainTime ?? TimeSpan.FromSeconds(20) };
        return StreamRun.StartAsync(options, [_sink], _letters, TimeProvider.System, NullLoggerFactory.Instance, _index, _patience.Token);
    }

    private StreamOptions Options() => new()
    {
        Kafka = new KafkaOptions { Brokers = _broker.Address, GroupProtocol = "consumer", CheckTopics = false },
        Sessions = new SessionsOptions { Enabled = false },
    };

    private void Feed(int partition, params string[] records)
    {
        using var feeder = new TopicFeeder(_broker.Address, "cloudtrail");
        foreach (var record in records)
        {
            feeder.Send(Encoding.UTF8.GetBytes(record), partition);
        }

        feeder.Flush(_patience.Token);
    }

    private async Task Until(Func<bool> condition)
    {
        while (!condition())
        {
            await Task.Delay(10, _patience.Token);
        }
    }
}
