using System.Buffers;
using System.Buffers.Text;
using System.Runtime.CompilerServices;
using System.Text;

namespace TrailStream.Core.Documents;

/// <summary>Copies the raw content of JSON strings from one document into another.</summary>
internal static class JsonText
{
    /// <summary>Longest term, in bytes, that is written to a field mapped as keyword. The templates say <c>ignore_above: 8191</c>
    /// (characters);
    /// bytes are never fewer than characters, so what is cut here is always indexed, and 8191 four-byte characters are below Lucene's
    /// 32 766-byte limit for a term.</summary>
    public const int MaxTermBytes = 8191;

    private const uint Replacement = 0xFFFD;

    /// <summary>Bytes that a string's content cannot hold as they are: controls and the backslash (the quote cannot occur
    /// unescaped).</summary>
    private static readonly SearchValues<byte> Special = SearchValues.Create(SpecialBytes());

    /// <summary>Appends the content of a JSON string in canonical form: only the quote, the backslash and controls are escaped, half
    /// surrogates become U+FFFD, an unknown escape loses its backslash's meaning, and no more than <paramref name="limit"/> bytes are
    /// written
    /// (cut between characters).</summary>
    /// <returns>True when it was cut.</returns>
    public static bool Append(ByteBuffer output, ReadOnlySpan<byte> raw, int limit, bool dropNul = false)
    {
        if (raw.Length <= limit && raw.IndexOfAny(Special) < 0)
        {
            output.Append(raw);
            return false;
        }

        return AppendSlowly(output, raw, output.Length + (long)limit, dropNul);
    }

    /// <summary>Values that say nothing: Elastic's pipeline drops empty strings, "-" and "none" before it maps anything.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsEmptyWord(ReadOnlySpan<byte> raw) => raw.Length <= 4 && IsShortEmptyWord(raw);

    private static bool IsShortEmptyWord(ReadOnlySpan<byte> raw) =>
        raw.Length == 0 || (raw.Length == 1 && raw[0] == '-') || raw.SequenceEqual("none"u8);

    /// <summary>Canonical content cut to what a keyword takes, between characters and escapes.</summary>
    public static ReadOnlySpan<byte> Fit(ReadOnlySpan<byte> canonical)
    {
        if (canonical.Length <= MaxTermBytes)
        {
            return canonical;
        }

        var end = MaxTermBytes;
        while ((canonical[end] & 0xC0) == 0x80)
        {
            end--;
        }

        for (var at = 0; ;)
        {
            var escape = canonical[at..end].IndexOf((byte)'\\');
            if (escape < 0)
            {
                return canonical[..end];
            }

            var start = at + escape;
            at = start + (canonical[start + 1] == 'u' ? 6 : 2);
            if (at > end)
            {
                return canonical[..start];
            }
        }
    }

    private static bool AppendSlowly(ByteBuffer output, ReadOnlySpan<byte> raw, long end, bool dropNul)
    {
        Span<byte> one = stackalloc byte[6];
        var at = 0;
        while (at < raw.Length)
        {
            var run = raw[at..].IndexOfAny(Special);
            run = run < 0 ? raw.Length - at : run;
            if (run > 0 && output.Length + run <= end)
            {
                output.Append(raw.Slice(at, run));
                at += run;
                continue;
            }

            var start = at;
            int used;
            var value = raw[at];
            if (value == '\\')
            {
                var code = Unescape(raw, ref at);
                if (code == 0 && dropNul)
                {
                    continue;
                }

                used = Encode(code, one);
            }
            else if (value < 0x20)
            {
                at++;
                used = Encode(value, one);
            }
            else
            {
                used = CharacterLength(raw, at);
                raw.Slice(at, used).CopyTo(one);
                at += used;
            }

            if (output.Length + used > end)
            {
                return start < raw.Length;
            }

            output.Append(one[..used]);
        }

        return false;
    }

    /// <summary>Length of the UTF-8 character at <paramref name="at"/>; 1 where it is not well formed.</summary>
    private static int CharacterLength(ReadOnlySpan<byte> raw, int at)
    {
        if (raw[at] < 0x80)
        {
            return 1;
        }

        return Rune.DecodeFromUtf8(raw[at..], out _, out var length) == OperationStatus.Done ? length : 1;
    }

    /// <summary>Reads one escape, or the two of a surrogate pair.</summary>
    private static uint Unescape(ReadOnlySpan<byte> raw, ref int at)
    {
        at++;
        if (at >= raw.Length)
        {
            return '\\';
        }

        var kind = raw[at++];
        switch (kind)
        {
            case (byte)'n': return '\n';
            case (byte)'t': return '\t';
            case (byte)'r': return '\r';
            case (byte)'b': return '\b';
            case (byte)'f': return '\f';
            case (byte)'u': break;
            default: return kind < 0x80 ? kind : Replacement;
        }

        if (!TryHex(raw, at, out var unit))
        {
            return Replacement;
        }

        at += 4;
        if (unit is < 0xD800 or > 0xDFFF)
        {
            return unit;
        }

        if (unit < 0xDC00 && at + 6 <= raw.Length && raw[at] == '\\' && raw[at + 1] == 'u'
            && TryHex(raw, at + 2, out var low) && low is >= 0xDC00 and <= 0xDFFF)
        {
            at += 6;
            return 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00);
        }

        return Replacement;
    }

    private static bool TryHex(ReadOnlySpan<byte> raw, int at, out uint unit)
    {
        unit = 0;
        return at + 4 <= raw.Length && Utf8Parser.TryParse(raw.Slice(at, 4), out unit, out var used, 'x') && used == 4;
    }

    private static int Encode(uint code, Span<byte> one)
    {
        if (code is '"' or '\\')
        {
            one[0] = (byte)'\\';
            one[1] = (byte)code;
            return 2;
        }

        if (code >= 0x20)
        {
            return new Rune(code).EncodeToUtf8(one);
        }

        one[0] = (byte)'\\';
        switch (code)
        {
            case '\n': one[1] = (byte)'n'; return 2;
            case '\t': one[1] = (byte)'t'; return 2;
            case '\r': one[1] = (byte)'r'; return 2;
            case '\b': one[1] = (byte)'b'; return 2;
            case '\f': one[1] = (byte)'f'; return 2;
            default:
                "u00"u8.CopyTo(one[1..]);
                one[4] = (byte)('0' + (code >> 4));
                one[5] = "0123456789abcdef"u8[(int)(code & 15)];
                return 6;
        }
    }

    private static byte[] SpecialBytes()
    {
        var bytes = new byte[33];
        for (byte value = 0; value < 32; value++)
        {
            bytes[value] = value;
        }

        bytes[32] = (byte)'\\';
        return bytes;
    }
}
