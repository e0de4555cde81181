namespace TrailStream.Pipeline.Late;

/// <summary>How far event time has come: the least of what the partitions have seen, so that one that lags keeps its evidence in time;
/// clamped to the wall clock, so that one forged date cannot empty the index; never going back. A partition that is at its end and gets nothing no
/// longer counts; one that is paused, or waits for a store, does. Thread-safe.</summary>
internal sealed class Watermark(TimeProvider clock)
{
    /// <summary>Clocks of AWS services differ by less.</summary>
    public static readonly TimeSpan AheadMax = TimeSpan.FromMinutes(5);

    /// <summary>A partition at its end without records for this long no longer holds the others back.</summary>
    public static readonly TimeSpan IdleAfter = TimeSpan.FromSeconds(60);

    /// <summary>What another node said of its partitions counts for so long: it says so again every ten seconds as long as they lag, and one that was lost
    /// with its node is read by another one by then.</summary>
    public static readonly TimeSpan HeardFor = TimeSpan.FromMinutes(10);

    /// <summary>Partitions of other nodes that are remembered; no topic of this trade has so many.</summary>
    public const int HeardMax = 100_000;

    /// <summary>Event time of a partition before its first event.</summary>
    private const long Unknown = long.MinValue;

    private readonly Lock _lock = new();
    private readonly Dictionary<(string Topic, int Partition), Seen> _partitions = [];
    private readonly Dictionary<(string Topic, int Partition), (long EventTime, long At)> _heard = [];
    private long _current = long.MinValue;
    private long _first = long.MaxValue;

    /// <summary>Unix seconds; <see cref="long.MinValue"/> before the first event.</summary>
    public long Current
    {
        get
        {
            lock (_lock)
            {
                Move_NeedsLock();
                return _current;
            }
        }
    }

    /// <summary>The least that any partition of any node has come to, as far as it is known here, and no more than <see cref="Current"/>, or than the clock
    /// where this node has no partition. <see cref="long.MinValue"/> before the first event of a partition that has some. It goes back when a partition that
    /// lags comes to this node, or another node says that it has one.</summary>
    public long LeastAnywhere
    {
        get
        {
            lock (_lock)
            {
                Move_NeedsLock();
                var least = _partitions.Count == 0 ? Ahead : Math.Min(_current, LeastCounted_NeedsLock(isForgetting: true));
                foreach (var (partition, heard) in _heard)
                {
                    if (clock.GetElapsedTime(heard.At) >= HeardFor)
                    {
                        _heard.Remove(partition);
                    }
                    else if (!_partitions.ContainsKey(partition))
                    {
                        least = Math.Min(least, heard.EventTime);
                    }
                }

                return least;
            }
        }
    }

    /// <summary>The first value of <see cref="Current"/>: before it nothing is known; <see cref="long.MaxValue"/> as long as there is
    /// none.</summary>
    public long First => Volatile.Read(ref _first);

    private long Ahead => (clock.GetUtcNow() + AheadMax).ToUnixTimeSeconds();

    /// <summary>This node reads the partition from now on.</summary>
    public void Add(string topic, int partition)
    {
        lock (_lock)
        {
            _partitions[(topic, partition)] = new Seen(Unknown, clock.GetTimestamp(), IsAtEnd: false);
        }
    }

    /// <summary>Events of a partition were read. No matter where it is not this node's any more: what was in its mailbox is still worked off, and would hold
    /// the others back for ever.</summary>
    /// <param name="topic">Its topic.</param>
    /// <param name="partition">Its number.</param>
    /// <param name="maxEventTime">The latest of them, Unix seconds.</param>
    public void Report(string topic, int partition, long maxEventTime)
    {
        lock (_lock)
        {
            if (_partitions.TryGetValue((topic, partition), out var seen))
            {
                _partitions[(topic, partition)] = seen with { EventTime = Math.Max(seen.EventTime, maxEventTime), At = clock.GetTimestamp() };
            }
        }
    }

    /// <summary>Says whether all that a partition of this node holds has been read.</summary>
    public void AtEnd(string topic, int partition, bool isAtEnd)
    {
        lock (_lock)
        {
            if (_partitions.TryGetValue((topic, partition), out var seen))
            {
                _partitions[(topic, partition)] = seen with { IsAtEnd = isAtEnd };
            }
        }
    }

    /// <summary>The partition is not this node's any more.</summary>
    public void Remove(string topic, int partition)
    {
        lock (_lock)
        {
            _partitions.Remove((topic, partition));
        }
    }

    /// <summary>Another node has a partition that lags.</summary>
    /// <param name="topic">Its topic.</param>
    /// <param name="partition">Its number.</param>
    /// <param name="eventTime">How far its events have come, Unix seconds.</param>
    /// <param name="age">How long ago it said so.</param>
    /// <returns>False when so many are remembered that this one is not: the index may forget what its events need.</returns>
    public bool Hear(string topic, int partition, long eventTime, TimeSpan age)
    {
        lock (_lock)
        {
            if (age >= HeardFor)
            {
                return true;
            }

            if (_heard.Count >= HeardMax && !_heard.ContainsKey((topic, partition)))
            {
                return false;
            }

            _heard[(topic, partition)] = (eventTime, clock.GetTimestamp() - (long)(age.TotalSeconds * clock.TimestampFrequency));
            return true;
        }
    }

    /// <summary>Partitions of this node with more to read, and how far their events have come, Unix seconds; <see cref="long.MinValue"/> before the first.</summary>
    public IReadOnlyList<(string Topic, int Partition, long EventTime)> Lagging
    {
        get
        {
            lock (_lock)
            {
                return
                [
                    .. _partitions.Where(partition => !partition.Value.IsAtEnd)
                        .Select(partition => (partition.Key.Topic, partition.Key.Partition, partition.Value.EventTime)),
                ];
            }
        }
    }

    private void Move_NeedsLock()
    {
        var least = LeastCounted_NeedsLock(isForgetting: false);
        if (least == long.MaxValue)
        {
            least = _partitions.Count == 0 ? Unknown : _partitions.Values.Max(seen => seen.EventTime);
        }

        _current = Math.Max(_current, Math.Min(least, Ahead));
        if (_first == long.MaxValue && _current != long.MinValue)
        {
            Volatile.Write(ref _first, _current);
        }
    }

    /// <summary>The least of the partitions that are not idle; <see cref="long.MaxValue"/> where all are.</summary>
    /// <param name="isForgetting">True: one that has not told its event time yet may have any.</param>
    private long LeastCounted_NeedsLock(bool isForgetting)
    {
        var least = long.MaxValue;
        foreach (var seen in _partitions.Values)
        {
            if ((!seen.IsAtEnd || clock.GetElapsedTime(seen.At) < IdleAfter) && (isForgetting || seen.EventTime != Unknown))
            {
                least = Math.Min(least, seen.EventTime);
            }
        }

        return least;
    }

    private readonly record struct Seen(long EventTime, long At, bool IsAtEnd);
}
