using TrailStream.Core.Sessions;

namespace TrailStream.Pipeline.Store;

/// <summary>Sessions that a store is to be asked for, each from a moment on: what was written just before must be visible by then. Bounded; what does
/// not fit is counted, and a sweep must make up for it. Thread-safe.</summary>
internal sealed class StoreQueue(int capacity)
{
    private readonly Lock _lock = new();
    private readonly Queue<(ChangedSession Session, long Due)> _waiting = new();
    private bool _overflown;

    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _waiting.Count;
            }
        }
    }

    /// <summary>Adds sessions that fall due at <paramref name="due"/> (a timestamp of the clock; never earlier than that of the call before).</summary>
    /// <returns>How many did not fit.</returns>
    public int Add(IReadOnlyList<ChangedSession> sessions, long due)
    {
        lock (_lock)
        {
            var fit = Math.Min(sessions.Count, capacity - _waiting.Count);
            for (var i = 0; i < fit; i++)
            {
                _waiting.Enqueue((sessions[i], due));
            }

            _overflown |= fit < sessions.Count;
            return sessions.Count - fit;
        }
    }

    /// <summary>Takes sessions that are due, each once.</summary>
    public void Take(long now, int most, List<ChangedSession> into)
    {
        var taken = new HashSet<(string, string, long, bool, bool)>();
        lock (_lock)
        {
            while (into.Count < most && _waiting.TryPeek(out var next) && next.Due <= now)
            {
                var session = _waiting.Dequeue().Session;
                if (taken.Add((session.AccessKey, session.Arn, session.IssuedAt, session.IsNew, session.MayContradict)))
                {
                    into.Add(session);
                }
            }
        }
    }

    /// <summary>True once after something did not fit.</summary>
    public bool TakeOverflow()
    {
        lock (_lock)
        {
            var overflown = _overflown;
            _overflown = false;
            return overflown;
        }
    }
}
