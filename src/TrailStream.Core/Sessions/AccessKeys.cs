namespace TrailStream.Core.Sessions;

/// <summary>Access key ids as table keys.</summary>
internal static class AccessKeys
{
    public const int TextLength = 20;

    private const ulong HashedKeySeed = 0x7C15_9E37_79B9_F4A7;

    private static ReadOnlySpan<byte> Base32 => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"u8;

    /// <summary>80 bits of a temporary or long-lived key id, <c>(AKIA|ASIA)[A-Z0-9]{12,}</c>; default for anything else.
    /// Keys as AWS issues them (4-letter prefix + 16 base32 characters = 80 bits) are kept exactly; other lengths and letters, as anonymised
    /// data has them, by hash.</summary>
    public static Key80 Parse(ReadOnlySpan<byte> text)
    {
        if (text.Length < 16 || text.Length > 128 || !(text.StartsWith("ASIA"u8) || text.StartsWith("AKIA"u8)))
        {
            return default;
        }

        var exact = text.Length == TextLength;
        ulong low = 0;
        uint high = 0;
        foreach (var c in text[4..])
        {
            uint digit;
            if (c is >= (byte)'A' and <= (byte)'Z')
            {
                digit = c - (uint)'A';
            }
            else if (c is >= (byte)'2' and <= (byte)'7')
            {
                digit = c - (uint)'2' + 26;
            }
            else if (c is (byte)'0' or (byte)'1' or (byte)'8' or (byte)'9')
            {
                digit = 0;
                exact = false;
            }
            else
            {
                return default;
            }

            high = (high << 5) | (uint)(low >> 59);
            low = (low << 5) | digit;
        }

        return exact && text[1] == (byte)'S'
            ? new Key80(low, (ushort)high)
            : new Key80(Hashing.Of(text, HashedKeySeed), ushort.MaxValue);
    }

    /// <summary>True where the text can be had back from the key. (One of 65,536 exact keys looks like a hash, and is taken for one.)</summary>
    public static bool IsExact(Key80 key) => key != default && key.High != ushort.MaxValue;

    /// <summary>The text of an exact key.</summary>
    public static void Write(Key80 key, Span<byte> text)
    {
        "ASIA"u8.CopyTo(text);
        var (low, high) = (key.Low, (ulong)key.High);
        for (var i = TextLength - 1; i >= 4; i--)
        {
            text[i] = Base32[(int)(low & 31)];
            low = (low >> 5) | (high << 59);
            high >>= 5;
        }
    }
}
