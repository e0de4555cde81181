using System.Globalization;
using System.Text;
using TrailStream.Pipeline.Actors;
using TrailStream.Pipeline.Elasticsearch;
using TrailStream.Pipeline.Kafka;
using TrailStream.Pipeline.Late;
using TrailStream.Pipeline.Settlement;
using TrailStream.Pipeline.Sinks;
using TrailStream.Simulation.Tests.Model;

namespace TrailStream.Simulation.Tests.Nodes;

/// <content>What stands behind the reader: the partition actors, the late actor, the writer. Attribution is a set of known keys here.</content>
internal sealed partial class SimNode
{
    private const byte Pending = 10;
    private const byte Unattributed = 20;
    private const byte Proven = 40;
    private const int ProduceRetry = 2000;

    private static readonly SinkLimits Groups = new(700, TimeSpan.FromMilliseconds(20), 3);

    private readonly HashSet<int> _keys = [];
    private readonly LateBuffer _lateBuffer;
    private readonly RecentWakes _recent = new(64);
    private readonly Watermark _watermark;
    private readonly GroupQueue _queue = new();
    private readonly DeadLetterBreaker _breaker;
    private readonly BulkPace _pace = new(700, 2);
    private readonly List<LateEvent> _work = [];
    private long _generation;
    private long _round;
    private int _sessionsRead;
    private long _documentBytes;
    private int _inFlight;
    private bool _lingering;
    private long _stalledSince = -1;

    private enum Cause
    {
        Woken,
        HoldOver,
        GraceOver,
    }

    /// <summary>Stages 2 to 5 for one batch.</summary>
    private void Process(RecordBatch batch)
    {
        var documents = NewBatch(batch.Gate, batch);
        var waiting = new List<LateEvent>();
        var latest = long.MinValue;
        for (var source = 0; source < batch.Count; source++)
        {
            foreach (var one in Decode(batch.Record(source)))
            {
                latest = Math.Max(latest, one.Time);
                switch (one.Kind)
                {
                    case SimKind.Broken:
                        PostDeadLetter(one.Number, batch.Payload(source), batch.Gate);
                        break;
                    case SimKind.Use when !_keys.Contains(one.Key):
                        waiting.Add(Wait(batch, source, one));
                        if (!waiting[^1].IsHeld)
                        {
                            Append(documents, one, Pending, source);
                        }

                        break;
                    default:
                        if (one.Kind == SimKind.Grant)
                        {
                            Learn(one.Key);
                            Publish(one.Key, batch.Gate);
                        }

                        Append(documents, one, Proven, source);
                        break;
                }
            }
        }

        _watermark.Report(Topic, batch.Partition, latest);
        Send(documents);
        if (waiting.Count > 0)
        {
            After(_world.Between(0, 10), () => Receive(waiting));
        }

        batch.Gate.Release(1);
    }

    private List<SimEvent> Decode(ReadOnlySpan<byte> record) =>
        [.. Encoding.ASCII.GetString(record).Split(',').Select(mark => _around.Ledger.Events[int.Parse(mark.AsSpan(1, mark.Length - 2), CultureInfo.InvariantCulture)])];

    private LateEvent Wait(RecordBatch batch, int source, SimEvent one)
    {
        if (batch.MayHold)
        {
            batch.Gate.Hold(1);
        }

        return new LateEvent(Encoding.ASCII.GetBytes(one.Mark))
        {
            EventTime = one.Time,
            Batch = batch.MayHold ? batch : null,
            Source = source,
            Generation = _generation,
            Rank = batch.MayHold ? (byte)0 : Pending,
            Revision = batch.MayHold ? 0 : 1,
            WaitsFor1 = (ulong)one.Key,
        };
    }

    private void Learn(int key)
    {
        if (!_keys.Add(key))
        {
            return;
        }

        var generation = ++_generation;
        After(_world.Between(0, 10), () =>
        {
            _round++;
            _work.Clear();
            _recent.Add((ulong)key, generation);
            _lateBuffer.Collect((ulong)key, _round, _work);
            Look(Cause.Woken);
        });
    }

    private void Receive(List<LateEvent> waiting)
    {
        _work.Clear();
        foreach (var late in waiting)
        {
            late.ArrivedAt = _world.Now;
            if (!_lateBuffer.Add(late))
            {
                late.Gone = true;
                if (late.IsHeld)
                {
                    _work.Add(late);
                }
            }
            else if (_recent.MayHaveMissed(late.WaitsFor1, late.WaitsFor2, late.Generation))
            {
                _work.Add(late);
            }
        }

        Look(Cause.Woken);
        if (_stopping)
        {
            CollectAllHeld();
        }

        Forget();
    }

    private void LateTick()
    {
        _work.Clear();
        _lateBuffer.CollectHeld(_world.Now - (long)Late.HoldTime.TotalMilliseconds, Late.HoldBytes, _work);
        Look(Cause.HoldOver);
        _work.Clear();
        var watermark = _watermark.Current;
        var until = watermark == long.MinValue ? watermark : watermark - (long)Late.Grace.TotalSeconds;
        _lateBuffer.CollectOver(_world.Now - (long)Late.Grace.TotalMilliseconds, until, _work);
        Look(Cause.GraceOver);
        Forget();
        After(250, LateTick);
    }

    /// <summary>Behind the events that are in the partition's mailbox.</summary>
    private void ReleaseHeld(Partition? partition)
    {
        if (partition is null)
        {
            After(_world.Between(0, 10), CollectAllHeld);
            return;
        }

        var lease = partition.Lease;
        ToActor(partition, () => After(12, () =>
        {
            _work.Clear();
            _lateBuffer.CollectHeld(lease.Topic, lease.Partition, lease.Epoch, _work);
            Look(Cause.HoldOver);
        }));
    }

    private void CollectAllHeld()
    {
        _work.Clear();
        _lateBuffer.CollectHeld(long.MaxValue, 0, _work);
        Look(Cause.HoldOver);
    }

    private void Forget()
    {
        _work.Clear();
        while (_lateBuffer.Excess() is { } late)
        {
            if (late.IsHeld)
            {
                _work.Add(late);
            }

            _lateBuffer.Remove(late, keepHold: true);
        }

        Look(Cause.HoldOver);
    }

    /// <summary>The late actor's rule: what must be written is written with its record still held.</summary>
    private void Look(Cause cause)
    {
        if (_work.Count == 0)
        {
            return;
        }

        var origin = new LateOrigin();
        var gate = new SettlementGate(origin.Settled);
        var documents = NewBatch(gate, origin);
        foreach (var late in _work)
        {
            var one = Decode(late.Record)[0];
            var isKnown = _keys.Contains(one.Key);
            var rank = isKnown ? Proven : cause == Cause.GraceOver || late.Closed ? Unattributed : Pending;
            var waits = rank == Pending;
            if (late.Revision == 0 ? !waits || cause != Cause.Woken || late.Gone : rank > late.Rank)
            {
                var source = late.Batch is null ? -1 : origin.Add(late.Batch, late.Source);
                late.Revision++;
                late.Rank = rank;
                Append(documents, one, rank, source);
                if (late.Gone)
                {
                    late.Batch = null;
                }
                else
                {
                    _lateBuffer.Unhold(late);
                }
            }

            if (!late.Gone && isKnown)
            {
                _lateBuffer.Remove(late);
            }
        }

        Send(documents);
        gate.Release(1);
    }

    private void ReadSessions()
    {
        var records = _around.Sessions.Records;
        for (; _sessionsRead < records.Count; _sessionsRead++)
        {
            Learn(records[_sessionsRead]);
        }
    }

    private void FollowSessions()
    {
        ReadSessions();
        After(50, FollowSessions);
    }

    private void Publish(int key, SettlementGate gate)
    {
        gate.Hold(1);
        Produce();

        void Produce() => _around.Sessions.Produce(key, isStored => Run(() =>
        {
            if (isStored)
            {
                gate.Release(1);
            }
            else
            {
                After(ProduceRetry, Produce);
            }
        }));
    }
}
