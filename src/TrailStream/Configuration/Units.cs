using System.Globalization;

namespace TrailStream.Configuration;

/// <summary>Durations and sizes as people write them.</summary>
internal static class Units
{
    /// <summary>500ms, 30s, 15m, 36h, 2d.</summary>
    public static bool TryParseDuration(string text, out TimeSpan duration)
    {
        duration = default;
        var (number, unit) = Split(text);
        TimeSpan? one = unit switch
        {
            "ms" => TimeSpan.FromMilliseconds(1),
            "s" => TimeSpan.FromSeconds(1),
            "m" => TimeSpan.FromMinutes(1),
            "h" => TimeSpan.FromHours(1),
            "d" => TimeSpan.FromDays(1),
            _ => null,
        };
        if (one is null || number is not { } value || value > 1_000_000)
        {
            return false;
        }

        duration = one.Value * value;
        return true;
    }

    /// <summary>4096, 512KB, 256MB, 1GB; powers of 1024.</summary>
    public static bool TryParseSize(string text, out long bytes)
    {
        bytes = 0;
        var (number, unit) = Split(text);
        var shift = unit.ToUpperInvariant() switch { "" or "B" => 0, "KB" or "K" => 10, "MB" or "M" => 20, "GB" or "G" => 30, _ => -1 };
        if (shift < 0 || number is not { } value || value > 1_000_000_000)
        {
            return false;
        }

        bytes = (long)(value * (1L << shift));
        return true;
    }

    private static (double? Number, string Unit) Split(string text)
    {
        var digits = text.TakeWhile(c => char.IsAsciiDigit(c) || c == '.').Count();
        return double.TryParse(text.AsSpan(0, digits), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number)
            ? (number, text[digits..].Trim())
            : (null, "");
    }
}
