namespace TrailStream.Core.Documents;

/// <summary>Names of the event-day indices: <c>trailstream-cloudtrail-yyyy.MM.dd</c>, the UTC day of eventTime.</summary>
public static class IndexName
{
    /// <summary>Older events go to one common index: what an attacker dates must not create indices at will. 90 days is how far back
    /// CloudTrail's own event history goes.</summary>
    public const int MaxAgeDays = 90;

    /// <summary>AWS's clocks are right; a day covers ours being wrong and the change of the date.</summary>
    public const int MaxAheadDays = 1;

    private const long Day = 86_400;

    /// <summary>Appends the index for an event.</summary>
    /// <param name="eventTime">eventTime, Unix seconds.</param>
    /// <param name="nowUnix">The present, Unix seconds.</param>
    /// <param name="output">Where the name is appended.</param>
    /// <returns>False when the event was out of range (count it).</returns>
    public static bool Write(long eventTime, long nowUnix, ByteBuffer output)
    {
        output.Append("trailstream-cloudtrail-"u8);
        if (eventTime < nowUnix - (MaxAgeDays * Day) || eventTime > nowUnix + (MaxAheadDays * Day))
        {
            output.Append("outofrange"u8);
            return false;
        }

        DocumentTime.WriteDate(eventTime * 1000, output.Reserve(10), (byte)'.');
        output.Advance(10);
        return true;
    }
}
