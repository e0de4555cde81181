using TrailStream.Core.Sessions;

namespace TrailStream.Pipeline.Store;

/// <summary>Changes that a store is to be asked for, each from a moment on: what was written just before must be visible by then. Each stands here once,
/// whatever is learnt meanwhile: learnt again, it is asked for when it is due, and once more when the last addition is. Bounded; what does not
/// fit is counted, and a sweep must make up for it. Thread-safe.</summary>
internal sealed class StoreQueue(int capacity)
{
    private readonly Lock _lock = new();
    private readonly PriorityQueue<IndexChange, long> _waiting = new();
    private readonly Dictionary<IndexChange, long> _lastDue = [];
    private long? _takenDue;
    private int _taken;
    private bool _overflown;

    /// <summary>Those that wait, and those of the question under way: as long as it is above zero a document may still become better.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _waiting.Count + _taken;
            }
        }
    }

    /// <summary>When the first fell due that is not answered; null where all are.</summary>
    public long? OldestDue
    {
        get
        {
            lock (_lock)
            {
                return _takenDue ?? (_waiting.TryPeek(out _, out var due) ? due : null);
            }
        }
    }

    /// <summary>Adds changes that fall due at <paramref name="due"/>, a timestamp of the clock.</summary>
    /// <returns>How many did not fit.</returns>
    public int Add(IReadOnlyList<IndexChange> changes, long due)
    {
        lock (_lock)
        {
            var missed = 0;
            foreach (var change in changes)
            {
                if (_lastDue.TryGetValue(change, out var last))
                {
                    _lastDue[change] = Math.Max(last, due);
                }
                else if (_waiting.Count < capacity)
                {
                    _lastDue.Add(change, due);
                    _waiting.Enqueue(change, due);
                }
                else
                {
                    missed++;
                }
            }

            _overflown |= missed > 0;
            return missed;
        }
    }

    /// <summary>Takes what is due, for one question; the one before has been answered.</summary>
    /// <param name="now">A timestamp of the clock.</param>
    /// <param name="most">So many at most.</param>
    /// <param name="into">Empty.</param>
    public void Take(long now, int most, List<IndexChange> into)
    {
        lock (_lock)
        {
            _takenDue = null;
            while (into.Count < most && _waiting.TryPeek(out var change, out var due) && due <= now)
            {
                _waiting.Dequeue();
                _takenDue ??= due;
                into.Add(change);
                if (_lastDue[change] is var last && last > now)
                {
                    _waiting.Enqueue(change, last);
                }
                else
                {
                    _lastDue.Remove(change);
                }
            }

            _taken = into.Count;
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
