using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace TrailStream.Core.Documents;

/// <summary>Writes members of nested JSON objects. Each member ends with a comma, which <see cref="Close"/> turns into the bracket; objects and arrays
/// that stay empty vanish with their name. Owned by one <see cref="DocumentWriter"/>.</summary>
internal sealed unsafe class MemberWriter
{
    /// <summary>Texts of up to this many bytes are copied as one vector, whatever their length: a branch on the length costs more than the bytes.</summary>
    private const int VectorBytes = 32;

    // The record, pinned while a document is written: inside it a vector may be read beyond the end of a text.
    private byte* _first;
    private byte* _lastVector;

    public ByteBuffer Output { get; private set; } = new(16);

    /// <summary>Starts a document of a record that stays where it is until <see cref="End"/>.</summary>
    public void Begin(byte* record, int length, ByteBuffer output)
    {
        Output = output;
        _first = record;
        _lastVector = record + length - VectorBytes;
    }

    /// <summary>The record may move again.</summary>
    public void End() => _first = _lastVector = null;

    /// <summary>The place for a run of members, with <see cref="FieldRun.Bytes"/> of room.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ref byte Room()
    {
        Output.Reserve(FieldRun.Bytes);
        return ref Output.Ahead(0);
    }

    /// <summary>Ends a run: what stands before <paramref name="end"/> has been written.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Commit(ref byte end) => Output.AdvanceTo(ref end);

    /// <summary>Begins an object or array; <paramref name="nameAndBracket"/> ends with its bracket, or with members that it always has and their
    /// comma.</summary>
    /// <returns>The mark for <see cref="Close"/>.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Open(ReadOnlySpan<byte> nameAndBracket)
    {
        var mark = Output.Length;
        Output.Append(nameAndBracket);
        return mark;
    }

    /// <summary>Ends what <see cref="Open"/> began; <paramref name="bracket"/> is its closing bracket.</summary>
    public void Close(int mark, byte bracket = (byte)'}')
    {
        ref var last = ref Output.Ahead(-1);
        if (last != ',')
        {
            Output.Truncate(mark);
            return;
        }

        last = bracket;
        Output.Append((byte)',');
    }

    /// <summary>A string member; nothing where the text is empty.</summary>
    /// <param name="name">Name, colon and opening quote: <c>"id":"</c>.</param>
    /// <param name="text">Canonical content, see <see cref="EcsEvent.Text"/>.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Text(ReadOnlySpan<byte> name, ReadOnlySpan<byte> text)
    {
        if (text.IsEmpty)
        {
            return;
        }

        // Only compared, and only used where it points into the pinned record.
        var from = (byte*)Unsafe.AsPointer(ref MemoryMarshal.GetReference(text));
        if (text.Length <= VectorBytes && from >= _first && from <= _lastVector)
        {
            Output.AppendVector(name, from, text.Length);
            return;
        }

        Output.Append(name, text, (byte)'"', (byte)',');
    }

    /// <summary>An object of one string member; nothing where the text is empty.</summary>
    /// <param name="name">From the object's name to the opening quote: <c>"account":{"id":"</c>.</param>
    /// <param name="text">Canonical content.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Inner(ReadOnlySpan<byte> name, ReadOnlySpan<byte> text)
    {
        if (!text.IsEmpty)
        {
            Output.Append(name, text, (byte)'"', (byte)'}');
            Output.Append((byte)',');
        }
    }

    /// <param name="name">Name and colon.</param>
    /// <param name="value">The flag.</param>
    public void Flag(ReadOnlySpan<byte> name, bool value)
    {
        Output.Append(name);
        Output.Append(value ? "true,"u8 : "false,"u8);
    }
}
