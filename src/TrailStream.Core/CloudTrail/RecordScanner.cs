namespace TrailStream.Core.CloudTrail;

/// <summary>Finds the fields of a record in one pass over its bytes: every field by its place in the structure, never by text search. An on-demand walker:
/// strings are jumped 32 bytes at a time, members nobody asked for are walked over without a look at their names, and each context remembers which key
/// followed which, because CloudTrail writes them in the same order. It checks the whole grammar on its way but for control characters inside strings,
/// which the decoder looks for. Not thread-safe: one per worker, because it learns.</summary>
public sealed unsafe partial class RecordScanner
{
    /// <summary>Levels of nesting: the same as System.Text.Json's and far above what AWS writes; brackets of 64 levels fit one word.</summary>
    public const int DepthMax = 64;

    /// <summary>To look names up in, never to learn.</summary>
    private static readonly KeyContexts Known = KeyContexts.OfRecord();

    private readonly KeyContexts _record = KeyContexts.OfRecord();
    private readonly KeyContexts _grant = KeyContexts.OfGrant();

    private byte* _end;
    private DecodeStatus _failure;
    private bool _duplicateIdentity;
    private bool _duplicate;
    private bool _other;
    private bool _otherIdentity;

    /// <summary>Finds the fields of the record that <paramref name="text"/> starts with, a JSON object
    /// <c>{"eventVersion":…,"userIdentity":{…},…}</c>.</summary>
    /// <param name="length">Length of the object; 0 where it is not well-formed.</param>
    /// <returns>Event; NotCloudTrail without eventTime and eventSource, eventName (or insightDetails); BadJson, TooDeep, DuplicateMembers.</returns>
    public DecodeStatus Scan(ReadOnlySpan<byte> text, ref RecordFields fields, out int length)
    {
        fields = default;
        length = 0;
        fixed (byte* start = text)
        fixed (RecordFields* slots = &fields)
        {
            Begin(start, text.Length);
            if (text.IsEmpty || *start != '{')
            {
                return DecodeStatus.BadJson;
            }

            var end = ScanObject(_record, 0, start, start, (Slice*)slots, 1);
            if (end == null)
            {
                return _failure;
            }

            length = (int)(end - start);
        }

        fields.Findings = (_duplicateIdentity ? RecordFindings.DuplicateIdentityMember | RecordFindings.DuplicateMember
            : _duplicate ? RecordFindings.DuplicateMember : RecordFindings.None)
            | (_other ? RecordFindings.OtherMember : RecordFindings.None)
            | (_otherIdentity ? RecordFindings.OtherIdentityMember : RecordFindings.None);
        return !IsCloudTrail(in fields) ? DecodeStatus.NotCloudTrail
            : _duplicateIdentity ? DecodeStatus.DuplicateMembers : DecodeStatus.Event;
    }

    /// <summary>Scans a record that fills its place exactly.</summary>
    public DecodeStatus Scan(byte[] buffer, int offset, int length, ref RecordFields fields)
    {
        var status = Scan(buffer.AsSpan(offset, length), ref fields, out var scanned);
        return status == DecodeStatus.Event && scanned != length ? DecodeStatus.BadJson : status;
    }

    /// <summary>Second scan, for the events that issue credentials or sign in: below requestParameters, responseElements and additionalEventData,
    /// each of which may be missing, null or of another type.</summary>
    public void ScanGrant(ReadOnlySpan<byte> record, in RecordFields fields, ref GrantFields grant)
    {
        grant = default;
        fixed (byte* start = record)
        fixed (GrantFields* slots = &grant)
        {
            ScanPart(start, fields[RecordField.RequestParameters], KeyContexts.Request, (Slice*)slots);
            ScanPart(start, fields[RecordField.ResponseElements], KeyContexts.Response, (Slice*)slots);
            ScanPart(start, fields[RecordField.AdditionalEventData], KeyContexts.Additional, (Slice*)slots);
        }
    }

    /// <summary>True for a root member that a record's fields tell about.</summary>
    public static bool IsField(ReadOnlySpan<byte> name) => Known[0].Find(name) >= 0;

    private static bool IsCloudTrail(in RecordFields fields) =>
        fields[RecordField.EventTime].HasText
        && ((fields[RecordField.EventSource].HasText && fields[RecordField.EventName].HasText) || fields[RecordField.InsightDetails].IsPresent);

    private void ScanPart(byte* record, Slice part, int context, Slice* slots)
    {
        if (part.Kind == SliceKind.Object)
        {
            Begin(record + part.Offset, part.Length);
            ScanObject(_grant, context, record + part.Offset, record, slots, 1);
        }
    }

    private void Begin(byte* start, int length)
    {
        _end = start + length;
        _failure = DecodeStatus.Event;
        _duplicate = false;
        _duplicateIdentity = false;
        _other = false;
        _otherIdentity = false;
    }

    /// <summary><paramref name="at"/> stands on the opening brace; returns behind the closing one, null after a failure.</summary>
    private byte* ScanObject(KeyContexts contexts, int context, byte* at, byte* start, Slice* slots, int depth)
    {
        ref var keys = ref contexts[context];
        var previous = 0;
        at = SkipSpace(at + 1);
        if (at < _end && *at == '}')
        {
            return at + 1;
        }

        while (true)
        {
            if (at >= _end || *at != '"')
            {
                return Fail(DecodeStatus.BadJson);
            }

            var key = keys.Predict(previous, at + 1, _end, out var keyEnd);
            if (key < 0)
            {
                keyEnd = StringEnd(at + 1, out var escaped);
                if (keyEnd == null)
                {
                    return null;
                }

                key = escaped
                    ? keys.FindEscaped(new ReadOnlySpan<byte>(at + 1, (int)(keyEnd - at - 1)))
                    : keys.Find(new ReadOnlySpan<byte>(at + 1, (int)(keyEnd - at - 1)));
                keys.Learn(previous, key);
                if (key < 0)
                {
                    _other |= context == 0;
                    _otherIdentity |= context != 0;
                }
            }

            previous = key + 1;
            at = SkipSpace(keyEnd + 1);
            if (at >= _end || *at != ':')
            {
                return Fail(DecodeStatus.BadJson);
            }

            at = SkipSpace(at + 1);
            at = key < 0 ? SkipValue(at, depth, out _, out _) : TakeValue(contexts, in keys.Entry(key), at, start, slots, depth);
            if (at == null)
            {
                return null;
            }

            at = SkipSpace(at);
            if (at < _end && *at == ',')
            {
                at = SkipSpace(at + 1);
                continue;
            }

            return at < _end && *at == '}' ? at + 1 : Fail(DecodeStatus.BadJson);
        }
    }

    private byte* TakeValue(KeyContexts contexts, in KeyEntry key, byte* at, byte* start, Slice* slots, int depth)
    {
        byte* end;
        byte* content;
        SliceKind kind;
        if (key.Context >= 0 && at < _end && *at == '{')
        {
            content = at;
            kind = SliceKind.Object;
            end = ScanObject(contexts, key.Context, at, start, slots, depth + 1);
        }
        else
        {
            end = SkipValue(at, depth, out content, out kind);
            _otherIdentity |= key.Context >= 0 && kind != SliceKind.Null;
        }

        if (end == null)
        {
            return null;
        }

        if (key.Slot >= 0)
        {
            if (slots[key.Slot].IsPresent)
            {
                _duplicate = true;
                _duplicateIdentity |= key.NamesIdentity;
            }

            var contentEnd = kind is SliceKind.String or SliceKind.EscapedString ? end - 1 : end;
            slots[key.Slot] = new Slice((int)(content - start), (int)(contentEnd - content), kind);
        }

        return end;
    }

    private byte* Fail(DecodeStatus status)
    {
        _failure = status;
        return null;
    }
}
