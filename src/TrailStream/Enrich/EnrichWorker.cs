using TrailStream.Core.Attribution;
using TrailStream.Core.CloudTrail;
using TrailStream.Core.Sessions;
using TrailStream.Pipeline.Files;

namespace TrailStream.Enrich;

/// <summary>Stages 2 to 5 on chunks of files, on one thread: in the first pass what they teach, in the second what is known about
/// them.</summary>
internal sealed class EnrichWorker : IDisposable
{
    // A file's value is bounded in bytes by the reader; its events need no tighter bound, unlike those of a Kafka message.
    private static readonly DecodeLimits Limits = DecodeLimits.Default with { EventsMax = 1_000_000 };

    private readonly ZstdInflater _zstd = new();
    private readonly EventDecoder _decoder;
    private readonly Attributor _attributor;
    private readonly DocumentProducer _documents;
    private readonly EventBatch _events = new();
    private readonly List<ulong> _wakes = [];
    private readonly List<int> _evidence = [];

    public EnrichWorker(SessionIndex index, DocumentProducer documents)
    {
        _decoder = new EventDecoder(Limits, _zstd);
        _attributor = new Attributor(index);
        _documents = documents;
    }

    public EnrichCounters Counters { get; } = new();

    /// <summary>Least eventTime of all events learnt from, Unix seconds.</summary>
    public long EarliestEvent { get; private set; } = long.MaxValue;

    public void Learn(EnrichWork work)
    {
        Decode(work);
        _evidence.Clear();
        for (var i = 0; i < _events.Count; i++)
        {
            ref var entry = ref _events[i];
            EarliestEvent = Math.Min(EarliestEvent, entry.EventTime);
            if (_attributor.IsEvidence(_events.Record(i), in entry.Fields))
            {
                _evidence.Add(i);
            }
        }

        if (_evidence.Count == 0)
        {
            return;
        }

        _attributor.Index.EnterWrite();
        try
        {
            foreach (var i in _evidence)
            {
                _attributor.Learn(_events.Record(i), in _events[i].Fields, _wakes);
            }
        }
        finally
        {
            _attributor.Index.ExitWrite();
        }

        // Nothing waits in the first pass.
        _wakes.Clear();
    }

    /// <param name="work">The chunk.</param>
    /// <param name="now">Unix milliseconds of the decision.</param>
    /// <param name="coveredFrom">Unix seconds: an unexplained event before this may have its grant before the first event of the
    /// input.</param>
    public void Attribute(EnrichWork work, long now, long coveredFrom)
    {
        Decode(work);
        work.Output.Clear();
        work.Stored = _documents.NewBatch();
        _attributor.Index.EnterRead();
        try
        {
            var number = 0;
            for (var i = 0; i < _events.Count; i++)
            {
                ref var entry = ref _events[i];
                var record = _events.Record(i);
                number = i > 0 && _events[i - 1].Source == entry.Source ? number + 1 : 0;
                var place = new EventPlace(work.Chunk.Path, work.Chunk.PositionOf(entry.Source), number);
                var verdict = _attributor.Attribute(record, in entry.Fields, graceOver: true);
                var partial = Unexplained(in verdict) && entry.EventTime < coveredFrom;
                var text = _attributor.Write(record, in entry.Fields, in verdict, now, 1, partial);
                _documents.Append(in entry, record, in place, in verdict, text, now, work.Output, work.Stored);
                Counters.Add(record, in entry.Fields, in verdict);
            }
        }
        finally
        {
            _attributor.Index.ExitRead();
        }
    }

    public static bool Unexplained(in Verdict verdict) => verdict.Status is AttributionStatus.Unattributed or AttributionStatus.Partial;

    public void Dispose() => _zstd.Dispose();

    private void Decode(EnrichWork work)
    {
        _events.Clear();
        work.Failures.Clear();
        var values = work.Chunk.Values.Count;
        for (var i = 0; i < values; i++)
        {
            _decoder.Decode(work.Chunk.Value(i), i, _events, work.Failures);
        }

        work.Events = _events.Count;
    }
}
