using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace TrailStream.Core.Sessions;

/// <summary>Interned strings with reference counts, in unmanaged memory. A text is named by a 1-based number of 16-byte units; equal texts have
/// equal numbers while they live. Layout of an entry: [4 hash][4 references][2 length, highest bit: a session's name][6+ bytes], rounded up to units of 16.
/// Freed entries go to a list per size and are used again, so that a window that slides for ever does not grow. Guarded by the index lock.</summary>
internal sealed unsafe class TextPool(ulong seed) : IDisposable
{
    /// <summary>Longest text kept. ARNs end at 2,048 characters (IAM's limit); what is longer is not a name.</summary>
    public const int TextBytesMax = 2048;

    private const ushort SessionNameFlag = 0x8000;
    private const int LengthMask = 0x7FFF;
    private const int Unit = 16;
    private const int HeaderBytes = 10;
    private const int ChunkShift = 16; // 65,536 units = 1 MB
    private const int ChunkUnits = 1 << ChunkShift;
    private const int ClassCount = ((TextBytesMax + HeaderBytes) / Unit) + 1;

    private readonly List<nint> _chunks = [];
    private readonly Stack<int>?[] _free = new Stack<int>?[ClassCount + 1];
    private readonly KeyTable _byHash = new(seed);
    private int _nextUnit = 1;

    public long Bytes => ((long)_chunks.Count * ChunkUnits * Unit) + _byHash.Bytes;

    /// <summary>The raw bytes of a text; empty for 0.</summary>
    public ReadOnlySpan<byte> this[int text]
    {
        get
        {
            if (text == 0)
            {
                return default;
            }

            var entry = At(text);
            return new ReadOnlySpan<byte>(entry + HeaderBytes, *(ushort*)(entry + 8) & LengthMask);
        }
    }

    /// <summary>Number of a text with one more reference; 0 for an empty one or one beyond <see cref="TextBytesMax"/>.</summary>
    public int Intern(ReadOnlySpan<byte> text)
    {
        if (text.IsEmpty || text.Length > TextBytesMax)
        {
            return 0;
        }

        var hash = Hashing.Of(text, seed);

        // Different texts of one 64-bit hash stand under hash + 1, + 2, …; a probe ends at the first free one.
        // A removal in such a run may hide a later text: it is then stored twice, which costs memory, never a wrong answer.
        for (ushort probe = 0; ; probe++)
        {
            var key = new Key80(hash, probe);
            var found = _byHash.Find(key);
            if (found == 0)
            {
                return Add(text, key);
            }

            if (this[found].SequenceEqual(text))
            {
                (*(int*)(At(found) + 4))++;
                return found;
            }
        }
    }

    /// <summary>Number of a text that is kept already, else 0; adds no reference.</summary>
    public int Find(ReadOnlySpan<byte> text)
    {
        var hash = Hashing.Of(text, seed);
        for (ushort probe = 0; ; probe++)
        {
            var found = _byHash.Find(new Key80(hash, probe));
            if (found == 0 || this[found].SequenceEqual(text))
            {
                return found;
            }
        }
    }

    /// <summary>Notes that a session bears this name, for as long as the text is kept.</summary>
    public void MarkSessionName(int text)
    {
        if (text != 0)
        {
            *(ushort*)(At(text) + 8) |= SessionNameFlag;
        }
    }

    public bool IsSessionName(int text) => text != 0 && (*(ushort*)(At(text) + 8) & SessionNameFlag) != 0;

    /// <summary>One more reference to a text.</summary>
    public int Share(int text)
    {
        if (text != 0)
        {
            (*(int*)(At(text) + 4))++;
        }

        return text;
    }

    /// <summary>One reference less; the last one frees the text.</summary>
    public void Release(int text)
    {
        if (text == 0 || --*(int*)(At(text) + 4) > 0)
        {
            return;
        }

        var bytes = this[text];
        var hash = Hashing.Of(bytes, seed);
        for (ushort probe = 0; probe < ushort.MaxValue; probe++)
        {
            var key = new Key80(hash, probe);
            var found = _byHash.Find(key);
            if (found == text)
            {
                _byHash.Remove(key);
                break;
            }

            if (found == 0)
            {
                break;
            }
        }

        var units = UnitsOf(bytes.Length);
        (_free[units] ??= new Stack<int>()).Push(text);
    }

    public void Dispose()
    {
        _byHash.Dispose();
        foreach (var chunk in _chunks)
        {
            NativeMemory.Free((void*)chunk);
        }

        _chunks.Clear();
    }

    private static int UnitsOf(int length) => (length + HeaderBytes + Unit - 1) / Unit;

    private int Add(ReadOnlySpan<byte> text, Key80 key)
    {
        var number = Allocate(UnitsOf(text.Length));
        var entry = At(number);
        *(uint*)entry = (uint)key.Low;
        *(int*)(entry + 4) = 1;
        *(ushort*)(entry + 8) = (ushort)text.Length;
        text.CopyTo(new Span<byte>(entry + HeaderBytes, text.Length));
        _byHash.Set(key, number);
        return number;
    }

    private int Allocate(int units)
    {
        if (_free[units] is { Count: > 0 } free)
        {
            return free.Pop();
        }

        // An entry never crosses a chunk: the rest of a chunk that is too short is left.
        if ((_nextUnit >> ChunkShift) != ((_nextUnit + units - 1) >> ChunkShift))
        {
            _nextUnit = ((_nextUnit >> ChunkShift) + 1) << ChunkShift;
        }

        var number = _nextUnit;
        _nextUnit += units;
        while ((number + units - 1) >> ChunkShift >= _chunks.Count)
        {
            _chunks.Add((nint)NativeMemory.Alloc(ChunkUnits, Unit));
        }

        return number;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private byte* At(int text) => (byte*)_chunks[text >> ChunkShift] + ((long)(text & (ChunkUnits - 1)) * Unit);
}
