using System.Buffers;
using System.Buffers.Text;
using System.IO.Compression;
using System.Text;
using System.Text.Json;

namespace TrailStream.Core.CloudTrail;

public sealed partial class EventDecoder
{
    /// <summary>What inflates below this is no bomb, whatever its ratio.</summary>
    private const int InflatedBytesAlwaysAllowed = 1 << 20;

    private static readonly (byte[] Name, Member Member)[] Members =
    [
        // EventBridge; GCP sink; SNS in Lambda; Kafka Connect; Splunk, Filebeat; CloudWatch in Lambda
        .. Named(Member.Structure, "detail", "jsonPayload", "Sns", "payload", "event", "awslogs"),

        // S3 and SQS; Firehose; CloudWatch Logs subscription; LookupEvents
        .. Named(Member.List, "Records", "records", "logEvents", "Events"),

        // CloudWatch, Filebeat, Vector; SNS; SQS; Firehose and CloudWatch in Lambda; Fluent Bit; Splunk; Filebeat; LookupEvents
        .. Named(Member.Text, "message", "Message", "body", "data", "log", "_raw", "original", "CloudTrailEvent"),
        .. Named(Member.MessageType, "messageType"),
        .. Named(Member.Pointer, "s3", "s3ObjectKey"),
        .. Named(Member.Digest, "digestStartTime"),
        .. Named(Member.TestEvent, "Event"),
        .. Named(Member.Control, "SubscribeURL"),
    ];

    private static readonly JsonReaderOptions Options = new() { MaxDepth = RecordScanner.DepthMax + 1 };

    private static IEnumerable<(byte[] Name, Member Member)> Named(Member member, params string[] names) =>
        names.Select(name => (Encoding.UTF8.GetBytes(name), member));

    private static bool IsCompressed(ReadOnlySpan<byte> text) =>
        text.StartsWith((ReadOnlySpan<byte>)[0x1F, 0x8B]) || text.StartsWith((ReadOnlySpan<byte>)[0x28, 0xB5, 0x2F, 0xFD]);

    /// <summary>An object that is no record itself: looks for the member that holds records, and goes in. Members are taken in the order in which they
    /// stand.</summary>
    private void UnwrapEnvelope(ReadOnlySpan<byte> text, int position, int envelopes)
    {
        if (envelopes >= _limits.EnvelopesMax)
        {
            Fail(DecodeStatus.TooDeep, position);
            return;
        }

        // One member holds the records; others may repeat them (Filebeat's message and event.original).
        var events = _into.Count;
        var before = events + _failures.Count;
        var sayWhat = DecodeStatus.NotCloudTrail;
        try
        {
            var reader = new Utf8JsonReader(text, Options);
            reader.Read();
            while (_into.Count == events && reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var member = MemberOf(in reader);
                reader.Read();
                var start = (int)reader.TokenStartIndex;
                var isText = reader.TokenType == JsonTokenType.String;
                var value = reader.ValueSpan;
                var escaped = reader.ValueIsEscaped;
                reader.Skip();
                if (isText)
                {
                    UnwrapTextMember(member, value, escaped, envelopes, ref sayWhat);
                }
                else if (text[start] is (byte)'{' or (byte)'[')
                {
                    UnwrapStructure(member, text[start..(int)reader.BytesConsumed], position + start, envelopes, ref sayWhat);
                }
            }
        }
        catch (JsonException)
        {
            // A control character inside a string: the scanner does not look for them.
            sayWhat = DecodeStatus.BadJson;
        }

        if (_into.Count + _failures.Count == before)
        {
            Fail(sayWhat, position);
        }
    }

    /// <summary>Members that envelopes are known by. Compared as bytes, escapes and all: nobody writes these names with escapes, and a name with half a
    /// surrogate pair is no text at all (the reader would throw, not fail, on unescaping it).</summary>
    private static Member MemberOf(in Utf8JsonReader reader)
    {
        foreach (var (name, member) in Members)
        {
            if (reader.ValueSpan.SequenceEqual(name))
            {
                return member;
            }
        }

        return Member.Other;
    }

    private void UnwrapTextMember(Member member, ReadOnlySpan<byte> raw, bool escaped, int envelopes, ref DecodeStatus sayWhat)
    {
        switch (member)
        {
            case Member.MessageType when raw.SequenceEqual("CONTROL_MESSAGE"u8):
            case Member.TestEvent when raw.SequenceEqual("s3:TestEvent"u8):
            case Member.Control:
                sayWhat = DecodeStatus.Control;
                break;
            case Member.Pointer:
                sayWhat = DecodeStatus.Pointer;
                break;
            case Member.Digest:
                sayWhat = DecodeStatus.Digest;
                break;
            case Member.Text or Member.Structure when sayWhat != DecodeStatus.Control:
                UnwrapString(raw, escaped, envelopes, ref sayWhat);
                break;
            default:
                break;
        }
    }

    private void UnwrapStructure(Member member, ReadOnlySpan<byte> value, int position, int envelopes, ref DecodeStatus sayWhat)
    {
        if (member == Member.Pointer)
        {
            sayWhat = DecodeStatus.Pointer;
        }
        else if (member is Member.Structure or Member.List && sayWhat != DecodeStatus.Control)
        {
            UnwrapValue(value, position, envelopes + 1);
        }
    }

    /// <summary>A string that may be JSON or base64; free text is no failure of its own (a log line's message).</summary>
    private void UnwrapString(ReadOnlySpan<byte> raw, bool escaped, int envelopes, ref DecodeStatus sayWhat)
    {
        if (raw.Length < 2)
        {
            return;
        }

        var first = raw[0];
        if (first is not ((byte)'{' or (byte)'[' or (byte)' ' or (byte)'\\') && !LooksLikeBase64(raw))
        {
            return;
        }

        var buffer = ArrayPool<byte>.Shared.Rent(raw.Length);
        try
        {
            var length = raw.Length;
            if (!escaped)
            {
                raw.CopyTo(buffer);
            }
            else if (!JsonText.TryUnescape(raw, buffer, out length))
            {
                sayWhat = DecodeStatus.BadJson;
                return;
            }

            Unwrap(buffer.AsSpan(0, length), envelopes + 1);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static bool LooksLikeBase64(ReadOnlySpan<byte> text) =>
        text.StartsWith("H4sI"u8) || text.StartsWith("KLUv/"u8) || (text.StartsWith("ey"u8) && Base64.IsValid(text)) || text.StartsWith("W3"u8);

    private void UnwrapBase64(ReadOnlySpan<byte> text, int envelopes)
    {
        if (!LooksLikeBase64(text))
        {
            Fail(DecodeStatus.BadJson, 0);
            return;
        }

        var buffer = ArrayPool<byte>.Shared.Rent(Base64.GetMaxDecodedFromUtf8Length(text.Length));
        try
        {
            if (Base64.DecodeFromUtf8(text, buffer, out _, out var length) != OperationStatus.Done)
            {
                Fail(DecodeStatus.BadCompression, 0);
                return;
            }

            Unwrap(buffer.AsSpan(0, length), envelopes + 1);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private void UnwrapCompressed(ReadOnlySpan<byte> compressed, int envelopes)
    {
        var most = (int)Math.Min(
            _limits.InflatedBytesMax - _inflated, Math.Max(InflatedBytesAlwaysAllowed, (long)compressed.Length * _limits.InflateRatioMax));
        var buffer = ArrayPool<byte>.Shared.Rent(Math.Clamp(compressed.Length * 12, 4096, Math.Max(4096, most)));
        try
        {
            var status = compressed[0] == 0x1F
                ? InflateGzip(compressed, ref buffer, most, out var length)
                : InflateZstd(compressed, ref buffer, most, out length);
            if (status != DecodeStatus.Event)
            {
                Fail(status, 0);
                return;
            }

            _inflated += length;
            Unwrap(buffer.AsSpan(0, length), envelopes + 1);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>Inflates piece by piece, so that a bomb stops at the limit and not after it.</summary>
    private static unsafe DecodeStatus InflateGzip(ReadOnlySpan<byte> compressed, ref byte[] buffer, int most, out int length)
    {
        length = 0;
        fixed (byte* start = compressed)
        {
            using var source = new UnmanagedMemoryStream(start, compressed.Length);
            using var gzip = new GZipStream(source, CompressionMode.Decompress);
            try
            {
                while (true)
                {
                    if (length == buffer.Length)
                    {
                        Grow(ref buffer);
                    }

                    var read = gzip.Read(buffer, length, buffer.Length - length);
                    length += read;
                    if (length > most)
                    {
                        return DecodeStatus.Bomb;
                    }

                    if (read == 0)
                    {
                        return DecodeStatus.Event;
                    }
                }
            }
            catch (InvalidDataException)
            {
                return DecodeStatus.BadCompression;
            }
        }
    }

    private DecodeStatus InflateZstd(ReadOnlySpan<byte> compressed, ref byte[] buffer, int most, out int length)
    {
        length = 0;
        while (_zstd is not null)
        {
            if (_zstd.TryInflate(compressed, buffer.AsSpan(0, Math.Min(buffer.Length, most)), out length))
            {
                return DecodeStatus.Event;
            }

            if (buffer.Length >= most)
            {
                break;
            }

            Grow(ref buffer);
        }

        return DecodeStatus.BadCompression;
    }

    private static void Grow(ref byte[] buffer)
    {
        var larger = ArrayPool<byte>.Shared.Rent(buffer.Length * 2);
        buffer.CopyTo(larger, 0);
        ArrayPool<byte>.Shared.Return(buffer);
        buffer = larger;
    }

    private enum Member
    {
        Other,
        Structure,
        List,
        Text,
        MessageType,
        Pointer,
        Digest,
        TestEvent,
        Control,
    }
}
