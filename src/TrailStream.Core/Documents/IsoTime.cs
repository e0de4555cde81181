namespace TrailStream.Core.Documents;

/// <summary>Times as documents carry them, <c>2026-11-23T10:15:32Z</c> and <c>2026-11-23T10:15:32.120Z</c>, without a string.</summary>
internal static class IsoTime
{
    private const long FirstSecond = -62135596800; // 0001-01-01
    private const long LastSecond = 253402300799; // 9999-12-31T23:59:59

    public static void WriteSeconds(long unixSeconds, ByteBuffer output)
    {
        var room = output.Reserve(20);
        WriteDateTime(unixSeconds, room);
        room[19] = (byte)'Z';
        output.Advance(20);
    }

    public static void WriteMilliseconds(long unixMilliseconds, ByteBuffer output)
    {
        var room = output.Reserve(24);
        var seconds = Math.DivRem(unixMilliseconds, 1000, out var rest);
        if (rest < 0)
        {
            rest += 1000;
            seconds--;
        }

        WriteDateTime(seconds, room);
        room[19] = (byte)'.';
        WriteDigits(room.Slice(20, 3), (int)rest);
        room[23] = (byte)'Z';
        output.Advance(24);
    }

    private static void WriteDateTime(long unixSeconds, Span<byte> room)
    {
        var time = DateTime.UnixEpoch.AddSeconds(Math.Clamp(unixSeconds, FirstSecond, LastSecond));
        var (year, month, day) = DateOnly.FromDateTime(time);
        WriteDigits(room[..4], year);
        room[4] = (byte)'-';
        WriteDigits(room.Slice(5, 2), month);
        room[7] = (byte)'-';
        WriteDigits(room.Slice(8, 2), day);
        room[10] = (byte)'T';
        WriteDigits(room.Slice(11, 2), time.Hour);
        room[13] = (byte)':';
        WriteDigits(room.Slice(14, 2), time.Minute);
        room[16] = (byte)':';
        WriteDigits(room.Slice(17, 2), time.Second);
    }

    private static void WriteDigits(Span<byte> room, int value)
    {
        for (var i = room.Length - 1; i >= 0; i--)
        {
            room[i] = (byte)('0' + (value % 10));
            value /= 10;
        }
    }
}
