using System.Text;

namespace TrailStream.Pipeline.Sinks;

/// <summary>A record or document that cannot go where it should.</summary>
/// <param name="Payload">The original bytes; where only the document is known, the document.</param>
/// <param name="Reason">snake_case: a <c>DecodeStatus</c>, or <c>sink_mapping</c>, <c>sink_too_large</c>, <c>sink_refused</c>.</param>
/// <param name="Stage">decode or write.</param>
/// <param name="Detail">At most 1 KB, control characters escaped.</param>
/// <param name="Place">"topic/partition@offset", or file and position.</param>
/// <param name="EventId">The event's id where known.</param>
public sealed record DeadLetter(ReadOnlyMemory<byte> Payload, string Reason, string Stage, string Detail, string Place, string? EventId)
{
    private const int DetailMax = 1024;

    /// <summary>Of a document that a sink refuses for good: the record as it was read, where that is still held, because that is what can be
    /// replayed; the document otherwise.</summary>
    public static DeadLetter OfDocument(DocumentBatch batch, int number, string reason, string detail)
    {
        var entry = batch.Entries[number];
        var origin = entry.Source >= 0 ? batch.Origin : null;
        var payload = origin?.Payload(entry.Source) is { Length: > 0 } original ? original.ToArray() : batch.Document(number).ToArray();
        return new DeadLetter(
            payload, reason, "write", detail.Length > DetailMax ? detail[..DetailMax] : detail, origin?.Describe(entry.Source) ?? "",
            Encoding.UTF8.GetString(batch.Id(number)));
    }
}
