using System.Runtime.InteropServices;
using System.Text;
using TrailStream.Core.CloudTrail;
using TrailStream.Core.Documents;
using TrailStream.Pipeline.DeadLetters;
using TrailStream.Pipeline.Files;
using TrailStream.Pipeline.Kafka;

namespace TrailStream.Pipeline.Verification;

/// <summary>How far a verification is.</summary>
public readonly record struct VerifyProgress(long Records, long RecordsTotal, long Events, long Missing);

/// <summary>Proves for a range of the input that every event is in every destination or among the dead letters. Reads with the stream's own decoder and
/// document ids, and only what the group has committed, so that it may run beside the stream. The dead letters are read after the committed offsets
/// were asked for: what is committed is acknowledged there by then.</summary>
/// <param name="options">What to verify.</param>
/// <param name="destinations">Where every event must be.</param>
/// <param name="deadLetters">Where else it may be.</param>
/// <param name="clock">Decides what is overdue.</param>
public sealed class TrailVerifier(
    VerifyOptions options, IReadOnlyList<IDocumentLookup> destinations, IDeadLetterStore deadLetters, TimeProvider clock) : IDisposable
{
    /// <summary>Two sweeps over pending documents.</summary>
    private static readonly TimeSpan SweepTime = TimeSpan.FromMinutes(20);

    private readonly ZstdInflater _zstd = new();
    private readonly EventBatch _events = new();
    private readonly List<DecodeFailure> _failures = [];
    private readonly List<SoughtEvent> _sought = [];
    private readonly Dictionary<UInt128, (ulong Digest, RecordPlace Place)> _remembered = [];
    private LetterLedger _letters = new();
    private VerifyReport _report = new([], [], 0);

    /// <exception cref="IOException">Kafka or a destination cannot be read; the message says what to do.</exception>
    public async Task<VerifyReport> RunAsync(IProgress<VerifyProgress> progress, CancellationToken cancellationToken)
    {
        using var reader = new TopicRangeReader(options.Kafka, clock, "topic");
        var ranges = VerifiedRange.Of(options, reader);
        _letters = LetterLedger.Read(deadLetters, cancellationToken);
        _report = new VerifyReport(ranges, [.. destinations.Select(to => new DestinationCounts(to.Name))], options.NamedMax);
        var decoder = new EventDecoder(DecodeLimits.Default, _zstd);
        var total = ranges.Sum(range => range.Range.Length);
        foreach (var result in reader.Read([.. ranges.Select(range => range.Range)], cancellationToken))
        {
            _report.Records++;
            var place = new RecordPlace(result.Topic, result.Partition.Value, result.Offset.Value);
            if (result.Message is { } message)
            {
                if (RecordPlace.TryReadMark(message.Key, out var first))
                {
                    _report.Replayed++;
                    place = first;
                }

                Take(decoder, message.Value, place);
            }
            else
            {
                ExpectLetter(place);
            }

            if (_sought.Count >= options.BatchEvents)
            {
                await LookAsync(cancellationToken).ConfigureAwait(false);
                progress.Report(new VerifyProgress(_report.Records, total, _report.Events, _report.Destinations.Sum(to => to.Missing)));
            }
        }

        await LookAsync(cancellationToken).ConfigureAwait(false);
        return _report;
    }

    public void Dispose() => _zstd.Dispose();

    private void Take(EventDecoder decoder, byte[]? payload, RecordPlace place)
    {
        if (payload is not { Length: > 0 })
        {
            _report.Tombstones++;
            return;
        }

        _events.Clear();
        _failures.Clear();
        decoder.Decode(payload, 0, _events, _failures);
        if (_failures.Count > 0)
        {
            if (DecodeLetters.Of(CollectionsMarshal.AsSpan(_failures), payload, place) is not null)
            {
                ExpectLetter(place);
            }
            else if (_events.Count == 0)
            {
                _report.Control++;
            }
        }

        for (var i = 0; i < _events.Count; i++)
        {
            Take(i, place with { Index = i });
        }
    }

    private void Take(int number, RecordPlace place)
    {
        ref var entry = ref _events[number];
        var record = _events.Record(number);
        var id = DocumentId.Own(record, entry.Fields);
        if (id.IsEmpty)
        {
            id = DocumentId.OfPlace(place.Source, Math.Max(0, place.Partition), place.Offset, place.Index);
        }

        _report.Events++;
        var hash = RecordDigest.OfId(id);
        var digest = RecordDigest.Of(record);
        if (_remembered.TryGetValue(hash, out var known))
        {
            if (known.Digest == digest)
            {
                _report.Repeated++;
                return;
            }

            _report.IdConflicts++;
            _report.Name(new Finding(FindingKind.IdConflict, null, Encoding.UTF8.GetString(id), entry.EventTime, place, known.Place));
            return;
        }

        if (_remembered.Count < options.RememberedMax)
        {
            _remembered.Add(hash, (digest, place));
        }
        else
        {
            _report.RemembersAll = false;
        }

        _sought.Add(new SoughtEvent(Encoding.UTF8.GetString(id), entry.EventTime, place));
    }

    private void ExpectLetter(RecordPlace place)
    {
        if (_letters.Has(place))
        {
            _report.DeadRecords++;
            return;
        }

        _report.MissingLetters++;
        _report.Name(new Finding(FindingKind.MissingLetter, null, null, null, place));
    }

    private async Task LookAsync(CancellationToken cancellationToken)
    {
        for (var first = 0; first < _sought.Count; first += options.BatchEvents)
        {
            var events = _sought.GetRange(first, Math.Min(options.BatchEvents, _sought.Count - first));
            for (var i = 0; i < destinations.Count; i++)
            {
                var found = await destinations[i].FindAsync(events, cancellationToken).ConfigureAwait(false);
                for (var number = 0; number < events.Count; number++)
                {
                    Count(_report.Destinations[i], events[number], found[number]);
                }
            }
        }

        _sought.Clear();
    }

    private void Count(DestinationCounts counts, in SoughtEvent sought, FoundDocument found)
    {
        if (found.Copies == 0)
        {
            if (_letters.Has(sought, counts.Name))
            {
                counts.DeadLettered++;
            }
            else
            {
                counts.Missing++;
                Name(FindingKind.Missing, counts, sought);
            }

            return;
        }

        counts.Indexed++;
        counts.SafeForm += found.IsSafeForm ? 1 : 0;
        if (found.Copies > 1)
        {
            counts.Doubled++;
            Name(FindingKind.Doubled, counts, sought);
        }

        if (found.IsOlder || _letters.HasRefusedCorrection(sought.Id))
        {
            counts.Older++;
            Name(FindingKind.Older, counts, sought);
        }

        if (found.IsPending && IsOverdue(sought.EventTime))
        {
            counts.Overdue++;
            Name(FindingKind.Overdue, counts, sought);
        }
        else if (found.IsPending)
        {
            counts.Pending++;
        }
    }

    private bool IsOverdue(long eventTime) => clock.GetUtcNow() - DateTimeOffset.FromUnixTimeSeconds(eventTime) > options.Grace + SweepTime;

    private void Name(FindingKind kind, DestinationCounts counts, in SoughtEvent sought) =>
        _report.Name(new Finding(kind, counts.Name, sought.Id, sought.EventTime, sought.Place));
}
