using System.Text.Json;
using TrailStream.Core.Attribution;
using TrailStream.Core.CloudTrail;

namespace TrailStream.Core.Documents;

/// <summary>A document as a store gave it back: the event in it, to be attributed again, and the same document with the new attribution. Everything
/// that does not depend on the origin keeps its bytes, <c>event.ingested</c> among it, so that rules which look at it do not fire again.
/// One per worker; what it gives out is valid until the next <see cref="TryRead"/>.</summary>
public sealed unsafe class StoredDocument
{
    private static readonly JsonDocumentOptions Options = new() { MaxDepth = 256 };

    private readonly RecordScanner _scanner = new();
    private readonly StoredRecord _rebuilt = new();
    private readonly DocumentOptions _options;
    private readonly MemberWriter _members = new();
    private readonly MemberWriter _part = new();
    private readonly ByteBuffer _scratch = new();
    private readonly FreeForms _free = new();
    private readonly ResourceSection _resources = new();
    private readonly RelatedSection _related = new();
    private readonly DocumentWriter _writer = new(DocumentForm.CloudTrail);
    private readonly ByteBuffer _document = new();
    private readonly ByteBuffer _record = new();
    private RecordFields _fields;

    /// <param name="options">As the documents were written.</param>
    public StoredDocument(DocumentOptions options) => _options = options;

    /// <summary>Found by looking: a store may hold documents of both forms.</summary>
    public DocumentForm Form { get; private set; }

    /// <summary>The event: the document itself in the cloudtrail form, else what attribution needs of it.</summary>
    public ReadOnlySpan<byte> Record => Form == DocumentForm.CloudTrail ? _document.Written : _record.Written;

    public ref readonly RecordFields Fields => ref _fields;

    /// <summary>eventTime, Unix seconds.</summary>
    public long EventTime { get; private set; }

    /// <summary>How often the event has been written.</summary>
    public int Revision { get; private set; }

    /// <summary>When the stored verdict was made, Unix seconds; 0 where the document does not say.</summary>
    public long ResolvedAt { get; private set; }

    /// <summary>True where the time for evidence was over, or evidence refuted what was known: new evidence makes the document better, and never pending
    /// again.</summary>
    public bool IsGivenUp { get; private set; }

    /// <summary>Reads a document.</summary>
    /// <returns>False when it is none of ours, or was changed so that its event cannot be told any more: it must be left alone.</returns>
    public bool TryRead(ReadOnlySpan<byte> document)
    {
        _document.Clear();
        if (document.IndexOfAnyInRange((byte)0, (byte)0x1F) < 0)
        {
            _document.Append(document);
        }
        else if (!OneLine.TryWrite(document, _document))
        {
            // A line feed that went out again would end the document early in a bulk request.
            return false;
        }

        _document.Reserve(EventBatch.Slack);
        if (_scanner.Scan(_document.Written, ref _fields, out var length) == DecodeStatus.Event && length == _document.Length)
        {
            Form = DocumentForm.CloudTrail;
        }
        else
        {
            Form = DocumentForm.Ecs;
        }

        try
        {
            return (Form == DocumentForm.CloudTrail ? TryReadCloudTrail() : TryReadEcs()) && TryReadTime();
        }
        catch (JsonException)
        {
            return false;
        }
    }

    /// <summary>Appends the document with another attribution.</summary>
    public void Write(AttributionText text, ByteBuffer output)
    {
        if (Form == DocumentForm.CloudTrail)
        {
            _writer.Write(_document.Written, in _fields, text, 0, output);
            return;
        }

        fixed (byte* start = _record.Array)
        {
            _members.Begin(start, _record.Length, output);
            _part.Begin(start, _record.Length, _scratch);
            WriteEcs(text, output);
            _part.End();
            _members.End();
        }
    }

    private void WriteEcs(AttributionText text, ByteBuffer output)
    {
        _free.Read(_record.Written, in _fields);
        var source = new EcsEvent(_record.Written, in _fields, text, _free, _options);
        output.Append((byte)'{');
        var (hasUser, hasRelated) = (false, false);
        var reader = new Utf8JsonReader(_document.Written, new JsonReaderOptions { MaxDepth = Options.MaxDepth });
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var start = (int)reader.TokenStartIndex;
            var isCloud = reader.ValueTextEquals("cloud"u8);
            var isUser = reader.ValueTextEquals("user"u8) || reader.ValueTextEquals("group"u8);
            var isRelated = reader.ValueTextEquals("related"u8);
            var isOurs = reader.ValueTextEquals("trailstream"u8);

            // One that was empty and left out may have come into being with the origin: it goes before what always follows it.
            if (!hasUser && (isUser || isRelated || isOurs || reader.ValueTextEquals("aws"u8)))
            {
                hasUser = true;
                UserSection.Write(in source, _members, _related);
            }

            if (!hasRelated && (isRelated || isOurs))
            {
                hasRelated = true;
                WriteRelated(in source, output);
            }

            reader.Skip();
            if (isCloud)
            {
                OriginSections.WriteCloud(in source, _members);
            }
            else if (isOurs)
            {
                output.Append("\"trailstream\":"u8);
                output.Append(text.Json);
                output.Append((byte)',');
            }
            else if (!isUser && !isRelated)
            {
                output.Append(_document.Written[start..(int)reader.BytesConsumed]);
                output.Append((byte)',');
            }
        }

        // The last member's comma.
        output.Truncate(output.Length - 1);
        output.Append((byte)'}');
    }

    /// <summary>The section takes the resources' ARNs from where they were written, which here is beside the document.</summary>
    private void WriteRelated(in EcsEvent source, ByteBuffer output)
    {
        _scratch.Clear();
        _resources.Write(_free, _part);
        var start = _scratch.Length;
        _related.Write(in source, _resources, _part);
        output.Append(_scratch.Written[start..]);
    }

    /// <summary><c>{"schema":"1","attribution":{"status":"pending",…,"revision":1,"resolved_at":"2026-11-23T10:15:32.000Z",…}}</c></summary>
    private bool TryReadCloudTrail()
    {
        var member = _fields[RecordField.TrailStream];
        if (member.Kind != SliceKind.Object)
        {
            return false;
        }

        using var parsed = JsonDocument.Parse(_document.Array.AsMemory(member.Offset, member.Length), Options);
        return TryReadAttribution(StoredRecord.At(parsed.RootElement, "attribution"));
    }

    private bool TryReadAttribution(JsonElement attribution)
    {
        var revision = StoredRecord.At(attribution, "revision");
        Revision = revision.ValueKind == JsonValueKind.Number && revision.TryGetInt32(out var number) ? number : 1;
        var status = StoredRecord.At(attribution, "status");
        var code = StoredRecord.Content(status);
        IsGivenUp = code.SequenceEqual(Codes.Of(AttributionStatus.Unattributed)) || code.SequenceEqual(Codes.Of(AttributionStatus.Partial));
        ResolvedAt = EventTimestamp.TryParse(StoredRecord.Content(StoredRecord.At(attribution, "resolved_at")), out var resolvedAt) ? resolvedAt : 0;
        return status.ValueKind == JsonValueKind.String;
    }

    /// <summary><c>{"@timestamp":…,"event":{…},"user":{…},"related":{…},"aws":{"cloudtrail":{…}},"trailstream":{…}}</c></summary>
    private bool TryReadEcs()
    {
        using var parsed = JsonDocument.Parse(_document.Array.AsMemory(0, _document.Length), Options);
        var root = parsed.RootElement;
        if (StoredRecord.At(root, "event", "provider").ValueKind != JsonValueKind.String
            || !TryReadAttribution(StoredRecord.At(root, "trailstream", "attribution")))
        {
            return false;
        }

        _record.Clear();
        _rebuilt.Write(root, _options.Identity, _record);
        _record.Reserve(EventBatch.Slack);
        return _scanner.Scan(_record.Written, ref _fields, out _) == DecodeStatus.Event && !LacksIssuedKey();
    }

    /// <summary>A grant to a caller of another account is explained by the key that it issued, which only the answer's copy holds. Where none is kept
    /// the verdict would be made from less than the first one was.</summary>
    private bool LacksIssuedKey()
    {
        if (CallerKinds.Of(_record.Written, in _fields) != CallerKind.AWSAccount
            || !Evidence.Issues(Evidence.ActionOf(_record.Written, in _fields)))
        {
            return false;
        }

        var grant = default(GrantFields);
        _scanner.ScanGrant(_record.Written, in _fields, ref grant);
        return !grant[GrantField.IssuedAccessKeyId].HasText;
    }

    private bool TryReadTime()
    {
        var parsed = EventTimestamp.TryParse(_fields.Raw(Record, RecordField.EventTime), out var time);
        EventTime = time;
        return parsed;
    }
}
