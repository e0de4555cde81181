namespace TrailStream.Core.CloudTrail;

/// <summary>Interim until merge.</summary>
public static class EventTimestamp
{
    public static bool TryParse(ReadOnlySpan<byte> text, out long unixSeconds)
    {
        unixSeconds = 0;
        if (System.Text.Encoding.UTF8.GetString(text) is { Length: > 0 } s && DateTimeOffset.TryParse(s, System.Globalization.CultureInfo.InvariantCulture, System.Globalization.DateTimeStyles.AssumeUniversal, out var t))
        {
            unixSeconds = t.ToUnixTimeSeconds();
            return true;
        }

        return false;
    }
}
