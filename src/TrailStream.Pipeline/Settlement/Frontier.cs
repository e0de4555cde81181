namespace TrailStream.Pipeline.Settlement;

/// <summary>The contiguous settled prefix of one partition in one assignment. Slots stand in the order of delivery, never of offset
/// arithmetic: compaction and transaction markers leave gaps in offsets. Owned by the reader's thread; not thread-safe.</summary>
internal sealed class Frontier(long start)
{
    private Slot[] _ring = new Slot[64];
    private long _head;
    private long _tail;

    /// <summary>The offset that may be committed: one behind the last settled record; where the assignment began before the first.</summary>
    public long Position { get; private set; } = start;

    /// <summary>Records handed out and not yet behind the frontier.</summary>
    public int SpanRecords { get; private set; }

    public long SpanBytes { get; private set; }

    public bool IsEmpty => _head == _tail;

    /// <summary>When the oldest open slot was added, in the caller's timestamps; 0 without one.</summary>
    public long OldestAt => IsEmpty ? 0 : _ring[_head & (_ring.Length - 1)].AddedAt;

    /// <summary>Adds a batch that ends with <paramref name="lastOffset"/>.</summary>
    /// <returns>Its number, for <see cref="Complete"/>.</returns>
    public long Add(long lastOffset, int records, int bytes, long addedAt)
    {
        if (_tail - _head == _ring.Length)
        {
            Grow();
        }

        _ring[_tail & (_ring.Length - 1)] = new Slot { LastOffset = lastOffset, Records = records, Bytes = bytes, AddedAt = addedAt };
        SpanRecords += records;
        SpanBytes += bytes;
        return _tail++;
    }

    /// <summary>Marks a batch settled; true when <see cref="Position"/> moved.</summary>
    public bool Complete(long number)
    {
        if (number < _head || number >= _tail)
        {
            throw new InvalidOperationException($"Batch {number} is not open: {_head}..{_tail - 1} are.");
        }

        ref var completed = ref _ring[number & (_ring.Length - 1)];
        if (completed.Settled)
        {
            throw new InvalidOperationException($"Batch {number} was settled twice.");
        }

        completed.Settled = true;
        var before = Position;
        while (_head < _tail && _ring[_head & (_ring.Length - 1)] is { Settled: true } slot)
        {
            if (slot.LastOffset + 1 < Position)
            {
                throw new InvalidOperationException($"The frontier would go back from {Position} to {slot.LastOffset + 1}.");
            }

            Position = slot.LastOffset + 1;
            SpanRecords -= slot.Records;
            SpanBytes -= slot.Bytes;
            _head++;
        }

        return Position != before;
    }

    private void Grow()
    {
        var larger = new Slot[_ring.Length * 2];
        for (var i = _head; i < _tail; i++)
        {
            larger[i & (larger.Length - 1)] = _ring[i & (_ring.Length - 1)];
        }

        _ring = larger;
    }

    private struct Slot
    {
        public long LastOffset;
        public long AddedAt;
        public int Records;
        public int Bytes;
        public bool Settled;
    }
}
