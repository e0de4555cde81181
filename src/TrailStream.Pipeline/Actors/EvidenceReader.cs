using TrailStream.Core.Attribution;
using TrailStream.Core.CloudTrail;
using TrailStream.Core.Documents;
using TrailStream.Pipeline.Kafka;
using TrailStream.Pipeline.Settlement;

namespace TrailStream.Pipeline.Actors;

/// <summary>Learns from records without attributing them: the tail of the sessions topic, and the look back at the first start. Owned by
/// one thread.</summary>
/// <param name="state">The stream's.</param>
/// <param name="announce">Gets the wakes.</param>
/// <param name="isSparse">True where few records are evidence: the others are passed over after a look at their bytes.</param>
internal sealed class EvidenceReader(StreamState state, Action<Wakes> announce, bool isSparse)
{
    /// <summary>Decoded bytes learned under one write lock.</summary>
    private const int ChunkBytes = 1024 * 1024;

    private readonly EventDecoder _decoder = new(DecodeLimits.Default, state.Zstd, evidenceOnly: isSparse);
    private readonly Attributor _attributor = new(state.Index);
    private readonly EventBatch _events = new();
    private readonly List<DecodeFailure> _failures = [];
    private readonly List<int> _evidence = [];
    private readonly List<int> _news = [];
    private readonly List<ulong> _wakes = [];

    /// <summary>Things learned that other nodes should know.</summary>
    public long News { get; private set; }

    /// <summary>Adds one record; true when it is time to learn.</summary>
    public bool Add(ReadOnlySpan<byte> payload)
    {
        if (!payload.IsEmpty)
        {
            // What does not decode here is a dead letter where the record is read for good.
            _decoder.Decode(payload, 0, _events, _failures);
            _failures.Clear();
        }

        return _events.BytesUsed >= ChunkBytes;
    }

    /// <summary>Learns from what was added.</summary>
    public void Learn(EvidenceSource source) => Learn(source, null, null);

    /// <summary>Learns from what was added, and publishes the news.</summary>
    public void Learn(ISessionLog publishTo, SettlementGate gate) => Learn(EvidenceSource.Input, publishTo, gate);

    private void Learn(EvidenceSource source, ISessionLog? publishTo, SettlementGate? gate)
    {
        _evidence.Clear();
        for (var i = 0; i < _events.Count; i++)
        {
            if (_attributor.IsEvidence(_events.Record(i), _events[i].Fields))
            {
                _evidence.Add(i);
            }
        }

        if (_evidence.Count > 0)
        {
            _news.Clear();
            _wakes.Clear();
            var generation = state.Learn(_attributor, _events, _evidence, _news, _wakes, source);
            state.Feed.Add(_attributor.Tally);
            News += _news.Count;
            if (_wakes.Count > 0)
            {
                announce(new Wakes([.. _wakes], generation));
            }

            foreach (var i in publishTo is null ? [] : _news)
            {
                publishTo!.Publish(_events.Record(i), DocumentId.Own(_events.Record(i), _events[i].Fields), gate!);
            }
        }

        _events.Clear();
    }
}
