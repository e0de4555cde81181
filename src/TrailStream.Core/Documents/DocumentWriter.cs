using TrailStream.Core.CloudTrail;

namespace TrailStream.Core.Documents;

/// <summary>Stage 5: event bytes + attribution → document bytes on one line, no line feed at its end. One per worker; allocates nothing per event.</summary>
public sealed class DocumentWriter(DocumentForm form)
{
    public DocumentForm Form { get; } = form;

    /// <summary>Appends the document of one event to <paramref name="output"/>.</summary>
    /// <param name="record">The event, redacted, without line feeds.</param>
    /// <param name="fields">Its fields.</param>
    /// <param name="text">Its attribution.</param>
    /// <param name="ingestedAt">Unix milliseconds for event.ingested / event.created (ecs form only).</param>
    /// <param name="output">Where the document is appended.</param>
    public void Write(ReadOnlySpan<byte> record, in RecordFields fields, AttributionText text, long ingestedAt, ByteBuffer output) =>
        Splice(record, in fields, text, output);

    /// <summary>The record's own bytes with the member <c>trailstream</c> before the brace that closes the root; in place of the one that stands there
    /// when the record has been through here before.</summary>
    private static void Splice(ReadOnlySpan<byte> record, in RecordFields fields, AttributionText text, ByteBuffer output)
    {
        var before = fields[RecordField.TrailStream];
        if (before.Kind is SliceKind.Object or SliceKind.Array)
        {
            output.Append(record[..before.Offset]);
            output.Append(text.Json);
            output.Append(record[(before.Offset + before.Length)..]);
            return;
        }

        output.Append(record[..record.LastIndexOf((byte)'}')]);
        output.Append(",\"trailstream\":"u8);
        output.Append(text.Json);
        output.Append((byte)'}');
    }
}
