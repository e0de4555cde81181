using System.Buffers.Text;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace TrailStream.Core.Documents;

/// <summary>A growing byte array that documents are written into; used again after <see cref="Clear"/>. Owned by one worker.
/// Appending is inlined: literals have a length that the compiler knows, and become a few moves.</summary>
public sealed class ByteBuffer(int capacity = 64 * 1024)
{
    private byte[] _bytes = new byte[capacity];

    public int Length { get; private set; }

    public byte[] Array => _bytes;

    public ReadOnlySpan<byte> Written => _bytes.AsSpan(0, Length);

    public void Clear() => Length = 0;

    /// <summary>Takes back everything after <paramref name="length"/>.</summary>
    public void Truncate(int length) => Length = length;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Append(ReadOnlySpan<byte> bytes)
    {
        var at = Length;
        if (bytes.Length > _bytes.Length - at)
        {
            Grow(bytes.Length);
        }

        bytes.CopyTo(MemoryMarshal.CreateSpan(ref At(at), bytes.Length));
        Length = at + bytes.Length;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Append(byte value)
    {
        var at = Length;
        if (at == _bytes.Length)
        {
            Grow(1);
        }

        At(at) = value;
        Length = at + 1;
    }

    /// <summary>Appends <paramref name="before"/>, <paramref name="text"/> and two bytes more with one look at the room.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Append(ReadOnlySpan<byte> before, ReadOnlySpan<byte> text, byte first, byte second)
    {
        var at = Length;
        var length = before.Length + text.Length + 2;
        if (length > _bytes.Length - at)
        {
            Grow(length);
        }

        ref var to = ref At(at);
        before.CopyTo(MemoryMarshal.CreateSpan(ref to, before.Length));
        text.CopyTo(MemoryMarshal.CreateSpan(ref Unsafe.Add(ref to, before.Length), text.Length));
        to = ref Unsafe.Add(ref to, length - 2);
        to = first;
        Unsafe.Add(ref to, 1) = second;
        Length = at + length;
    }

    /// <summary>Appends <paramref name="before"/>, <paramref name="length"/> of the 32 bytes at <paramref name="from"/>, a quote and a comma.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal unsafe void AppendVector(ReadOnlySpan<byte> before, byte* from, int length)
    {
        var at = Length;
        var room = before.Length + Vector256<byte>.Count + 2;
        if (room > _bytes.Length - at)
        {
            Grow(room);
        }

        ref var to = ref At(at);
        before.CopyTo(MemoryMarshal.CreateSpan(ref to, before.Length));
        Vector256.Load(from).StoreUnsafe(ref Unsafe.Add(ref to, before.Length));
        Unsafe.WriteUnaligned(ref Unsafe.Add(ref to, before.Length + length), (ushort)('"' | (',' << 8)));
        Length = at + before.Length + length + 2;
    }

    public void Append(long number)
    {
        var room = Reserve(20);
        Utf8Formatter.TryFormat(number, room, out var written);
        Length += written;
    }

    /// <summary>Room for at least <paramref name="count"/> bytes behind what is written; call <see cref="Advance"/> with what was used.</summary>
    public Span<byte> Reserve(int count)
    {
        if (count > _bytes.Length - Length)
        {
            Grow(count);
        }

        return _bytes.AsSpan(Length);
    }

    public void Advance(int count) => Length += count;

    /// <summary>Takes everything before <paramref name="end"/>, a place in the reserved room, as written.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void AdvanceTo(ref byte end) => Length = (int)Unsafe.ByteOffset(ref MemoryMarshal.GetArrayDataReference(_bytes), ref end);

    /// <summary>The byte <paramref name="ahead"/> behind what is written; the caller has reserved it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal ref byte Ahead(int ahead) => ref At(Length + ahead);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ref byte At(int at) => ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(_bytes), at);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Grow(int extra)
    {
        System.Array.Resize(ref _bytes, Math.Max(checked(Length + extra), (int)Math.Min(_bytes.Length * 2L, System.Array.MaxLength)));
    }
}
