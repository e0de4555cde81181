namespace TrailStream.Simulation.Tests.Model;

/// <summary>The one scheduler of a simulation: virtual milliseconds, one thread, one seed. Whatever happens is an entry of its queue, so a seed
/// is a run.</summary>
internal sealed class World(ulong seed, bool isTraced)
{
    private const int TraceLines = 400;

    private readonly PriorityQueue<Action, (long At, long Number)> _queue = new();
    private readonly Queue<string> _trace = new();
    private ulong _state = seed;
    private long _number;

    /// <summary>Milliseconds since the beginning.</summary>
    public long Now { get; private set; }

    public long Steps { get; private set; }

    public string Trace => string.Join('\n', _trace);

    /// <summary>From 0 to below <paramref name="most"/> (splitmix64).</summary>
    public int Next(int most)
    {
        _state += 0x9E3779B97F4A7C15;
        var z = _state;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return (int)((z ^ (z >> 31)) % (ulong)most);
    }

    public int Between(int least, int most) => least + Next(most - least + 1);

    public bool Chance(int percent) => percent > 0 && Next(100) < percent;

    public void After(long milliseconds, Action action) => _queue.Enqueue(action, (Now + Math.Max(0, milliseconds), _number++));

    /// <summary>Does the next thing; false when nothing is left or all of it is after <paramref name="until"/>.</summary>
    public bool Step(long until)
    {
        if (!_queue.TryPeek(out _, out var due) || due.At > until)
        {
            Now = Math.Max(Now, until);
            return false;
        }

        var action = _queue.Dequeue();
        Now = due.At;
        Steps++;
        action();
        return true;
    }

    public void Say(FormattableString line)
    {
        if (!isTraced)
        {
            return;
        }

        if (_trace.Count == TraceLines)
        {
            _trace.Dequeue();
        }

        _trace.Enqueue(FormattableString.Invariant($"{Now,8} ") + FormattableString.Invariant(line));
    }
}

/// <summary>A node's clock: timestamps that only go on, a wall clock that may be set.</summary>
internal sealed class NodeClock(World world) : TimeProvider
{
    private static readonly DateTimeOffset Start = new(2026, 3, 4, 12, 0, 0, TimeSpan.Zero);

    /// <summary>What somebody has set the wall clock ahead or back by.</summary>
    public TimeSpan Offset { get; set; }

    public override long TimestampFrequency => 1000;

    public override long GetTimestamp() => world.Now;

    public override DateTimeOffset GetUtcNow() => Start.AddMilliseconds(world.Now) + Offset;
}

/// <summary>What must never happen, has.</summary>
internal sealed class ViolationException(string invariant, string what) : Exception($"{invariant}: {what}")
{
    public string Invariant { get; } = invariant;
}
