using System.Runtime.InteropServices;

namespace TrailStream.Core.Sessions;

/// <summary>Fixed-size entries in unmanaged memory, named by a 1-based number that stays valid until <see cref="Free"/>.
/// Grows by segments, so that no entry ever moves and no copy ever stalls the stream. Owned by the index, guarded by its lock.</summary>
internal sealed unsafe class Slab<T> : IDisposable
    where T : unmanaged
{
    private const int SegmentShift = 14;
    private const int SegmentSize = 1 << SegmentShift;

    private readonly List<nint> _segments = [];
    private readonly Stack<int> _free = new();
    private int _next = 1;

    public int Count { get; private set; }

    public long Bytes => (long)_segments.Count * SegmentSize * sizeof(T);

    /// <summary>Highest number ever given out.</summary>
    public int Last => _next - 1;

    public ref T this[int number] => ref ((T*)_segments[number >> SegmentShift])[number & (SegmentSize - 1)];

    /// <summary>A zeroed entry.</summary>
    public int Allocate()
    {
        Count++;
        if (!_free.TryPop(out var number))
        {
            number = _next++;
            if (number >> SegmentShift >= _segments.Count)
            {
                _segments.Add((nint)NativeMemory.AllocZeroed(SegmentSize, (nuint)sizeof(T)));
            }
        }

        return number;
    }

    /// <summary>Zeroes the entry, so that a stale number can be recognised until the entry is given out again.</summary>
    public void Free(int number)
    {
        Count--;
        this[number] = default;
        _free.Push(number);
    }

    public void Dispose()
    {
        foreach (var segment in _segments)
        {
            NativeMemory.Free((void*)segment);
        }

        _segments.Clear();
    }
}
