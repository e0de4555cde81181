namespace TrailStream.Pipeline.Late;

/// <summary>Keeps the index from forgetting sessions too early when a backlog is read, where hours of event time pass in minutes: a partition that lags
/// may come to this node, and a store is asked for a grant's uses some time after it. Says how far event time had come some minutes ago, and never
/// more than how far it is now. Owned by one thread.</summary>
internal sealed class ExpiryHold(TimeProvider clock)
{
    /// <summary>Longer than partitions need to move and their new reader to get going; where event time goes by the clock, a twelfth of the slack.</summary>
    public static readonly TimeSpan KeepTime = TimeSpan.FromMinutes(10);

    /// <summary>No open question holds longer, lest a store that does not let itself be read fill the index. Questions take seconds, minutes on a
    /// backlog.</summary>
    public static readonly TimeSpan HoldMax = TimeSpan.FromMinutes(30);

    /// <summary>Between two samples: 1,800 of them in all.</summary>
    private static readonly TimeSpan SampleInterval = TimeSpan.FromSeconds(1);

    private readonly Queue<(long At, long EventTime)> _samples = new();
    private long _sampledAt = long.MinValue;
    private long _passed = long.MinValue;
    private long _least = long.MinValue;

    /// <param name="eventTime">How far it has come now, Unix seconds; less than before when a partition turns up that lags.</param>
    /// <param name="oldestOpen">When the oldest open question was asked, a timestamp of the clock; null without one.</param>
    /// <returns>How far the index may forget; <see cref="long.MinValue"/> as long as it may not.</returns>
    public long Until(long eventTime, long? oldestOpen)
    {
        var now = clock.GetTimestamp();
        if (_sampledAt != long.MinValue && clock.GetElapsedTime(_sampledAt, now) < SampleInterval)
        {
            return Math.Min(_least, eventTime);
        }

        _sampledAt = now;
        _samples.Enqueue((now, eventTime));
        while (_samples.TryPeek(out var sample) && clock.GetElapsedTime(sample.At, now) is var age && age >= KeepTime
            && (age >= HoldMax || !(oldestOpen < sample.At)))
        {
            _passed = sample.EventTime;
            _samples.Dequeue();
        }

        // The least of all minutes that count: while a node had no partition, or before it heard of one that lags, event time was ahead.
        _least = _samples.Aggregate(_passed, (least, sample) => Math.Min(least, sample.EventTime));
        return _least;
    }
}
