using System.Collections.Concurrent;
using System.Text;
using TrailStream.Pipeline.Elasticsearch;
using TrailStream.Pipeline.Kafka;
using TrailStream.Pipeline.Late;
using TrailStream.Pipeline.Options;
using TrailStream.Pipeline.Settlement;
using TrailStream.Simulation.Tests.Model;

namespace TrailStream.Simulation.Tests.Nodes;

/// <summary>What all nodes of a simulation share.</summary>
internal sealed record Surroundings(
    World World, Ledger Ledger, ModelBroker Broker, ModelStore Store, ModelTopic<int> Sessions, ModelTopic<(int Number, byte[] Payload)> DeadLetters, NodePolicy Policy);

/// <summary>One life of one process: the product's state machines (coordinator, frontier, gates, batches, late buffer, watermark, group queue, bulk
/// work, pace, breaker), wired as the reader and the actors wire them, every message and answer an entry of the scheduler. This part reads,
/// settles and commits.</summary>
internal sealed partial class SimNode
{
    private const string Topic = "input";
    private const int BatchRecords = 6;
    private const int CommitInterval = 200;
    private const int DrainTime = 25_000;

    public static readonly ReadLimits Limits = new() { SpanRecords = 40, SpanBytes = 4000, BytesInFlight = 6000, DocumentBytesInFlight = 8000 };

    public static readonly LateOptions Late = new() { HoldTime = TimeSpan.FromSeconds(2), HoldBytes = 4000, Grace = TimeSpan.FromSeconds(20), MemoryBytes = 12_000, EventsPerKey = 6 };

    private readonly Surroundings _around;
    private readonly World _world;
    private readonly ModelConsumer _consumer;
    private readonly ReadCoordinator _coordinator = new(Limits);
    private readonly ConcurrentQueue<RecordBatch> _settled = new();
    private readonly Stack<RecordBatch> _free = new();
    private readonly Dictionary<int, Partition> _partitions = [];
    private readonly List<(PartitionLease Lease, PauseCause Cause)> _flow = [];
    private readonly List<Action> _deferred = [];
    private long _nextCommit;
    private bool _stopping;
    private bool _paused;
    private List<Partition>? _leaving;
    private long _leavingUntil;

    public SimNode(string name, Surroundings around, NodeClock clock)
    {
        (_around, _world, Name, Clock) = (around, around.World, name, clock);
        _consumer = new ModelConsumer(_world, around.Broker, name);
        _breaker = new DeadLetterBreaker(clock);
        _watermark = new Watermark(clock);
        _lateBuffer = new LateBuffer(Late);
    }

    /// <summary>The part of an assigned partition that is the reader's.</summary>
    private sealed class Partition(PartitionLease lease)
    {
        public PartitionLease Lease { get; } = lease;

        public RecordBatch? Open { get; set; }

        /// <summary>When the last message to its actor arrives: messages to one actor keep their order.</summary>
        public long MailboxAt { get; set; }
    }

    public string Name { get; }

    public NodeClock Clock { get; }

    public bool IsAlive { get; private set; } = true;

    /// <summary>It has left by itself with nothing open.</summary>
    public bool IsDrained { get; private set; }

    /// <summary>Must be started again: the process has ended.</summary>
    public bool HasEnded => !IsAlive;

    public bool IsPaused => _paused;

    public bool IsIdle => _coordinator.BytesInFlight == 0 && _documentBytes == 0 && _lateBuffer.Held == 0;

    /// <summary>Reads the sessions whole, joins, and begins to poll.</summary>
    public void Start()
    {
        ReadSessions();
        _around.Broker.Join(_consumer);
        After(1, Poll);
        After(50, FollowSessions);
        After(100, LateTick);
        Background();
    }

    /// <summary>kill −9: nothing of it happens any more; what it has sent is on its way.</summary>
    public void Crash()
    {
        _world.Say($"{Name} is killed");
        IsAlive = false;
    }

    /// <summary>SIGSTOP and SIGCONT.</summary>
    public void Freeze(long milliseconds)
    {
        _world.Say($"{Name} stands still for {milliseconds}");
        _paused = true;
        _world.After(milliseconds, () =>
        {
            _paused = false;
            var deferred = _deferred.ToList();
            _deferred.Clear();
            deferred.ForEach(action => Run(action));
        });
    }

    /// <summary>SIGTERM.</summary>
    public void Stop()
    {
        _world.Say($"{Name} is told to stop");
        _stopping = true;
        ReleaseHeld(null);
        var until = _world.Now + DrainTime;
        After(20, () => Drain(until));
    }

    /// <summary>I13: limits hold at every step. One batch may stand above each: it is looked at when it is handed out.</summary>
    public void CheckLimits()
    {
        const int batchBytes = BatchRecords * 120;
        if (_coordinator.BytesInFlight > Limits.BytesInFlight + (batchBytes * _around.Broker.Partitions))
        {
            throw new ViolationException("I13", $"{Name} holds {_coordinator.BytesInFlight} bytes");
        }

        if (_lateBuffer.Bytes > Late.MemoryBytes)
        {
            throw new ViolationException("I13", $"{Name} remembers {_lateBuffer.Bytes} bytes of late events");
        }

        foreach (var partition in _partitions.Values)
        {
            if (partition.Lease.Frontier.SpanRecords > Limits.SpanRecords + BatchRecords)
            {
                throw new ViolationException("I13", $"{Name} has a span of {partition.Lease.Frontier.SpanRecords}");
            }
        }
    }

    private void After(long milliseconds, Action action) => _world.After(milliseconds, () => Run(action));

    private void Run(Action action)
    {
        if (!IsAlive)
        {
            return;
        }

        if (_paused)
        {
            _deferred.Add(action);
            return;
        }

        action();
    }

    /// <summary>The client's own thread.</summary>
    private void Background()
    {
        if (!_around.Broker.IsAway)
        {
            _consumer.Heartbeat();
        }

        After(1000, Background);
    }

    /// <summary>One turn of the reader's loop; handlers of a rebalance run inside it and end it.</summary>
    private void Poll()
    {
        if (_consumer.TakeLeaving(out var leaving, out var lost))
        {
            var partitions = leaving.ConvertAll(p => _partitions[p]);
            if (!lost)
            {
                BeginRevoke(partitions);
                return;
            }

            foreach (var partition in partitions)
            {
                // What was read and not handed out is read again by the next owner.
                partition.Open = null;
                Drop(partition, lost: true);
            }
        }

        if (lost && !_around.Broker.IsAway)
        {
            _consumer.Rejoin();
        }

        _consumer.TakeArriving().ForEach(Arrive);
        if (IsAlive)
        {
            ReadSome();
            Serve();
            After(_world.Between(5, 50), Poll);
        }
    }

    private void Arrive(int partition)
    {
        var broker = _around.Broker;
        var start = broker.Low(partition);
        if (broker.Committed(partition) >= 0)
        {
            start = ReadCoordinator.StartAt(broker.Committed(partition), broker.Low(partition), out var gap);
            if (gap > 0)
            {
                _world.Say($"{Name} reports a gap of {gap} in {partition}");
                broker.Excuse(partition, broker.Committed(partition), broker.Low(partition));
            }
        }

        var lease = _coordinator.Assign(Topic, partition, start, broker.Committed(partition) != start, _world.Now);
        _partitions[partition] = new Partition(lease);
        _watermark.Add(Topic, partition);
        _consumer.Begin(partition, start);
        _nextCommit = _world.Now;
        _world.Say($"{Name} takes {partition} from {start}, epoch {lease.Epoch}");
    }

    private void ReadSome()
    {
        for (var i = _world.Between(1, 12); i > 0; i--)
        {
            SimRecord? record;
            int number;
            bool ended;
            try
            {
                record = _consumer.Poll(out number, out ended);
            }
            catch (OffsetOutOfRangeException)
            {
                _world.Say($"{Name} ends: retention has overtaken it");
                IsAlive = false;
                return;
            }

            if (ended)
            {
                HandOut(_partitions[number]);
                _partitions[number].Lease.ReachEnd(_partitions[number].Lease.NextOffset);
            }
            else if (record is not null)
            {
                Take(_partitions[number], record);
            }
        }

        foreach (var partition in _partitions.Values)
        {
            HandOut(partition);
            _watermark.AtEnd(Topic, partition.Lease.Partition, partition.Lease.AtEnd);
        }
    }

    private void Take(Partition partition, SimRecord record)
    {
        if (!partition.Lease.Take(record.Offset, _world.Now))
        {
            return;
        }

        if (partition.Open is null)
        {
            partition.Open = _free.Count > 0 ? _free.Pop() : new RecordBatch(_settled, () => { }, 1024);
            partition.Open.Open(Topic, partition.Lease.Partition, partition.Lease.Epoch);
        }

        partition.Open.Add(Encoding.ASCII.GetBytes(string.Join(',', record.Events.Select(e => e.Mark))), record.Offset);
        if (partition.Open.Count >= BatchRecords)
        {
            HandOut(partition);
        }
    }

    private void HandOut(Partition partition)
    {
        if (partition.Open is not { Count: > 0 } batch)
        {
            return;
        }

        partition.Open = null;
        batch.Number = _coordinator.HandOut(partition.Lease, batch.LastOffset, batch.Count, batch.Length, _world.Now, out var pressure);
        if (pressure)
        {
            ReleaseHeld(partition);
        }

        batch.MayHold = !_stopping && _coordinator.MayHold(partition.Lease);
        ToActor(partition, () => Process(batch));
        _around.Policy.HandedOut(_coordinator, batch, _world.Now);
        Flow();
    }

    private void ToActor(Partition partition, Action action)
    {
        partition.MailboxAt = Math.Max(partition.MailboxAt, _world.Now + _world.Between(0, 30));
        After(partition.MailboxAt - _world.Now, action);
    }

    private void Flow()
    {
        _flow.Clear();
        _coordinator.Flow(_stopping, _stalledSince >= 0 && _world.Now - _stalledSince >= 1000, _documentBytes, _flow);
        foreach (var (lease, cause) in _flow)
        {
            _consumer.Pause(lease.Partition, cause != PauseCause.None);
            lease.Said(cause != PauseCause.None, cause);
        }
    }

    private void Serve()
    {
        TakeSettled();
        Flow();
        if (_world.Now >= _nextCommit)
        {
            Commit();
            _nextCommit = _world.Now + CommitInterval;
        }
    }

    private void TakeSettled()
    {
        while (_settled.TryDequeue(out var batch))
        {
            var result = _around.Policy.Settle(_coordinator, batch, _world.Now);
            _world.Say($"{Name} settles {batch.Partition}/{batch.Epoch} number {batch.Number}: {result}");
            _free.Push(batch);
        }
    }

    private void Commit()
    {
        foreach (var partition in _partitions.Values)
        {
            var lease = partition.Lease;
            if (lease.HasToStore && _consumer.Store(lease.Partition, lease.Frontier.Position))
            {
                lease.Stored(lease.Frontier.Position);
            }
        }

        _consumer.Commit();
    }
}
