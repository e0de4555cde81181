using TrailStream.Core.CloudTrail;

namespace TrailStream.Core.Documents;

/// <summary>Stage 5: event bytes + attribution → document bytes on one line, no line feed at its end.
/// One per worker; allocates nothing per event once its buffers have grown.</summary>
/// <param name="form">How the documents look.</param>
/// <param name="options">Choices about ECS documents; null for the default.</param>
public sealed class DocumentWriter(DocumentForm form, DocumentOptions? options = null)
{
    private readonly EcsWriter? _ecs = form == DocumentForm.Ecs ? new EcsWriter(options ?? DocumentOptions.Default) : null;

    public DocumentForm Form { get; } = form;

    /// <summary>Appends the document of one event to <paramref name="output"/>.</summary>
    /// <param name="record">The event, redacted, without line feeds.</param>
    /// <param name="fields">Its fields.</param>
    /// <param name="text">Its attribution.</param>
    /// <param name="ingestedAt">Unix milliseconds for event.ingested / event.created (ecs form only).</param>
    /// <param name="output">Where the document is appended.</param>
    public void Write(ReadOnlySpan<byte> record, in RecordFields fields, AttributionText text, long ingestedAt, ByteBuffer output)
    {
        if (_ecs is not null)
        {
            _ecs.Write(record, in fields, text, ingestedAt, output);
            return;
        }

        if (fields[RecordField.TrailStream].IsPresent)
        {
            Replace(record, fields[RecordField.TrailStream], text.Json, output);
            return;
        }

        // The last brace closes the root: the scanner has seen to it. White space behind it goes.
        var end = record.LastIndexOf((byte)'}');
        var isEmpty = record[..end].TrimEnd(" \t\r"u8) is var members && members[^1] == '{' && members.TrimStart(" \t\r"u8).Length == 1;
        output.Append(record[..end]);
        output.Append(isEmpty ? "\"trailstream\":"u8 : ",\"trailstream\":"u8);
        output.Append(text.Json);
        output.Append((byte)'}');
    }

    /// <summary>The record has been through here before: its member <c>trailstream</c> gets the new value, wherever it stands.</summary>
    private static void Replace(ReadOnlySpan<byte> record, Slice old, ReadOnlySpan<byte> json, ByteBuffer output)
    {
        // The slice of a string excludes its quotes.
        var quotes = old.Kind is SliceKind.String or SliceKind.EscapedString ? 1 : 0;
        output.Append(record[..(old.Offset - quotes)]);
        output.Append(json);
        output.Append(record[(old.Offset + old.Length + quotes)..(record.LastIndexOf((byte)'}') + 1)]);
    }
}
