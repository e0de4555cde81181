namespace TrailStream.Pipeline.Late;

/// <summary>Keeps the index from forgetting sessions before the stores have answered for what was learnt of them: reading a backlog, hours of event
/// time pass between a grant and the question about its uses. Says how far event time had come when the oldest open question was asked. Owned by one
/// thread.</summary>
internal sealed class ExpiryHold(TimeProvider clock)
{
    /// <summary>No question holds longer, lest a store that does not let itself be read fill the index. Questions take seconds, minutes on a backlog.</summary>
    public static readonly TimeSpan HoldMax = TimeSpan.FromMinutes(15);

    /// <summary>Between two samples: 900 of them in all.</summary>
    private static readonly TimeSpan SampleInterval = TimeSpan.FromSeconds(1);

    private readonly Queue<(long At, long EventTime)> _samples = new();
    private long _sampledAt = long.MinValue;
    private long _passed = long.MinValue;

    /// <param name="eventTime">How far it has come now, Unix seconds.</param>
    /// <param name="oldestOpen">When the oldest open question was asked, a timestamp of the clock; null without one.</param>
    /// <returns>How far the index may forget.</returns>
    public long Until(long eventTime, long? oldestOpen)
    {
        var now = clock.GetTimestamp();
        if (oldestOpen is not { } oldest)
        {
            _samples.Clear();
            return _passed = eventTime;
        }

        if (_sampledAt == long.MinValue || clock.GetElapsedTime(_sampledAt, now) >= SampleInterval)
        {
            _sampledAt = now;
            _samples.Enqueue((now, eventTime));
        }

        while (_samples.TryPeek(out var sample) && (sample.At <= oldest || clock.GetElapsedTime(sample.At, now) > HoldMax))
        {
            _passed = sample.EventTime;
            _samples.Dequeue();
        }

        return _passed;
    }
}
