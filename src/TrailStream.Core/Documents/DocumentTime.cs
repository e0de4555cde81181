namespace TrailStream.Core.Documents;

/// <summary>Times as CloudTrail and ECS write them: <c>2026-11-23T10:15:32Z</c>, UTC.</summary>
internal static class DocumentTime
{
    private const long MillisecondsPerDay = 86_400_000;

    /// <summary>9999-12-31T23:59:59.999Z: the last one with four digits for its year.</summary>
    private const long Last = 253_402_300_799_999;

    /// <summary>0001-01-01T00:00:00.000Z.</summary>
    private const long First = -62_135_596_800_000;

    /// <summary>Reads <c>yyyy-MM-ddTHH:mm:ss[.fff…](Z|±hh:mm|±hhmm)</c>; fractions beyond milliseconds are cut.</summary>
    public static bool TryParse(ReadOnlySpan<byte> text, out long milliseconds)
    {
        milliseconds = 0;
        if (text.Length < 20 || text[4] != '-' || text[7] != '-' || text[10] is not ((byte)'T' or (byte)'t' or (byte)' ')
            || text[13] != ':' || text[16] != ':')
        {
            return false;
        }

        var year = (Two(text, 0) * 100) + Two(text, 2);
        int month = Two(text, 5), day = Two(text, 8), hour = Two(text, 11), minute = Two(text, 14), second = Two(text, 17);
        if (Two(text, 0) < 0 || Two(text, 2) < 0 || year < 1 || month is < 1 or > 12 || day < 1 || day > DateTime.DaysInMonth(year, month)
            || hour is < 0 or > 23 || minute is < 0 or > 59 || second is < 0 or > 60)
        {
            return false;
        }

        var rest = text[19..];
        var fraction = Fraction(ref rest);
        if (!TryOffset(rest, out var offsetMinutes))
        {
            return false;
        }

        milliseconds = (Days(year, month, day) * MillisecondsPerDay)
            + ((((hour * 60L) + minute - offsetMinutes) * 60) + second) * 1000 + fraction;
        return true;
    }

    /// <summary>Writes <c>2026-11-23T10:15:32.000Z</c>.</summary>
    public static void Write(long milliseconds, ByteBuffer output)
    {
        milliseconds = Math.Clamp(milliseconds, First, Last);
        var room = output.Reserve(24);
        WriteDate(milliseconds, room, (byte)'-');
        var rest = (int)(milliseconds - (Floor(milliseconds) * MillisecondsPerDay));
        room[10] = (byte)'T';
        Put(room, 11, rest / 3_600_000);
        room[13] = (byte)':';
        Put(room, 14, rest / 60_000 % 60);
        room[16] = (byte)':';
        Put(room, 17, rest / 1000 % 60);
        room[19] = (byte)'.';
        room[20] = (byte)('0' + (rest % 1000 / 100));
        Put(room, 21, rest % 100);
        room[23] = (byte)'Z';
        output.Advance(24);
    }

    /// <summary>Writes the ten characters of the UTC day with the given separator.</summary>
    public static void WriteDate(long milliseconds, Span<byte> room, byte separator)
    {
        var (year, month, day) = DateTime.UnixEpoch.AddTicks(Floor(milliseconds) * TimeSpan.TicksPerDay);
        Put(room, 0, year / 100);
        Put(room, 2, year % 100);
        room[4] = separator;
        Put(room, 5, month);
        room[7] = separator;
        Put(room, 8, day);
    }

    private static void Put(Span<byte> room, int at, int value)
    {
        room[at + 1] = (byte)('0' + (value % 10));
        room[at] = (byte)('0' + (value / 10));
    }

    private static long Floor(long milliseconds) => Math.DivRem(milliseconds, MillisecondsPerDay, out var rest) - (rest < 0 ? 1 : 0);

    private static long Days(int year, int month, int day) => (new DateTime(year, month, day) - DateTime.UnixEpoch).Days;

    /// <summary>Two digits, or a negative number.</summary>
    private static int Two(ReadOnlySpan<byte> text, int at)
    {
        int tens = text[at] - '0', ones = text[at + 1] - '0';
        return (uint)tens > 9 || (uint)ones > 9 ? -1000 : (tens * 10) + ones;
    }

    private static int Fraction(ref ReadOnlySpan<byte> rest)
    {
        if (rest[0] is not ((byte)'.' or (byte)','))
        {
            return 0;
        }

        int at = 1, value = 0, scale = 100;
        for (; at < rest.Length && rest[at] is >= (byte)'0' and <= (byte)'9'; at++)
        {
            value += (rest[at] - '0') * scale;
            scale /= 10;
        }

        rest = rest[at..];
        return value;
    }

    private static bool TryOffset(ReadOnlySpan<byte> rest, out int minutes)
    {
        minutes = 0;
        if (rest.Length == 1)
        {
            return (rest[0] | 0x20) == 'z';
        }

        if (rest.Length is not (5 or 6) || rest[0] is not ((byte)'+' or (byte)'-') || (rest.Length == 6 && rest[3] != ':'))
        {
            return false;
        }

        int hours = Two(rest, 1), rests = Two(rest, rest.Length - 2);
        minutes = (rest[0] == '-' ? -1 : 1) * ((hours * 60) + rests);
        return hours is >= 0 and <= 18 && rests is >= 0 and <= 59;
    }
}
