using System.Globalization;
using TrailStream.Configuration;

namespace TrailStream.Cli;

/// <summary>A time as people write it on the command line: <c>2026-11-25T18:00:00Z</c>, <c>2026-11-25</c>, or <c>2h</c> for two hours ago.</summary>
internal static class PointInTime
{
    public const string Allowed = "a time such as 2026-11-25T18:00:00Z (UTC without an offset), or how long ago, such as 90m, 36h, 2d";

    public static bool TryParse(string text, TimeProvider clock, out DateTimeOffset time)
    {
        if (Units.TryParseDuration(text, out var ago))
        {
            time = clock.GetUtcNow() - ago;
            return true;
        }

        time = default;
        return text.Length >= 10 && text[4] == '-' && DateTimeOffset.TryParse(
            text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out time);
    }
}
