using System.Text;
using System.Text.Unicode;
using TrailStream.Core.Documents;

namespace TrailStream.Core.CloudTrail;

/// <summary>One piece of a record that gave no event.</summary>
/// <param name="Source">The caller's number of the record.</param>
/// <param name="Status">Never <see cref="DecodeStatus.Event"/>.</param>
/// <param name="Position">Byte offset inside the payload where the piece starts; inside its innermost envelope where that was compressed or escaped.</param>
public readonly record struct DecodeFailure(int Source, DecodeStatus Status, long Position);

/// <summary>Stage 2: payload bytes in any known envelope → events, checked, redacted, each on one line. The envelope is recognised by looking.
/// One per worker; bare records and <c>{"Records":[…]}</c> allocate nothing.</summary>
public sealed partial class EventDecoder
{
    private readonly DecodeLimits _limits;
    private readonly IPayloadInflater? _zstd;
    private readonly bool _evidenceOnly;
    private readonly RecordScanner _scanner = new();
    private readonly ByteBuffer _scratch = new();
    private readonly ByteBuffer _redacted = new();

    // What one call works on.
    private EventBatch _into = null!;
    private List<DecodeFailure> _failures = null!;
    private int _source;
    private int _firstEvent;
    private long _inflated;

    public EventDecoder()
        : this(DecodeLimits.Default, null)
    {
    }

    /// <param name="limits">What one record may cost.</param>
    /// <param name="zstd">Inflates zstd; null: such payloads fail.</param>
    /// <param name="evidenceOnly">Passes over texts that cannot hold evidence about other events. They give no events, and the record may then count
    /// as a failure: for readers that look for evidence alone.</param>
    public EventDecoder(DecodeLimits limits, IPayloadInflater? zstd, bool evidenceOnly = false)
    {
        _limits = limits;
        _zstd = zstd;
        _evidenceOnly = evidenceOnly;
    }

    /// <summary>Decodes every event in <paramref name="payload"/> into <paramref name="into"/>, in order. One bad piece does not spoil its
    /// siblings: it is appended to <paramref name="failures"/>.</summary>
    /// <returns>The number of events added.</returns>
    public int Decode(ReadOnlySpan<byte> payload, int source, EventBatch into, List<DecodeFailure> failures)
    {
        _into = into;
        _failures = failures;
        _source = source;
        _firstEvent = into.Count;
        _inflated = 0;
        var failuresBefore = failures.Count;
        Unwrap(payload, 0);
        if (into.Count == _firstEvent && failures.Count == failuresBefore)
        {
            Fail(payload.IsEmpty ? DecodeStatus.BadJson : DecodeStatus.NotCloudTrail, 0);
        }

        return into.Count - _firstEvent;
    }

    private void Fail(DecodeStatus status, long position) => _failures.Add(new DecodeFailure(_source, status, position));

    /// <summary>Any text or compressed text: one JSON value, several on lines or without any separator, or base64 of these.</summary>
    private void Unwrap(ReadOnlySpan<byte> text, int envelopes)
    {
        if (envelopes > _limits.EnvelopesMax)
        {
            Fail(DecodeStatus.TooDeep, 0);
            return;
        }

        if (IsCompressed(text))
        {
            UnwrapCompressed(text, envelopes);
            return;
        }

        if (_evidenceOnly && !EvidenceFilter.MayHold(text))
        {
            return;
        }

        var at = text.StartsWith("\uFEFF"u8) ? 3 : 0;
        at = SkipSpace(text, at);
        if (at < text.Length && text[at] is not ((byte)'{' or (byte)'['))
        {
            UnwrapBase64(text[at..].TrimEnd(" \t\r\n"u8), envelopes);
            return;
        }

        while (at < text.Length)
        {
            var length = UnwrapValue(text[at..], at, envelopes);
            if (length == 0)
            {
                // Not delimited: the next chance is the next line (NDJSON).
                var line = text[at..].IndexOf((byte)'\n');
                length = line < 0 ? text.Length - at : line + 1;
            }

            at = SkipSpace(text, at + length);
            at = at < text.Length && text[at] == 0x1E ? at + 1 : at;
        }
    }

    /// <summary>One value at the start of <paramref name="text"/>.</summary>
    /// <returns>Its length; 0 when its end cannot be told (the failure is noted).</returns>
    private int UnwrapValue(ReadOnlySpan<byte> text, int position, int envelopes)
    {
        if (text[0] == '[')
        {
            return UnwrapArray(text, position, envelopes);
        }

        if (text[0] != '{')
        {
            Fail(DecodeStatus.BadJson, position);
            return 0;
        }

        if (StartsWithRecords(text, out var array))
        {
            // The whole need not be well-formed to give its events: a cut file gives what it holds.
            var length = UnwrapArray(text[array..], position + array, envelopes);
            return length == 0 ? text.Length : EndOfRecords(text, array + length, position);
        }

        return UnwrapObject(text, position, envelopes);
    }

    private int UnwrapObject(ReadOnlySpan<byte> text, int position, int envelopes)
    {
        var fields = default(RecordFields);
        var status = _scanner.Scan(text, ref fields, out var length);
        switch (status)
        {
            case DecodeStatus.Event:
                AddEvent(text[..length], ref fields, position);
                return length;
            case DecodeStatus.NotCloudTrail:
                UnwrapEnvelope(text[..length], position, envelopes);
                return length;
            default:
                Fail(status, position);
                return length;
        }
    }

    /// <summary><c>[{…},{…}]</c></summary>
    private int UnwrapArray(ReadOnlySpan<byte> text, int position, int envelopes)
    {
        if (envelopes >= _limits.EnvelopesMax)
        {
            Fail(DecodeStatus.TooDeep, position);
            return 0;
        }

        var at = SkipSpace(text, 1);
        while (at < text.Length && text[at] != ']')
        {
            var length = text[at] is (byte)'{' or (byte)'[' ? UnwrapValue(text[at..], position + at, envelopes + 1) : 0;
            if (length == 0)
            {
                if (text[at] is not ((byte)'{' or (byte)'['))
                {
                    Fail(DecodeStatus.BadJson, position + at);
                }

                return 0;
            }

            at = SkipSpace(text, at + length);
            if (at < text.Length && text[at] == ',')
            {
                at = SkipSpace(text, at + 1);
            }
            else if (at < text.Length && text[at] != ']')
            {
                Fail(DecodeStatus.BadJson, position + at);
                return 0;
            }
        }

        if (at < text.Length)
        {
            return at + 1;
        }

        Fail(DecodeStatus.BadJson, position + at);
        return 0;
    }

    /// <summary>What follows the Records array of an S3 file: usually only the closing brace.</summary>
    private int EndOfRecords(ReadOnlySpan<byte> text, int at, int position)
    {
        at = SkipSpace(text, at);
        if (at < text.Length && text[at] == '}')
        {
            return at + 1;
        }

        // Further members: let the scanner find the end of the whole.
        var fields = default(RecordFields);
        var status = _scanner.Scan(text, ref fields, out var length);
        if (length == 0)
        {
            Fail(status, position + at);
            return text.Length;
        }

        return length;
    }

    /// <summary>An event whose fields are known: checks its bytes, copies it, redacts it.</summary>
    private void AddEvent(ReadOnlySpan<byte> record, ref RecordFields fields, int position)
    {
        if (TextOf(record, fields[RecordField.EventSource]).StartsWith("aws:"u8))
        {
            // An S3 (or SES, SQS) notification: has eventName and userIdentity like an event.
            Fail(DecodeStatus.Pointer, position);
            return;
        }

        if (_into.Count - _firstEvent >= _limits.EventsMax)
        {
            Fail(DecodeStatus.TooManyEvents, position);
            return;
        }

        if (record.Length > _limits.EventBytesMax)
        {
            Fail(DecodeStatus.TooLarge, position);
            return;
        }

        if (!EventTimestamp.TryParse(TextOf(record, fields[RecordField.EventTime]), out var eventTime))
        {
            Fail(DecodeStatus.BadTime, position);
            return;
        }

        if (!Utf8.IsValid(record))
        {
            // Repaired, not refused: the event happened. U+FFFD marks the place.
            record = Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(record));
            _scanner.Scan(record, ref fields, out _);
        }

        if (record.IndexOfAnyInRange((byte)0, (byte)0x1F) >= 0)
        {
            _scratch.Clear();
            if (!OneLine.TryWrite(record, _scratch))
            {
                Fail(DecodeStatus.BadJson, position);
                return;
            }

            record = _scratch.Written;
            _scanner.Scan(record, ref fields, out _);
        }

        if (Secrets.MayBeIn(record, in fields))
        {
            var redacted = _redacted;
            redacted.Clear();
            if (Secrets.Redact(record, redacted))
            {
                record = redacted.Written;
                _scanner.Scan(record, ref fields, out _);
            }
        }

        record.CopyTo(_into.Reserve(record.Length));
        ref var entry = ref _into.Add(record.Length, _source);
        entry.Fields = fields;
        entry.EventTime = eventTime;
    }


    private static ReadOnlySpan<byte> TextOf(ReadOnlySpan<byte> record, Slice slice) => slice.HasText ? slice.In(record) : default;

    private static int SkipSpace(ReadOnlySpan<byte> text, int at)
    {
        while (at < text.Length && text[at] is (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n')
        {
            at++;
        }

        return at;
    }

    /// <summary><c>{"Records":[</c>, the form of S3 files: true, and the place of its bracket.</summary>
    private static bool StartsWithRecords(ReadOnlySpan<byte> text, out int array)
    {
        array = SkipSpace(text, 1);
        if (!text[array..].StartsWith("\"Records\""u8))
        {
            return false;
        }

        array = SkipSpace(text, array + 9);
        if (array >= text.Length || text[array] != ':')
        {
            return false;
        }

        array = SkipSpace(text, array + 1);
        return array < text.Length && text[array] == '[';
    }
}
