namespace TrailStream.Core.Documents;

/// <summary>A place in a <see cref="ByteBuffer"/>, valid while nothing before its end is taken back.</summary>
internal readonly record struct BufferRange(int Offset, int Length)
{
    public ReadOnlySpan<byte> In(ByteBuffer buffer) => buffer.Array.AsSpan(Offset, Length);
}

/// <summary>The member names written so far in each open object: a stack, of which the innermost object has the part from its start on.
/// Comparing 32-bit hashes first makes a look-up one vectorised search, so that an object of thousands of names stays cheap.</summary>
internal sealed class SiblingNames(ByteBuffer buffer)
{
    private uint[] _hashes = new uint[256];
    private BufferRange[] _names = new BufferRange[256];

    /// <summary>Names on the stack; remember it before an object and set it back behind.</summary>
    public int Count { get; set; }

    /// <summary>True when a name equal to <paramref name="name"/> was added since the stack had <paramref name="start"/> names.</summary>
    public bool Contains(BufferRange name, int start)
    {
        var text = name.In(buffer);
        var hash = Hash(text);
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

    public void Add(BufferRange name)
    {
        if (Count == _hashes.Length)
        {
            Array.Resize(ref _hashes, Count * 2);
            Array.Resize(ref _names, Count * 2);
        }

        _hashes[Count] = Hash(name.In(buffer));
        _names[Count++] = name;
    }

    private static uint Hash(ReadOnlySpan<byte> name)
    {
        var hash = 2166136261u;
        foreach (var value in name)
        {
            hash = (hash ^ value) * 16777619u;
        }

        return hash;
    }
}
