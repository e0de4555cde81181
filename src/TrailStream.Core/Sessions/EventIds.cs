namespace TrailStream.Core.Sessions;

/// <summary>Event ids as 16 bytes: nearly all are UUIDs, no two sessions share one, and as interned texts they would be a sixth of the index.</summary>
internal static class EventIds
{
    public const int TextLength = 36;

    private static ReadOnlySpan<byte> Hex => "0123456789abcdef"u8;

    /// <summary>True for a UUID as AWS writes it, lower-case, <c>8-4-4-4-12</c>. The order of the two numbers is that of the texts. One whose first half is
    /// zero is left to be kept as text: zero means none.</summary>
    public static bool TryParse(ReadOnlySpan<byte> text, out ulong high, out ulong low)
    {
        (high, low) = (0, 0);
        if (text.Length != TextLength)
        {
            return false;
        }

        for (var i = 0; i < TextLength; i++)
        {
            var c = text[i];
            if (IsDash(i))
            {
                if (c != (byte)'-')
                {
                    return false;
                }

                continue;
            }

            var digit = c is >= (byte)'0' and <= (byte)'9' ? c - (uint)'0' : c is >= (byte)'a' and <= (byte)'f' ? c - (uint)'a' + 10 : 16;
            if (digit > 15)
            {
                return false;
            }

            high = (high << 4) | (low >> 60);
            low = (low << 4) | digit;
        }

        return high != 0;
    }

    public static void Write(ulong high, ulong low, Span<byte> text)
    {
        for (var i = TextLength - 1; i >= 0; i--)
        {
            if (IsDash(i))
            {
                text[i] = (byte)'-';
                continue;
            }

            text[i] = Hex[(int)(low & 15)];
            low = (low >> 4) | (high << 60);
            high >>= 4;
        }
    }

    private static bool IsDash(int place) => place is 8 or 13 or 18 or 23;
}
