using System.Runtime.InteropServices;
using TrailStream.Pipeline.Options;

namespace TrailStream.Pipeline.Settlement;

/// <summary>Everything that decides what is read, what may be committed and whose acknowledgement counts: assignments and their epochs,
/// frontiers, spans, the byte budget, pauses. Pure: no client, clock or thread, so that the simulator runs the very same code. Owned by the
/// reader's thread.</summary>
internal sealed class ReadCoordinator(ReadLimits limits)
{
    private readonly Dictionary<(string Topic, int Partition), PartitionLease> _leases = [];
    private int _epoch;
    private bool _budgetFull;

    public IReadOnlyCollection<PartitionLease> Leases => _leases.Values;

    /// <summary>Payload bytes handed out and not settled, of ended assignments too: they are still in memory.</summary>
    public long BytesInFlight { get; private set; }

    /// <summary>A partition has come. What is known of an earlier assignment of it is forgotten.</summary>
    /// <param name="topic">Its topic.</param>
    /// <param name="partition">Its number.</param>
    /// <param name="startOffset">Where reading begins.</param>
    /// <param name="isNewStart">True when the group has not committed this offset: its first start, or behind a gap.</param>
    /// <param name="now">The caller's timestamp.</param>
    public PartitionLease Assign(string topic, int partition, long startOffset, bool isNewStart, long now)
    {
        var lease = new PartitionLease(topic, partition, ++_epoch, startOffset, isNewStart, now);
        _leases[(topic, partition)] = lease;
        return lease;
    }

    /// <summary>A partition has gone: what is still open of it will be fenced.</summary>
    public void Drop(PartitionLease lease)
    {
        if (_leases.TryGetValue((lease.Topic, lease.Partition), out var current) && ReferenceEquals(current, lease))
        {
            _leases.Remove((lease.Topic, lease.Partition));
        }
    }

    /// <summary>A batch goes to its processor.</summary>
    /// <param name="lease">Its partition.</param>
    /// <param name="lastOffset">Of its last record.</param>
    /// <param name="records">Number of records.</param>
    /// <param name="bytes">Their bytes.</param>
    /// <param name="now">The caller's timestamp.</param>
    /// <param name="pressure">True when what is held should be released now.</param>
    /// <returns>Its number, for <see cref="Settle"/>.</returns>
    public long HandOut(PartitionLease lease, long lastOffset, int records, int bytes, long now, out bool pressure)
    {
        BytesInFlight += bytes;
        var number = lease.Frontier.Add(lastOffset, records, bytes, now);
        pressure = lease.Measure(limits);
        return number;
    }

    /// <summary>Whether events of the next batch may be held for evidence: never where that could limit throughput.</summary>
    public bool MayHold(PartitionLease lease) => !lease.UnderPressure && BytesInFlight < limits.BytesInFlight / 2;

    /// <summary>Everything in a batch is durable. The one way to move a frontier.</summary>
    public SettleResult Settle(string topic, int partition, int epoch, long number, int bytes, long now)
    {
        BytesInFlight -= bytes;
        if (BytesInFlight < 0)
        {
            throw new InvalidOperationException($"{topic}/{partition}: bytes were released twice.");
        }

        if (!_leases.TryGetValue((topic, partition), out var lease) || lease.Epoch != epoch)
        {
            return SettleResult.Fenced;
        }

        var moved = lease.Frontier.Complete(number);
        lease.Measure(limits);
        if (!moved)
        {
            return SettleResult.Counted;
        }

        lease.Progress(now);
        return SettleResult.Moved;
    }

    /// <summary>Whether a partition should be paused now, and why.</summary>
    /// <param name="stopping">Nothing more is to be read.</param>
    /// <param name="stalled">A sink takes nothing.</param>
    /// <param name="documentBytes">Documents that no sink has acknowledged.</param>
    /// <param name="changes">Gets the partitions that the client must be told about.</param>
    public void Flow(bool stopping, bool stalled, long documentBytes, List<(PartitionLease Lease, PauseCause Cause)> changes)
    {
        // Full at the limit, and not before half again: pausing throws the client's prefetched records away.
        var share = _budgetFull ? 2 : 1;
        _budgetFull = BytesInFlight >= limits.BytesInFlight / share || documentBytes >= limits.DocumentBytesInFlight / share;
        foreach (var lease in _leases.Values)
        {
            var cause = stopping ? PauseCause.Stopping
                : stalled ? PauseCause.SinkStalled
                : _budgetFull ? PauseCause.Budget
                : lease.SpanFull ? PauseCause.Span
                : PauseCause.None;
            if (lease.Paused != (cause != PauseCause.None))
            {
                changes.Add((lease, cause));
            }
        }
    }

    /// <summary>Where to begin in a partition that has a committed offset.</summary>
    /// <param name="committed">The group's offset.</param>
    /// <param name="low">The oldest offset that retention has left.</param>
    /// <param name="gap">Offsets that were removed before they were read: loss, never silent.</param>
    public static long StartAt(long committed, long low, out long gap)
    {
        gap = Math.Max(0, low - committed);
        return Math.Max(committed, low);
    }

    /// <summary>True when nothing of these partitions is open: they may go without anything to repeat.</summary>
    public static bool IsDrained(List<PartitionLease> leases)
    {
        foreach (var lease in CollectionsMarshal.AsSpan(leases))
        {
            if (!lease.Frontier.IsEmpty)
            {
                return false;
            }
        }

        return true;
    }
}
