using TrailStream.Core.CloudTrail;

namespace TrailStream.Core.Documents;

/// <summary>CONTRACT STUB (documents helper implements). Stage 5: event bytes + attribution → document bytes on one line, no line feed at its end.
/// One per worker; allocates nothing per event.</summary>
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
        throw new NotImplementedException();
}
