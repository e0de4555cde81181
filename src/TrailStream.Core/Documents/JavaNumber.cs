using System.Buffers.Text;

namespace TrailStream.Core.Documents;

/// <summary>Fractions as <c>java.lang.Double.toString</c> writes them: <c>0.5</c>, <c>100.0</c>, <c>1.0E10</c>, <c>1.0E-5</c>.</summary>
internal static class JavaNumber
{
    /// <summary>Appends a JSON number; one without fraction and exponent stays as it is.</summary>
    public static void Append(ReadOnlySpan<byte> raw, bool isInteger, ByteBuffer output)
    {
        if (isInteger || !Utf8Parser.TryParse(raw, out double value, out var used) || used != raw.Length || !double.IsFinite(value))
        {
            output.Append(raw);
            return;
        }

        if (double.IsNegative(value))
        {
            output.Append((byte)'-');
            value = -value;
        }

        if (value == 0)
        {
            output.Append("0.0"u8);
            return;
        }

        // The shortest digits that read back as the same number, d.ddddE+xxx or dddd.ddd; then placed the way Java does.
        Span<byte> text = stackalloc byte[32];
        Span<byte> digits = stackalloc byte[32];
        Utf8Formatter.TryFormat(value, text, out var length);
        var count = Split(text[..length], digits, out var point);
        Place(digits[..count], point, output);
    }

    /// <summary>Digits without leading and trailing zeros; the number is 0.digits × 10^point.</summary>
    private static int Split(ReadOnlySpan<byte> text, Span<byte> digits, out int point)
    {
        int count = 0, exponent = 0, whole = 0;
        var seenPoint = false;
        for (var at = 0; at < text.Length; at++)
        {
            if (text[at] == 'E')
            {
                // Our own formatter wrote it: it is a number.
                exponent = Utf8Parser.TryParse(text[(at + 1)..], out int read, out _) ? read : 0;
                break;
            }

            if (text[at] == '.')
            {
                seenPoint = true;
                continue;
            }

            digits[count++] = text[at];
            whole += seenPoint ? 0 : 1;
        }

        point = whole + exponent;
        var zeros = digits[..count].IndexOfAnyExcept((byte)'0');
        digits[zeros..count].CopyTo(digits);
        count -= zeros;
        point -= zeros;
        while (count > 1 && digits[count - 1] == '0')
        {
            count--;
        }

        return count;
    }

    private static void Place(ReadOnlySpan<byte> digits, int point, ByteBuffer output)
    {
        // Java: plain from 10^-3 up to below 10^7, scientific elsewhere; always a digit on both sides of the point.
        if (point is < -2 or > 7)
        {
            output.Append(digits[0]);
            output.Append((byte)'.');
            output.Append(digits.Length > 1 ? digits[1..] : "0"u8);
            output.Append((byte)'E');
            output.Append((long)(point - 1));
            return;
        }

        if (point <= 0)
        {
            output.Append("0."u8);
            output.Append("00"u8[..-point]);
            output.Append(digits);
            return;
        }

        var whole = Math.Min(point, digits.Length);
        output.Append(digits[..whole]);
        output.Append("0000000"u8[..(point - whole)]);
        output.Append((byte)'.');
        output.Append(whole < digits.Length ? digits[whole..] : "0"u8);
    }
}
