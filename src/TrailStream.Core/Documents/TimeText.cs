using System.Runtime.CompilerServices;
using TrailStream.Core.CloudTrail;

namespace TrailStream.Core.Documents;

/// <summary>Writes the record's times as the documents carry them. Events come by the day: a date that was the last one need not be checked again.
/// Owned by one writer.</summary>
internal sealed class TimeText
{
    private readonly byte[] _lastDate = new byte[10];

    /// <summary>Appends <paramref name="name"/>, <c>2026-11-23T10:15:32.000Z</c>, a quote and a comma.</summary>
    /// <returns>False when <paramref name="text"/> is no time; nothing is written.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool Write(ReadOnlySpan<byte> name, ReadOnlySpan<byte> text, ByteBuffer output)
    {
        if (text.Length == 20 && text[..10].SequenceEqual(_lastDate) && IsTimeOfDay(text))
        {
            output.Append(name);
            output.Append(text[..19]);
            output.Append(".000Z\","u8);
            return true;
        }

        return WriteSlowly(name, text, output);
    }

    public static void Write(ReadOnlySpan<byte> name, long milliseconds, ByteBuffer output)
    {
        output.Append(name);
        DocumentTime.Write(milliseconds, output);
        output.Append("\","u8);
    }

    /// <summary><c>T10:15:32Z</c> behind the date, nothing unusual about it.</summary>
    private static bool IsTimeOfDay(ReadOnlySpan<byte> text) =>
        text[10] == 'T' && text[13] == ':' && text[16] == ':' && text[19] == 'Z'
        && IsBelow(text, 11, 24) && IsBelow(text, 14, 60) && IsBelow(text, 17, 60);

    private static bool IsBelow(ReadOnlySpan<byte> text, int at, int limit)
    {
        uint tens = (uint)text[at] - '0', ones = (uint)text[at + 1] - '0';
        return tens <= 9 && ones <= 9 && (tens * 10) + ones < limit;
    }

    private bool WriteSlowly(ReadOnlySpan<byte> name, ReadOnlySpan<byte> text, ByteBuffer output)
    {
        if (DocumentTime.TryParse(text, out var milliseconds))
        {
            text[..10].CopyTo(_lastDate);
            Write(name, milliseconds, output);
            return true;
        }

        // Older records: "Jul 10, 2019 3:29:54 PM".
        if (!EventTimestamp.TryParse(text, out var seconds))
        {
            return false;
        }

        Write(name, seconds * 1000, output);
        return true;
    }
}
