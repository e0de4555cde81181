using System.Runtime.CompilerServices;

namespace TrailStream.Core.Documents;

/// <summary>A place in a <see cref="ByteBuffer"/>, valid while nothing before its end is taken back.</summary>
internal readonly record struct BufferRange(int Offset, int Length)
{
    public ReadOnlySpan<byte> In(ByteBuffer buffer) => buffer.Array.AsSpan(Offset, Length);
}

/// <summary>The member names written so far in each open object: a stack, of which the innermost object has the part from its start on.
/// Comparing 32-bit hashes first makes a look-up one vectorised search; a filter of 64 bits, kept by the caller an object, spares most of these.</summary>
internal sealed class SiblingNames(ByteBuffer buffer)
{
    /// <summary>Most names of one object. Comparing each with all before it is quadratic, and the largest that AWS lets through (100 KB) could hold
    /// ten thousand.</summary>
    public const int MaxNames = 4096;

    private uint[] _hashes = new uint[256];
    private BufferRange[] _names = new BufferRange[256];

    /// <summary>Names on the stack; remember it before an object and set it back behind.</summary>
    public int Count { get; set; }

    /// <summary>Adds a name unless an equal one was added since the stack had <paramref name="start"/> names, or there are
    /// <see cref="MaxNames"/>.</summary>
    /// <param name="name">The name.</param>
    /// <param name="start">Where the object's part starts.</param>
    /// <param name="filter">The object's filter, 0 at its start.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryAdd(BufferRange name, int start, ref ulong filter)
    {
        var hash = ByteHash.OfEnds(name.In(buffer));
        var bit = 1UL << (int)(hash >> 26);
        if ((filter & bit) != 0 && Contains(name, hash, start))
        {
            return false;
        }

        filter |= bit;
        return Add(name, hash, start);
    }

    private bool Add(BufferRange name, uint hash, int start)
    {
        if (Count == _hashes.Length)
        {
            Array.Resize(ref _hashes, Count * 2);
            Array.Resize(ref _names, Count * 2);
        }

        if (Count - start >= MaxNames)
        {
            return false;
        }

        _hashes[Count] = hash;
        _names[Count++] = name;
        return true;
    }

    private bool Contains(BufferRange name, uint hash, int start)
    {
        var text = name.In(buffer);
        for (var at = start; ; at++)
        {
            var found = _hashes.AsSpan(at, Count - at).IndexOf(hash);
            if (found < 0)
            {
                return false;
            }

            at += found;
            if (_names[at].In(buffer).SequenceEqual(text))
            {
                return true;
            }
        }
    }
}
