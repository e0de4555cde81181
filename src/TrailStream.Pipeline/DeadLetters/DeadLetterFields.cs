using System.Globalization;
using System.Reflection;
using System.Text;
using TrailStream.Pipeline.Sinks;

namespace TrailStream.Pipeline.DeadLetters;

/// <summary>What stands beside a dead letter's payload, as names and texts: <c>ts-dlq-…</c> headers in Kafka, members in a file.</summary>
public static class DeadLetterFields
{
    public const string Schema = "1";

    /// <summary>In front of every name in a Kafka header.</summary>
    public const string HeaderPrefix = "ts-dlq-";

    public const string ReplayedTo = "replayed-to";
    public const string ReplayedAt = "replayed-at";
    public const string ReplayCount = "replay-count";
    public const string Truncated = "truncated";
    public const string Sha256 = "sha256";

    private const string TimeFormat = "yyyy-MM-dd'T'HH:mm:ss'Z'";

    private static readonly string AppVersion =
        typeof(DeadLetterFields).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";

    /// <summary>All of them in their order; what is not known is left out.</summary>
    public static IEnumerable<KeyValuePair<string, string>> Of(DeadLetter letter, DateTimeOffset firstSeen)
    {
        var place = letter.Place;
        yield return new("schema", Schema);
        yield return new("reason", DeadLetterCodes.NameOf(letter.Reason));
        yield return new("stage", DeadLetterCodes.NameOf(letter.Stage));
        yield return new("detail", letter.Detail);
        yield return new("topic", place.Source);
        yield return new("partition", Number(place.Partition));
        yield return new("offset", Number(place.Offset));
        if (place.Index >= 0)
        {
            yield return new("record-index", Number(place.Index));
        }

        if (letter.EventId is { } id)
        {
            yield return new("event-id", id);
        }

        if (letter.Sink is { } sink)
        {
            yield return new("sink", sink);
        }

        if (letter.StoreStatus is { } status)
        {
            yield return new("es-status", Number(status));
        }

        if (letter.StoreIndex is { } index)
        {
            yield return new("es-index", index);
        }

        yield return new("attempts", Number(letter.Attempts));
        yield return new("first-seen", Time(firstSeen));
        yield return new("app-version", AppVersion);
        yield return new(ReplayCount, Number(place.Replays));
    }

    /// <summary>Of the note that a dead letter was sent again: no letter of its own.</summary>
    public static IEnumerable<KeyValuePair<string, string>> OfReplay(RecordPlace sent, string to, DateTimeOffset at)
    {
        yield return new("schema", Schema);
        yield return new(ReplayedTo, to);
        yield return new(ReplayedAt, Time(at));
        yield return new(ReplayCount, Number(sent.Replays));
    }

    /// <summary>Puts an entry together again. Whatever else may stand in the topic, nothing of it is trusted to be there or to be a number.</summary>
    /// <param name="key">The entry's key.</param>
    /// <param name="field">Text of a field by its name; null without it.</param>
    /// <param name="payload">The payload.</param>
    /// <param name="position">Place of the entry among the dead letters.</param>
    /// <param name="writtenAt">When it was written, where no field says so.</param>
    /// <returns>Null where it is no dead letter.</returns>
    public static StoredDeadLetter? Read(
        string key, Func<string, string?> field, ReadOnlyMemory<byte> payload, DeadLetterPosition position, DateTimeOffset writtenAt)
    {
        if (field("schema") is null || !RecordPlace.TryParse(key, out var place))
        {
            return null;
        }

        return new StoredDeadLetter
        {
            Place = place with { Replays = Math.Max(0, Integer(ReplayCount) ?? 0) },
            Position = position,
            Reason = field("reason") ?? "",
            Stage = field("stage") ?? "",
            Detail = field("detail") ?? "",
            EventId = field("event-id"),
            Sink = field("sink"),
            StoreStatus = Integer("es-status"),
            StoreIndex = field("es-index"),
            Attempts = Integer("attempts") ?? 1,
            FirstSeen = TimeOf(field("first-seen")) ?? TimeOf(field(ReplayedAt)) ?? writtenAt,
            AppVersion = field("app-version"),
            IsTruncated = field(Truncated) == "true",
            Sha256 = field(Sha256),
            ReplayedTo = field(ReplayedTo),
            Payload = payload,
        };

        int? Integer(string name) => int.TryParse(field(name), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : null;
    }

    public static string Time(DateTimeOffset time) => time.UtcDateTime.ToString(TimeFormat, CultureInfo.InvariantCulture);

    internal static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    private static DateTimeOffset? TimeOf(string? text) =>
        DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? time : null;

    private static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);
}
