using System.Globalization;
using System.Text;

namespace TrailStream.Pipeline.DeadLetters;

/// <summary>Where a record stood when it was read for the first time: a replay keeps it, so that dead letters and derived document ids do not change
/// with it.</summary>
/// <param name="Source">Topic, or a file's path.</param>
/// <param name="Partition">Partition; -1 for files.</param>
/// <param name="Offset">Offset, or the position in the file.</param>
/// <param name="Index">Number of the event in the record; -1 for the record as a whole.</param>
/// <param name="Replays">How often it was sent again.</param>
public readonly record struct RecordPlace(string Source, int Partition, long Offset, int Index = -1, int Replays = 0)
{
    /// <summary>Longest key that is looked at as a mark of a replay: a path of 4,096 bytes and the numbers.</summary>
    private const int MarkBytesMax = 4096 + 64;

    private static ReadOnlySpan<byte> MarkPrefix => "trailstream-replay|"u8;

    /// <summary>Key of a dead letter: <c>topic|partition|offset|index</c>, the index <c>-</c> for a whole record.</summary>
    public string Key => string.Create(CultureInfo.InvariantCulture, $"{Source}|{Partition}|{Offset}|{(Index < 0 ? "-" : Index)}");

    /// <summary>Key of a record that is sent again, by which the stream knows it: <c>trailstream-replay|replays|topic|partition|offset</c>. A key and not a
    /// header, because reading headers costs an allocation for every record.</summary>
    public byte[] Mark => Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"trailstream-replay|{Replays}|{Source}|{Partition}|{Offset}"));

    /// <summary><c>topic/partition@offset</c> or <c>path@position</c>, with <c>#index</c> behind it: needs no quotes in a shell.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture, $"{Source}{(Partition < 0 ? "" : $"/{Partition}")}@{Offset}{(Index < 0 ? "" : $"#{Index}")}");

    /// <summary>Reads what <see cref="ToString"/> and <see cref="Key"/> write.</summary>
    public static bool TryParse(string text, out RecordPlace place)
    {
        place = default;
        if (text.Split('|') is { Length: >= 4 } parts)
        {
            return TryNumber(parts[^3], out var partition) && TryNumber(parts[^2], out var at) && TryIndex(parts[^1], out var index)
                && Make(string.Join('|', parts[..^3]), partition, at, index, out place);
        }

        var sign = text.LastIndexOf('@');
        if (sign <= 0)
        {
            return false;
        }

        var (before, behind) = (text[..sign], text[(sign + 1)..]);
        var hash = behind.IndexOf('#', StringComparison.Ordinal);
        var number = -1L;
        if ((hash >= 0 && !TryNumber(behind[(hash + 1)..], out number)) || !TryNumber(hash < 0 ? behind : behind[..hash], out var offset))
        {
            return false;
        }

        var slash = before.LastIndexOf('/');
        return slash > 0 && TryNumber(before[(slash + 1)..], out var inTopic)
            ? Make(before[..slash], inTopic, offset, number, out place)
            : Make(before, -1, offset, number, out place);
    }

    /// <summary>Reads a <see cref="Mark"/>; false for every other key.</summary>
    public static bool TryReadMark(ReadOnlySpan<byte> key, out RecordPlace place)
    {
        place = default;
        if (!key.StartsWith(MarkPrefix) || key.Length > MarkBytesMax)
        {
            return false;
        }

        var parts = Encoding.UTF8.GetString(key).Split('|');
        return parts.Length >= 5 && TryNumber(parts[1], out var replays) && TryNumber(parts[^2], out var partition) && TryNumber(parts[^1], out var offset)
            && Make(string.Join('|', parts[2..^2]), partition, offset, -1, out place) && replays is >= 0 and <= int.MaxValue
            && (place = place with { Replays = (int)replays }).Source.Length > 0;
    }

    private static bool Make(string source, long partition, long offset, long index, out RecordPlace place)
    {
        var fits = source.Length > 0 && partition is >= -1 and <= int.MaxValue && offset >= 0 && index is >= -1 and <= int.MaxValue;
        place = fits ? new RecordPlace(source, (int)partition, offset, (int)index) : default;
        return fits;
    }

    private static bool TryIndex(string text, out long index)
    {
        index = -1;
        return text == "-" || TryNumber(text, out index);
    }

    private static bool TryNumber(string text, out long number) =>
        long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out number);
}
