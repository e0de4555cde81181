using System.Buffers.Text;
using System.Text;

namespace TrailStream.Core.CloudTrail;

/// <summary>Raw JSON string content to text and back.</summary>
public static class JsonText
{
    /// <summary>Undoes the escapes of raw JSON string content. False when <paramref name="text"/> is too short or an escape is malformed; a lone
    /// surrogate becomes U+FFFD.</summary>
    public static bool TryUnescape(ReadOnlySpan<byte> raw, Span<byte> text, out int length)
    {
        length = 0;
        while (!raw.IsEmpty)
        {
            var backslash = raw.IndexOf((byte)'\\');
            var plain = backslash < 0 ? raw : raw[..backslash];
            if (!plain.TryCopyTo(text[length..]))
            {
                return false;
            }

            length += plain.Length;
            if (backslash < 0)
            {
                return true;
            }

            raw = raw[backslash..];
            if (!TryUnescapeOne(ref raw, text, ref length))
            {
                return false;
            }
        }

        return true;
    }

    private static bool TryUnescapeOne(ref ReadOnlySpan<byte> raw, Span<byte> text, ref int length)
    {
        if (raw.Length < 2)
        {
            return false;
        }

        if (raw[1] == 'u')
        {
            if (!TryReadUnit(raw, out var unit))
            {
                return false;
            }

            raw = raw[6..];
            Rune rune;
            if (char.IsHighSurrogate(unit) && TryReadUnit(raw, out var low) && char.IsLowSurrogate(low))
            {
                raw = raw[6..];
                rune = new Rune(unit, low);
            }
            else
            {
                rune = char.IsSurrogate(unit) ? Rune.ReplacementChar : new Rune(unit);
            }

            if (!rune.TryEncodeToUtf8(text[length..], out var written))
            {
                return false;
            }

            length += written;
            return true;
        }

        var c = raw[1] switch
        {
            (byte)'n' => (byte)'\n',
            (byte)'t' => (byte)'\t',
            (byte)'r' => (byte)'\r',
            (byte)'b' => (byte)'\b',
            (byte)'f' => (byte)'\f',
            (byte)'"' or (byte)'\\' or (byte)'/' => raw[1],
            _ => (byte)0,
        };
        if (c == 0 || length == text.Length)
        {
            return false;
        }

        text[length++] = c;
        raw = raw[2..];
        return true;
    }

    private static bool TryReadUnit(ReadOnlySpan<byte> raw, out char unit)
    {
        unit = default;
        if (raw.Length < 6 || raw[0] != '\\' || raw[1] != 'u' || !Utf8Parser.TryParse(raw.Slice(2, 4), out ushort value, out var used, 'x') || used != 4)
        {
            return false;
        }

        unit = (char)value;
        return true;
    }
}
