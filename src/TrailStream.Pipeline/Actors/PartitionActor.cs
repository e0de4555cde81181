using System.Runtime.InteropServices;
using System.Text;
using Akka.Actor;
using TrailStream.Core.Attribution;
using TrailStream.Core.CloudTrail;
using TrailStream.Core.Documents;
using TrailStream.Pipeline.DeadLetters;
using TrailStream.Pipeline.Diagnostics;
using TrailStream.Pipeline.Kafka;
using TrailStream.Pipeline.Late;
using TrailStream.Pipeline.Sinks;

namespace TrailStream.Pipeline.Actors;

/// <summary>Stages 2 to 5 for one partition in one assignment: a plain loop over batches. Owns its decoder, attributor and writers;
/// shares the index. A failure in here is a bug: it ends the stream without settling the batch.</summary>
internal sealed class PartitionActor : UntypedActor
{
    /// <summary>Decoded bytes that are worked on at once: a compressed record may hold very many events.</summary>
    private const int ChunkBytes = 1024 * 1024;

    private readonly StreamState _state;
    private readonly ISessionLog _sessions;
    private readonly IActorRef _late;
    private readonly EventDecoder _decoder;
    private readonly Attributor _attributor;
    private readonly DocumentAssembler _assembler;
    private readonly EventBatch _events = new();
    private readonly List<DecodeFailure> _failures = [];
    private readonly List<int> _evidence = [];
    private readonly List<int> _news = [];
    private readonly List<ulong> _wakes = [];
    private readonly List<DeadLetter> _conflicts = [];
    private List<LateEvent> _waiting = [];

    public PartitionActor(StreamState state, ISessionLog sessions, IActorRef late)
    {
        (_state, _sessions, _late) = (state, sessions, late);
        _decoder = new EventDecoder(DecodeLimits.Default, state.Zstd);
        _attributor = new Attributor(state.Index);
        _assembler = new DocumentAssembler(_attributor, state);
    }

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case RecordBatch batch:
                Guard(batch, Process);
                break;
            case Refusal refusal:
                Guard(refusal.Batch, batch => Refuse(batch, refusal));
                break;
            case ReleaseHeld release:
                _late.Tell(release);
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    private void Guard(RecordBatch batch, Action<RecordBatch> work)
    {
        try
        {
            work(batch);
        }
        catch (Exception e)
        {
            _state.Fail("partition", batch.Place(0).ToString(), e);
        }
    }

    private void Refuse(RecordBatch batch, Refusal refusal)
    {
        var letters = Enumerable.Range(0, batch.Count).Select(
            i => new DeadLetter(batch.Payload(i), DeadLetterReason.FetchCorrupt, DeadLetterStage.Fetch, refusal.Detail, batch.Place(i)));
        _state.DeadLetters.Post([.. letters], batch.Gate);
        batch.Gate.Release(1);
    }

    private void Process(RecordBatch batch)
    {
        var next = 0;
        while (next < batch.Count)
        {
            _events.Clear();
            _failures.Clear();
            while (next < batch.Count && _events.BytesUsed < ChunkBytes)
            {
                var payload = batch.Record(next);
                if (payload.IsEmpty)
                {
                    _state.Counters.Empty();
                }
                else
                {
                    _decoder.Decode(payload, next, _events, _failures);
                }

                next++;
            }

            _state.Counters.Decoded(_events.Count);
            PostFailures(batch);
            Learn(batch);
            Attribute(batch);
        }

        batch.Gate.Release(1);
    }

    private void PostFailures(RecordBatch batch)
    {
        if (_failures.Count == 0)
        {
            return;
        }

        var letters = new List<DeadLetter>();
        var failures = CollectionsMarshal.AsSpan(_failures);
        for (var first = 0; first < failures.Length;)
        {
            var source = failures[first].Source;
            var count = DecodeLetters.RunLength(_failures, first);
            if (DecodeLetters.Of(failures.Slice(first, count), batch.Payload(source), batch.Place(source)) is { } letter)
            {
                letters.Add(letter);
            }
            else
            {
                _state.Counters.ControlDropped();
            }

            first += count;
        }

        if (letters.Count > 0)
        {
            _state.DeadLetters.Post(letters, batch.Gate);
        }
    }

    private void Learn(RecordBatch batch)
    {
        _evidence.Clear();
        var latest = long.MinValue;
        for (var i = 0; i < _events.Count; i++)
        {
            ref var entry = ref _events[i];
            latest = Math.Max(latest, entry.EventTime);
            if (_attributor.IsEvidence(_events.Record(i), entry.Fields))
            {
                _evidence.Add(i);
            }
        }

        if (_events.Count > 0)
        {
            _state.Watermark.Report(batch.Topic, batch.Partition, latest);
        }

        if (_evidence.Count == 0)
        {
            return;
        }

        _news.Clear();
        _wakes.Clear();
        var generation = _state.Learn(_attributor, _events, _evidence, _news, _wakes, EvidenceSource.Input);
        if (_wakes.Count > 0)
        {
            _late.Tell(new Wakes([.. _wakes], generation));
        }

        foreach (var i in _news)
        {
            ref var entry = ref _events[i];
            _sessions.Publish(_events.Record(i), DocumentId.Own(_events.Record(i), entry.Fields), batch.Gate);
        }
    }

    private void Attribute(RecordBatch batch)
    {
        var mayHold = batch.MayHold && !_state.NoHold;
        var source = -1;
        var index = 0;
        _assembler.Begin(batch.Gate, batch);
        _state.Index.EnterRead();
        try
        {
            var generation = _state.Generation;
            for (var i = 0; i < _events.Count; i++)
            {
                ref var entry = ref _events[i];
                index = entry.Source == source ? index + 1 : 0;
                source = entry.Source;
                var record = _events.Record(i);
                var id = DocumentId.Own(record, entry.Fields);
                byte[]? derived = null;
                if (id.IsEmpty)
                {
                    var place = batch.Place(source);
                    id = derived = DocumentId.OfPlace(place.Source, Math.Max(0, place.Partition), place.Offset, index);
                }
                else if (IsAnother(batch, id, record, entry, index))
                {
                    continue;
                }

                var verdict = _attributor.Attribute(record, entry.Fields, graceOver: false);
                _state.Counters.Enter(verdict.Status);
                if (verdict.Waits)
                {
                    // An origin that stands is written at once; better evidence corrects the document.
                    var hold = mayHold && verdict.Status == AttributionStatus.Pending;
                    Wait(batch, record, entry, index, verdict, generation, derived, hold);
                    if (hold)
                    {
                        continue;
                    }
                }

                _assembler.Add(record, entry.Fields, verdict, 1, _assembler.Now, entry.EventTime, source, id, index);
            }
        }
        finally
        {
            _state.Index.ExitRead();
        }

        _assembler.Flush();
        if (_conflicts.Count > 0)
        {
            _state.DeadLetters.Post([.. _conflicts], batch.Gate);
            _conflicts.Clear();
        }

        foreach (var account in _state.Feed.Add(_attributor.Tally) ?? [])
        {
            Log.AccountWithoutGrants(_state.Logger, account, FeedHealth.UnexplainedMin);
        }

        if (_waiting.Count > 0)
        {
            _late.Tell(new Waiting(_waiting));
            _waiting = [];
        }
    }

    /// <summary>What a person has sent again is written: somebody has decided which of the two it is.</summary>
    private bool IsAnother(RecordBatch batch, ReadOnlySpan<byte> id, ReadOnlySpan<byte> record, in EventEntry entry, int index)
    {
        if (!_state.Fingerprints.IsAnother(id, record, entry.Fields) || batch.Place(entry.Source) is not { Replays: 0 } place)
        {
            return false;
        }

        _conflicts.Add(new DeadLetter(
            batch.Payload(entry.Source), DeadLetterReason.IdConflict, DeadLetterStage.Decode, $"event {index} of the record", place with { Index = index })
        {
            EventId = Encoding.UTF8.GetString(id),
        });
        return true;
    }

    private void Wait(
        RecordBatch batch, ReadOnlySpan<byte> record, in EventEntry entry, int index, in Verdict verdict, long generation, byte[]? derived, bool hold)
    {
        if (hold)
        {
            batch.Gate.Hold(1);
        }

        _waiting.Add(new LateEvent(record)
        {
            EventTime = entry.EventTime,
            DerivedId = derived,
            Batch = hold ? batch : null,
            Source = entry.Source,
            Index = index,
            Generation = generation,
            Status = verdict.Status,
            Rank = hold ? 0 : verdict.Rank,
            Revision = hold ? 0 : 1,
            IngestedAt = hold ? 0 : _assembler.Now,
            WaitsFor1 = verdict.WaitsFor1,
            WaitsFor2 = verdict.WaitsFor2,
        });
    }
}
