using System.Runtime.CompilerServices;
using TrailStream.Core.CloudTrail;

namespace TrailStream.Enrich;

/// <summary>Events of standard input in their order, from the first that must still wait on. One owner. Memory is counted by what is
/// really taken.</summary>
internal sealed class HeldEvents
{
    /// <summary>A batch is closed at this size, so that what has been written gives its memory back soon.</summary>
    private const int BatchBytes = 384 * 1024;

    private const int BatchEvents = 1024;

    /// <summary>Emptied batches kept for reuse: what one chunk frees when memory is full, several times over.</summary>
    private const int SpareMax = 32;

    private readonly Queue<Batch> _batches = new();
    private readonly Stack<Batch> _spare = new();
    private Batch? _last;

    /// <summary>Events held.</summary>
    public long Count { get; private set; }

    /// <summary>Bytes taken by them.</summary>
    public long Bytes { get; private set; }

    /// <summary>Where the next value is decoded to. Call <see cref="Added"/> after it.</summary>
    public EventBatch Open(long position, out int source)
    {
        if (_last is null || _last.Events.BytesUsed >= BatchBytes || _last.Events.Count >= BatchEvents)
        {
            _last = _spare.TryPop(out var spare) ? spare : new Batch();
            _batches.Enqueue(_last);
            Bytes += _last.Size();
        }

        source = _last.Positions.Count;
        _last.Positions.Add(position);
        return _last.Events;
    }

    /// <summary>The value opened last has been decoded.</summary>
    public void Added(int events, long arrived)
    {
        for (var i = 0; i < events; i++)
        {
            _last!.Arrived.Add(arrived);
        }

        Count += events;
        Bytes += _last!.Grown();
    }

    /// <summary>The event that stands first.</summary>
    public bool TryPeek(out HeldEvent first)
    {
        while (_batches.TryPeek(out var batch))
        {
            if (batch.Next < batch.Events.Count)
            {
                var position = batch.Positions[batch.Events[batch.Next].Source];
                first = new HeldEvent(batch.Events, batch.Next, position, batch.Arrived[batch.Next]);
                return true;
            }

            _batches.Dequeue();
            Bytes -= batch.Size();
            _last = ReferenceEquals(_last, batch) ? null : _last;
            batch.Clear();
            if (_spare.Count < SpareMax && batch.Events.Bytes.Length <= 4 * BatchBytes)
            {
                _spare.Push(batch);
            }
        }

        first = default;
        return false;
    }

    /// <summary>Takes the first event out.</summary>
    public void Pop()
    {
        _batches.Peek().Next++;
        Count--;
    }

    private sealed class Batch
    {
        private long _counted;

        public EventBatch Events { get; } = new();

        public List<long> Positions { get; } = [];

        public List<long> Arrived { get; } = [];

        public int Next { get; set; }

        /// <summary>Bytes since the last call of <see cref="Grown"/> or <see cref="Size"/> counted them.</summary>
        public long Size() => _counted == 0 ? Grown() : _counted;

        public long Grown()
        {
            var entries = (long)Events.Count * Unsafe.SizeOf<EventEntry>();
            var now = Events.Bytes.Length + entries + ((Positions.Count + Arrived.Count) * sizeof(long));
            var grown = now - _counted;
            _counted = now;
            return grown;
        }

        public void Clear()
        {
            Events.Clear();
            Positions.Clear();
            Arrived.Clear();
            Next = 0;
            _counted = 0;
        }
    }
}

/// <summary>One held event.</summary>
/// <param name="Batch">Its batch.</param>
/// <param name="Index">Its number there.</param>
/// <param name="Position">Where the value that holds it starts in the input.</param>
/// <param name="Arrived">Timestamp of its arrival.</param>
internal readonly record struct HeldEvent(EventBatch Batch, int Index, long Position, long Arrived);
