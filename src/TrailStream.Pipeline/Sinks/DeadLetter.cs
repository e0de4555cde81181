using System.Globalization;
using System.Text;
using TrailStream.Pipeline.DeadLetters;

namespace TrailStream.Pipeline.Sinks;

/// <summary>A record or document that cannot go where it should.</summary>
/// <param name="Payload">The original bytes of the record; where only the document is known, the document.</param>
/// <param name="Reason">Why.</param>
/// <param name="Stage">Where it stopped.</param>
/// <param name="Detail">More about it; kept as one line of at most 1 KB.</param>
/// <param name="Place">Where the record stood when it was first read.</param>
public sealed record DeadLetter(ReadOnlyMemory<byte> Payload, DeadLetterReason Reason, DeadLetterStage Stage, string Detail, RecordPlace Place)
{
    /// <summary>Bytes of the detail: it may quote what an attacker wrote.</summary>
    private const int DetailBytesMax = 1024;

    public string Detail { get; init; } = OneLine(Detail);

    public string? EventId { get; init; }

    /// <summary>Name of the destination that refused it.</summary>
    public string? Sink { get; init; }

    /// <summary>What the destination answered, as an HTTP status.</summary>
    public int? StoreStatus { get; init; }

    /// <summary>The index it was meant for.</summary>
    public string? StoreIndex { get; init; }

    public int Attempts { get; init; } = 1;

    /// <summary>Of a document that a sink refuses for good: the record as it was read, where that is still held, because that is what can be
    /// replayed; the document otherwise.</summary>
    public static DeadLetter OfDocument(DocumentBatch batch, int number, DeadLetterReason reason, string detail, string sink)
    {
        var entry = batch.Entries[number];
        var id = Encoding.UTF8.GetString(batch.Id(number));
        var origin = entry.Source >= 0 ? batch.Origin : null;
        var payload = origin?.Payload(entry.Source) is { Length: > 0 } original ? original.ToArray() : batch.Document(number).ToArray();
        // A correction's record is settled and gone: the event is its own place.
        var place = origin is null ? new RecordPlace("event:" + id, -1, 0) : origin.Place(entry.Source) with { Index = entry.Index };
        return new DeadLetter(payload, reason, DeadLetterStage.Write, detail, place) { EventId = id, Sink = sink };
    }

    /// <summary>Control and direction characters escaped, cut to the limit.</summary>
    private static string OneLine(string text)
    {
        var line = new StringBuilder(Math.Min(text.Length, DetailBytesMax));
        var bytes = 0;
        foreach (var rune in text.EnumerateRunes())
        {
            var plain = Rune.GetUnicodeCategory(rune) is not (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator
                or UnicodeCategory.ParagraphSeparator);
            var shown = plain ? rune.ToString() : $"\\u{rune.Value:x4}";
            bytes += plain ? rune.Utf8SequenceLength : shown.Length;
            if (bytes > DetailBytesMax)
            {
                break;
            }

            line.Append(shown);
        }

        return line.ToString();
    }
}
