using System.Text;
using Confluent.Kafka;
using Microsoft.Extensions.Logging.Abstractions;
using TrailStream.Core.Sessions;
using TrailStream.Pipeline.Actors;
using TrailStream.Pipeline.DeadLetters;
using TrailStream.Pipeline.Kafka;
using TrailStream.Pipeline.Options;
using TrailStream.Pipeline.Tests.DeadLetters;
using TrailStream.Pipeline.Verification;
using TrailStream.Testing.Kafka;
using TrailStream.Testing.Trails;
using Xunit;

namespace TrailStream.Pipeline.Tests.Verification;

/// <summary>The stream runs on the embedded broker; then its work is verified, and spoiled and verified again.</summary>
public sealed class TrailVerifierTests : IDisposable
{
    private const string Control = """{"messageType":"CONTROL_MESSAGE","owner":"CloudwatchLogs","logEvents":[]}""";

    private readonly EmbeddedBroker _broker = EmbeddedBroker.Start();
    private readonly SessionIndex _index = new(SessionIndexOptions.Default with { SessionsMax = 100_000 });
    private readonly MemoryDeadLetters _letters = new();
    private readonly MemorySink _sink = new();
    private readonly MemoryLookup _lookup = new();
    private readonly CancellationTokenSource _patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);

    public TrailVerifierTests() => _patience.CancelAfter(TimeSpan.FromSeconds(60));

    public void Dispose()
    {
        _patience.Dispose();
        _index.Dispose();
        _broker.Dispose();
    }

    [Fact]
    public async Task Whole_IsClean_AndAddsUp()
    {
        var grant = TrailEvents.Grant("g-1");
        await StreamAsync(
            grant, TrailEvents.Use("u-1"), TrailEvents.Use("u-1"), $"[{TrailEvents.Use("u-2")}, {TrailEvents.Use("u-3")}]", "", Control, "{ broken",
            $"{TrailEvents.Use("u-4")}\n{{ broken", Nameless);
        var report = await VerifyAsync();
        Assert.True(report.IsClean);
        Assert.Equal((9, 1, 1, 2, 0), (report.Records, report.Tombstones, report.Control, report.DeadRecords, report.MissingLetters));
        Assert.Equal((7, 1, 0), (report.Events, report.Repeated, report.IdConflicts));
        Assert.Equal((6, 0, 0, 0), (Counts(report).Indexed, Counts(report).DeadLettered, Counts(report).Missing, Counts(report).Doubled));
        Assert.Empty(report.Named);
    }

    [Fact]
    public async Task WhatIsGone_IsNamed_WithItsPlace()
    {
        await StreamAsync(TrailEvents.Grant("g-1"), $"[{TrailEvents.Use("u-1")},{TrailEvents.Use("u-2")}]", "{ broken", Nameless);
        var nameless = _lookup.Copies.Keys.Single(id => id.Length == 32);
        _lookup.Copies.Remove("u-2");
        _lookup.Copies.Remove(nameless);
        _lookup.Copies["g-1"] = 2;
        var report = await VerifyAsync(letters: false);
        Assert.False(report.IsClean);
        Assert.Equal((2, 1, 1), (Counts(report).Missing, Counts(report).Doubled, report.MissingLetters));
        Assert.Equal(
            [
                (FindingKind.Missing, "u-2", "cloudtrail/0@1#1"), (FindingKind.Missing, nameless, "cloudtrail/0@3#0"), (FindingKind.MissingLetter, null, "cloudtrail/0@2"),
                (FindingKind.Doubled, "g-1", "cloudtrail/0@0#0"),
            ],
            report.Named.OrderBy(finding => finding.Kind).ThenBy(finding => finding.Place.Offset).Select(finding => (finding.Kind, finding.Id, finding.Place.ToString())));
    }

    [Fact]
    public async Task RefusedByTheDestination_IsAccountedFor_ForThatDestinationOnly()
    {
        await StreamAsync(TrailEvents.Grant("g-1"), TrailEvents.Use("u-1"));
        _lookup.Copies.Remove("u-1");
        await _letters.WriteAsync(
            [new Pipeline.Sinks.DeadLetter("x"u8.ToArray(), DeadLetterReason.SinkMapping, DeadLetterStage.Write, "", new("cloudtrail", 0, 1, 0)) { Sink = "memory" }],
            _patience.Token);
        var other = new MemoryLookup { Name = "other" };
        other.Copies["g-1"] = 1;
        var report = await VerifyAsync(other: other);
        Assert.Equal((1, 0), (Counts(report).DeadLettered, Counts(report).Missing));
        Assert.Equal((0, 1), (report.Destinations[1].DeadLettered, report.Destinations[1].Missing));
    }

    [Fact]
    public async Task AnotherBodyUnderATakenId_IsAConflict()
    {
        var use = TrailEvents.Use("u-1");
        await StreamAsync(TrailEvents.Grant("g-1"), use, use.Replace("DescribeInstances", "TerminateInstances", StringComparison.Ordinal), use.Replace(",\n", " , ", StringComparison.Ordinal));
        var report = await VerifyAsync();
        Assert.Equal((1, 1), (report.IdConflicts, report.Repeated));
        var finding = Assert.Single(report.Named);
        Assert.Equal((FindingKind.IdConflict, "u-1", "cloudtrail/0@2#0", "cloudtrail/0@1#0"), (finding.Kind, finding.Id, finding.Place.ToString(), finding.Other.ToString()));
        Assert.False(report.IsClean);
    }

    [Fact]
    public async Task Range_EndsAtWhatIsCommitted()
    {
        await StreamAsync(TrailEvents.Grant("g-1"), TrailEvents.Use("u-1"), TrailEvents.Use("u-2"));
        Feed(TrailEvents.Use("u-not-yet"));
        var report = await VerifyAsync();
        Assert.Equal((3, 1), (report.Records, report.Ranges.Sum(range => range.NotYet)));
        Assert.True(report.IsClean);
        var part = await VerifyAsync(Offsets(1), Offsets(2));
        Assert.Equal(1, part.Records);
        Assert.Equal((1, 2), (Assert.Single(part.Ranges).Range.From, part.Ranges[0].Range.To));
    }

    [Fact]
    public async Task MoreEventsThanRemembered_StillFindsWhatIsMissing()
    {
        await StreamAsync(TrailEvents.Grant("g-1"), TrailEvents.Use("u-1"), TrailEvents.Use("u-2"), TrailEvents.Use("u-2"));
        _lookup.Copies.Remove("u-2");
        var report = await VerifyAsync(remembered: 1);
        Assert.False(report.RemembersAll);
        Assert.Equal((0, 2), (report.Repeated, Counts(report).Missing));
    }

    private static string Nameless => TrailEvents.Grant("").Replace("\"eventID\":\"\",", "", StringComparison.Ordinal);

    private static DestinationCounts Counts(VerifyReport report) => report.Destinations[0];

    private static RangeBound.Offsets Offsets(long offset) => new(new Dictionary<(string, int), long> { [("cloudtrail", 0)] = offset });

    private KafkaOptions Kafka => new() { Brokers = _broker.Address, GroupProtocol = "consumer", CheckTopics = false };

    private async Task StreamAsync(params string[] records)
    {
        Feed(records);
        var options = new StreamOptions { Kafka = Kafka, Sessions = new SessionsOptions { Enabled = false } };
        await using var run = await StreamRun.StartAsync(options, [_sink], _letters, TimeProvider.System, NullLoggerFactory.Instance, _index, _patience.Token);
        await run.WaitForIdleAsync(records.Length, _patience.Token);
        await run.DrainAsync(_patience.Token);
        foreach (var id in _sink.Documents.Keys)
        {
            _lookup.Copies[id] = 1;
        }
    }

    private async Task<VerifyReport> VerifyAsync(
        RangeBound? from = null, RangeBound? to = null, bool letters = true, MemoryLookup? other = null, int remembered = 1000)
    {
        using var store = new MemoryDeadLetterStore();
        foreach (var letter in letters ? _letters.Letters : [])
        {
            store.Add(letter);
        }

        var options = new VerifyOptions { Kafka = Kafka, From = from, To = to, RememberedMax = remembered, BatchEvents = 2 };
        using var verifier = new TrailVerifier(options, other is null ? [_lookup] : [_lookup, other], store, TimeProvider.System);
        return await verifier.RunAsync(new Progress<VerifyProgress>(), _patience.Token);
    }

    /// <summary>All into partition 0; an empty text is a tombstone.</summary>
    private void Feed(params string[] records)
    {
        using var producer = new ProducerBuilder<Null, byte[]?>(new ProducerConfig { BootstrapServers = _broker.Address }).Build();
        foreach (var record in records)
        {
            producer.Produce(
                new TopicPartition("cloudtrail", 0), new Message<Null, byte[]?> { Value = record.Length == 0 ? null : Encoding.UTF8.GetBytes(record) });
        }

        producer.Flush(_patience.Token);
    }

    private sealed class MemoryLookup : IDocumentLookup
    {
        public string Name { get; init; } = "memory";

        public Dictionary<string, int> Copies { get; } = [];

        public Task<IReadOnlyList<FoundDocument>> FindAsync(IReadOnlyList<SoughtEvent> events, CancellationToken cancellationToken) =>
            Task.FromResult<IReadOnlyList<FoundDocument>>([.. events.Select(sought => new FoundDocument(Copies.GetValueOrDefault(sought.Id)))]);

        public void Dispose()
        {
        }
    }
}
