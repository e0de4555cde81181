using System.Collections.Concurrent;

namespace TrailStream.Testing.Time;

/// <summary>A clock whose timers ring at once: it jumps ahead by what was asked for, and remembers how long that was. For code whose waits
/// are to be checked, not waited for.</summary>
public sealed class InstantTimeProvider(DateTimeOffset start) : TimeProvider
{
    private readonly ConcurrentQueue<TimeSpan> _waits = new();
    private long _ticks = start.UtcTicks;

    /// <summary>What was waited for, in order.</summary>
    public IReadOnlyCollection<TimeSpan> Waits => _waits;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override DateTimeOffset GetUtcNow() => new(Volatile.Read(ref _ticks), TimeSpan.Zero);

    public override long GetTimestamp() => Volatile.Read(ref _ticks);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        _waits.Enqueue(dueTime);
        Interlocked.Add(ref _ticks, dueTime.Ticks);
        return System.CreateTimer(callback, state, TimeSpan.Zero, Timeout.InfiniteTimeSpan);
    }
}
