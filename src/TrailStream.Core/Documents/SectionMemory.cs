namespace TrailStream.Core.Documents;

/// <summary>What the same text of a record becomes over and over (an account sees few user agents and fewer TLS settings): the last ones are remembered.
/// A text that falls on another's slot replaces it. Owned by one writer.</summary>
internal sealed class SectionMemory
{
    private const int Slots = 512;

    /// <summary>Longer texts and results are not remembered: 512 slots are 256 KB a writer.</summary>
    private const int MaxBytes = 256;

    private readonly byte[] _texts = new byte[Slots * MaxBytes];
    private readonly byte[] _results = new byte[Slots * MaxBytes];
    private readonly (short Text, short Result)[] _lengths = new (short, short)[Slots];

    /// <summary>Appends what <paramref name="text"/> became before; false where that is not known.</summary>
    public bool TryAppend(ReadOnlySpan<byte> text, ByteBuffer output)
    {
        if (text.Length is 0 or > MaxBytes)
        {
            return false;
        }

        var slot = SlotOf(text);
        var lengths = _lengths[slot];
        var place = slot * MaxBytes;
        if (!text.SequenceEqual(_texts.AsSpan(place, lengths.Text)))
        {
            return false;
        }

        output.Append(_results.AsSpan(place, lengths.Result));
        return true;
    }

    public void Remember(ReadOnlySpan<byte> text, ReadOnlySpan<byte> result)
    {
        if (text.Length is 0 or > MaxBytes || result.Length > MaxBytes)
        {
            return;
        }

        var slot = SlotOf(text);
        text.CopyTo(_texts.AsSpan(slot * MaxBytes));
        result.CopyTo(_results.AsSpan(slot * MaxBytes));
        _lengths[slot] = ((short)text.Length, (short)result.Length);
    }

    private static int SlotOf(ReadOnlySpan<byte> text) => (int)(ByteHash.Of(text) % Slots);
}
