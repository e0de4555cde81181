using System.Globalization;
using System.Text;

namespace TrailStream.Core.CloudTrail;

/// <summary>The ways in which CloudTrail writes a time.</summary>
public static class EventTimestamp
{
    private static readonly string[] Formats =
    [
        "yyyyMMdd'T'HHmmss'Z'", // creationDate in older documentation
        "MMM d, yyyy, h:mm:ss tt", // expiration, 2022 to 2026
        "MMM d, yyyy h:mm:ss tt", // expiration before
    ];

    /// <summary>Unix seconds of <c>2026-07-28T10:13:58Z</c> (also with fractions or an offset), <c>20131102T010628Z</c>,
    /// <c>Jul 10, 2023, 12:09:47 PM</c>, <c>Jul 5, 2021 1:18:34 PM</c>; newer Java writes U+202F before AM and PM. Always UTC.</summary>
    public static bool TryParse(ReadOnlySpan<byte> text, out long unixSeconds)
    {
        if (text.Length == 20 && TryParseUsual(text, out unixSeconds))
        {
            return true;
        }

        unixSeconds = 0;
        if (text.Length is < 8 or > 48)
        {
            return false;
        }

        Span<char> characters = stackalloc char[48];
        if (!Encoding.UTF8.TryGetChars(text, characters, out var length))
        {
            return false;
        }

        var value = characters[..length];
        value.Replace('\u202F', ' ');
        value.Replace('\u00A0', ' ');
        const DateTimeStyles Utc = DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal;
        var parsed = DateTimeOffset.TryParseExact(value, Formats, CultureInfo.InvariantCulture, Utc, out var time)
            || (length >= 19 && value[4] == '-' && value[10] == 'T' && DateTimeOffset.TryParse(value, CultureInfo.InvariantCulture, Utc, out time));
        unixSeconds = parsed ? time.ToUnixTimeSeconds() : 0;
        return parsed;
    }

    /// <summary><c>yyyy-MM-ddTHH:mm:ssZ</c>, nearly every one.</summary>
    private static bool TryParseUsual(ReadOnlySpan<byte> text, out long unixSeconds)
    {
        unixSeconds = 0;
        if (text[4] != '-' || text[7] != '-' || text[10] != 'T' || text[13] != ':' || text[16] != ':' || text[19] != 'Z')
        {
            return false;
        }

        var year = (Two(text, 0) * 100) + Two(text, 2);
        var month = Two(text, 5);
        var day = Two(text, 8);
        var hour = Two(text, 11);
        var minute = Two(text, 14);
        var second = Two(text, 17);
        if (year is < 1 or > 9999 || month is < 1 or > 12 || day < 1 || day > DateTime.DaysInMonth(year, month) || hour > 23 || minute > 59 || second > 59
            || hour < 0 || minute < 0 || second < 0)
        {
            return false;
        }

        var days = new DateOnly(year, month, day).DayNumber - new DateOnly(1970, 1, 1).DayNumber;
        unixSeconds = (days * 86400L) + (hour * 3600) + (minute * 60) + second;
        return true;
    }

    /// <summary>Two digits; far below zero for anything else.</summary>
    private static int Two(ReadOnlySpan<byte> text, int at)
    {
        var tens = text[at] - '0';
        var ones = text[at + 1] - '0';
        return (uint)tens > 9 || (uint)ones > 9 ? -100_000 : (tens * 10) + ones;
    }
}
