namespace TrailStream.Pipeline.Late;

/// <summary>How far event time has come: the least of what the partitions have seen, so that one that lags keeps its evidence in time;
/// clamped to the wall clock, so that one forged date cannot empty the index; never going back. Thread-safe.</summary>
internal sealed class Watermark(TimeProvider clock)
{
    /// <summary>Clocks of AWS services differ by less.</summary>
    public static readonly TimeSpan AheadMax = TimeSpan.FromMinutes(5);

    /// <summary>A partition without records for this long no longer holds the others back.</summary>
    public static readonly TimeSpan IdleAfter = TimeSpan.FromSeconds(60);

    private readonly Lock _lock = new();
    private readonly Dictionary<(string Topic, int Partition), Seen> _partitions = [];
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

    /// <summary>The first value of <see cref="Current"/>: before it nothing is known; <see cref="long.MaxValue"/> as long as there is
    /// none.</summary>
    public long First => Volatile.Read(ref _first);

    public void Report(string topic, int partition, long maxEventTime)
    {
        lock (_lock)
        {
            var key = (topic, partition);
            var seen = _partitions.TryGetValue(key, out var before) ? Math.Max(before.EventTime, maxEventTime) : maxEventTime;
            _partitions[key] = new Seen(seen, clock.GetTimestamp());
        }
    }

    public void Remove(string topic, int partition)
    {
        lock (_lock)
        {
            _partitions.Remove((topic, partition));
        }
    }

    private void Move_NeedsLock()
    {
        var least = long.MaxValue;
        var greatestIdle = long.MinValue;
        foreach (var seen in _partitions.Values)
        {
            if (clock.GetElapsedTime(seen.At) < IdleAfter)
            {
                least = Math.Min(least, seen.EventTime);
            }
            else
            {
                greatestIdle = Math.Max(greatestIdle, seen.EventTime);
            }
        }

        if (least == long.MaxValue)
        {
            least = greatestIdle;
        }

        var ahead = (clock.GetUtcNow() + AheadMax).ToUnixTimeSeconds();
        _current = Math.Max(_current, Math.Min(least, ahead));
        if (_first == long.MaxValue && _current != long.MinValue)
        {
            Volatile.Write(ref _first, _current);
        }
    }

    private readonly record struct Seen(long EventTime, long At);
}
