using System.Buffers.Text;

namespace TrailStream.Core.Documents;

/// <summary>A growing byte array that documents are written into; used again after <see cref="Clear"/>. Owned by one worker.</summary>
public sealed class ByteBuffer(int capacity = 64 * 1024)
{
    private byte[] _bytes = new byte[capacity];

    public int Length { get; private set; }

    public byte[] Array => _bytes;

    public ReadOnlySpan<byte> Written => _bytes.AsSpan(0, Length);

    public void Clear() => Length = 0;

    /// <summary>Takes back everything after <paramref name="length"/>.</summary>
    public void Truncate(int length) => Length = length;

    public void Append(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > _bytes.Length - Length)
        {
            Grow(bytes.Length);
        }

        bytes.CopyTo(_bytes.AsSpan(Length));
        Length += bytes.Length;
    }

    public void Append(byte value)
    {
        if (Length == _bytes.Length)
        {
            Grow(1);
        }

        _bytes[Length++] = value;
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

    private void Grow(int extra)
    {
        System.Array.Resize(ref _bytes, Math.Max(checked(Length + extra), _bytes.Length * 2));
    }
}
