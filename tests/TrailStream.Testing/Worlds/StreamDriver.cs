using TrailStream.Core.Attribution;
using TrailStream.Core.CloudTrail;
using TrailStream.Core.Documents;
using TrailStream.Core.Sessions;

namespace TrailStream.Testing.Worlds;

/// <summary>The stream's way through the core without actors, clock or threads: decode a batch, learn, wake what waits, attribute, write or keep what
/// waits, close grace. The store remembers what memory would let go: new evidence finds every document again that rests on that key, session or
/// principal, as the stream's query of the store does. A document here is the attribution without the time of the verdict and the number of its revision.</summary>
public sealed class StreamDriver : IDisposable
{
    private readonly SessionIndex _index;
    private readonly Attributor[] _workers;
    private readonly Attributor _late;
    private readonly EventDecoder _decoder = new();
    private readonly EventBatch _events = new();
    private readonly List<DecodeFailure> _failures = [];
    private readonly List<ulong> _wakes = [];
    private readonly Dictionary<ulong, HashSet<Waiting>> _byEvidence = [];
    private readonly HashSet<Waiting> _waiting = [];
    private readonly bool _hold;
    private bool _twoPasses;

    public StreamDriver(int partitions, bool hold, VersionedStore store, ulong hashSeed = 7)
    {
        _index = new SessionIndex(SessionIndexOptions.Default with { HashSeed = hashSeed, SessionsMax = 1_000_000 });
        _workers = [.. Enumerable.Range(0, partitions).Select(_ => new Attributor(_index))];
        _late = new Attributor(_index);
        _hold = hold;
        Store = store;
    }

    /// <summary>Why an event is looked at again.</summary>
    private enum Cause
    {
        Woken,
        HoldOver,
        GraceOver,
    }

    public VersionedStore Store { get; }

    /// <summary>Pieces of records that gave no event.</summary>
    public int Failures { get; private set; }

    /// <summary>Runs a whole world through: every document final.</summary>
    public static VersionedStore Run(IReadOnlyList<byte[]> records, Delivery delivery, Random random)
    {
        using var driver = new StreamDriver(delivery.Partitions, delivery.Hold, new VersionedStore(), (ulong)random.NextInt64());
        var batches = 0;
        foreach (var (partition, batch) in delivery.Of(records, random))
        {
            driver.Process(partition, batch);
            if (++batches == delivery.GraceEndsAfter)
            {
                driver.EndGrace();
            }
        }

        driver.EndGrace();
        return driver.Store;
    }

    /// <summary>As files are read: everything is learnt before anything is attributed.</summary>
    public static VersionedStore RunTwoPasses(IReadOnlyList<byte[]> records, ulong hashSeed = 7)
    {
        using var driver = new StreamDriver(1, hold: false, new VersionedStore(), hashSeed);
        driver.Decode(records);
        driver.Learn(driver._workers[0]);
        driver._twoPasses = true;
        driver.Attribute(driver._workers[0]);
        return driver.Store;
    }

    /// <summary>One batch on one partition.</summary>
    public void Process(int partition, IReadOnlyList<byte[]> records)
    {
        Decode(records);
        Learn(_workers[partition]);
        Wake();
        Attribute(_workers[partition]);
    }

    /// <summary>Event time goes on: what has expired leaves the index.</summary>
    public void Advance(long eventTime) => _index.Advance(eventTime);

    /// <summary>What is held is written as it stands.</summary>
    public void EndHold() => Look([.. _waiting], Cause.HoldOver);

    /// <summary>The time for evidence is over for all that has come so far; better evidence still corrects.</summary>
    public void EndGrace()
    {
        EndHold();
        foreach (var waiting in _waiting)
        {
            waiting.Closed = true;
        }

        Look([.. _waiting], Cause.GraceOver);
    }

    public void Dispose() => _index.Dispose();

    private void Decode(IReadOnlyList<byte[]> records)
    {
        _events.Clear();
        _failures.Clear();
        for (var i = 0; i < records.Count; i++)
        {
            _decoder.Decode(records[i], i, _events, _failures);
        }

        Failures += _failures.Count;
    }

    private void Learn(Attributor worker)
    {
        _wakes.Clear();
        for (var i = 0; i < _events.Count; i++)
        {
            if (worker.IsEvidence(_events.Record(i), in _events[i].Fields))
            {
                worker.Learn(_events.Record(i), in _events[i].Fields, _wakes);
            }
        }
    }

    private void Wake()
    {
        var woken = new HashSet<Waiting>();
        foreach (var evidence in _wakes)
        {
            if (_byEvidence.TryGetValue(evidence, out var waiting))
            {
                woken.UnionWith(waiting);
            }
        }

        Look([.. woken], Cause.Woken);
    }

    private void Attribute(Attributor worker)
    {
        for (var i = 0; i < _events.Count; i++)
        {
            var record = _events.Record(i);
            ref var fields = ref _events[i].Fields;
            var verdict = worker.Attribute(record, in fields, graceOver: _twoPasses);
            var held = verdict.Status == AttributionStatus.Pending && _hold;
            if (!_twoPasses)
            {
                var waiting = new Waiting(record.ToArray(), fields) { Written = !held };
                WaitFor(waiting, verdict.WaitsFor1, verdict.WaitsFor2);
                if (verdict.Waits)
                {
                    _waiting.Add(waiting);
                }
            }

            if (held)
            {
                continue;
            }

            Write(worker, record, in fields, in verdict);
        }
    }

    private void Look(List<Waiting> events, Cause cause)
    {
        foreach (var waiting in events)
        {
            var verdict = _late.Attribute(waiting.Record, in waiting.Fields, cause == Cause.GraceOver || waiting.Closed);
            if (waiting.Written || verdict.Status != AttributionStatus.Pending || cause != Cause.Woken)
            {
                Write(_late, waiting.Record, in waiting.Fields, in verdict);
                waiting.Written = true;
            }

            Forget(waiting);
            WaitFor(waiting, verdict.WaitsFor1, verdict.WaitsFor2);
            if (!verdict.Waits)
            {
                _waiting.Remove(waiting);
            }
            else
            {
                _waiting.Add(waiting);
            }
        }
    }

    private void Write(Attributor worker, ReadOnlySpan<byte> record, in RecordFields fields, in Verdict verdict)
    {
        var text = worker.Write(record, in fields, in verdict, 0, 1, coveragePartial: false);
        Store.Write(DocumentId.Own(record, in fields), verdict.Rank, text.Json.ToArray());
    }

    private void WaitFor(Waiting waiting, ulong first, ulong second)
    {
        (waiting.WaitsFor1, waiting.WaitsFor2) = (first, second);
        foreach (var evidence in (ReadOnlySpan<ulong>)[first, second])
        {
            if (evidence != 0)
            {
                if (!_byEvidence.TryGetValue(evidence, out var list))
                {
                    _byEvidence[evidence] = list = [];
                }

                list.Add(waiting);
            }
        }
    }

    private void Forget(Waiting waiting)
    {
        foreach (var evidence in (ReadOnlySpan<ulong>)[waiting.WaitsFor1, waiting.WaitsFor2])
        {
            if (_byEvidence.TryGetValue(evidence, out var list))
            {
                list.Remove(waiting);
            }
        }
    }

    private sealed class Waiting(byte[] record, RecordFields fields)
    {
        public readonly RecordFields Fields = fields;

        public byte[] Record { get; } = record;

        public ulong WaitsFor1 { get; set; }

        public ulong WaitsFor2 { get; set; }

        public bool Written { get; set; }

        public bool Closed { get; set; }
    }
}
