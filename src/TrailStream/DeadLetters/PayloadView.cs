using System.IO.Compression;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using TrailStream.Cli;
using TrailStream.Core.CloudTrail;
using TrailStream.Core.Documents;
using TrailStream.Pipeline.DeadLetters;
using TrailStream.Pipeline.Files;

namespace TrailStream.DeadLetters;

/// <summary>A payload for a person's eyes: inflated, secrets hidden, nothing in it that could steer a terminal.</summary>
internal sealed class PayloadView
{
    /// <summary>What is inflated at most: to look at, not to work with.</summary>
    private const int InflatedMax = 1 << 20;

    /// <summary>A shorter text may be a word.</summary>
    private const int Base64TextMin = 32;

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, MaxDepth = 128 };

    private readonly byte[] _bytes;

    private PayloadView(byte[] bytes, string kind) => (_bytes, Kind) = (bytes, kind);

    /// <summary>What it is: "gzip, 2,310 bytes of it inflate before it breaks".</summary>
    public string Kind { get; }

    /// <summary>Of a letter about one event of a record: that event.</summary>
    public static PayloadView Of(StoredDeadLetter letter)
    {
        if (letter.Place.Index >= 0 && EventOf(letter) is { } found)
        {
            return new PayloadView(Redact(found), $"event {letter.Place.Index} of a record of {letter.Payload.Length:N0} bytes");
        }

        var bytes = letter.Payload.ToArray();
        var size = $"{bytes.Length:N0} bytes" + (letter.IsTruncated ? " (only the beginning of the record is kept)" : "");
        if (Base64(bytes) is { } decoded)
        {
            (bytes, size) = (decoded, size + ", base64");
        }

        if (bytes is [0x1F, 0x8B, ..])
        {
            var inflated = Inflate(new GZipStream(new MemoryStream(bytes), CompressionMode.Decompress), out var whole);
            return new PayloadView(Redact(inflated), $"{size}, gzip" + (whole ? "" : $", of which {inflated.Length:N0} bytes inflate"));
        }

        if (bytes is [0x28, 0xB5, 0x2F, 0xFD, ..])
        {
            var inflated = Inflate(new ZstdSharp.DecompressionStream(new MemoryStream(bytes)), out var whole);
            return new PayloadView(Redact(inflated), $"{size}, zstd" + (whole ? "" : $", of which {inflated.Length:N0} bytes inflate"));
        }

        return new PayloadView(Redact(bytes), size);
    }

    /// <param name="format">auto, json, text or hex.</param>
    /// <param name="bytesMax">How much of it.</param>
    /// <param name="output">Gets lines.</param>
    public void Write(string format, int bytesMax, TextWriter output)
    {
        var json = format is "auto" or "json" ? Pretty() : null;
        if (format == "json" && json is null)
        {
            output.WriteLine("(no JSON; as text:)");
        }

        if (json is null && (format == "hex" || (format == "auto" && !Utf8.IsValid(_bytes))))
        {
            WriteHex(bytesMax, output);
            return;
        }

        var text = json ?? Encoding.UTF8.GetString(_bytes);
        var shown = text.Length > bytesMax ? text[..bytesMax] : text;
        foreach (var line in shown.Split('\n'))
        {
            output.WriteLine(PlainText.Of(line.TrimEnd('\r'), int.MaxValue));
        }

        WriteRest(text.Length - shown.Length, output);
    }

    private static byte[]? EventOf(StoredDeadLetter letter)
    {
        using var zstd = new ZstdInflater();
        var events = new EventBatch();
        new EventDecoder(DecodeLimits.Default, zstd).Decode(letter.Payload.Span, 0, events, []);
        return letter.Place.Index < events.Count ? events.Record(letter.Place.Index).ToArray() : null;
    }

    /// <summary>What a text of base64 stands for; null for any other.</summary>
    private static byte[]? Base64(byte[] bytes)
    {
        var text = Encoding.ASCII.GetString(bytes).Trim();
        var decoded = new byte[text.Length];
        return text.Length >= Base64TextMin && Convert.TryFromBase64String(text, decoded, out var length) ? decoded[..length] : null;
    }

    private static byte[] Redact(byte[] bytes)
    {
        var redacted = new ByteBuffer(bytes.Length + 64);
        return Secrets.Redact(bytes, redacted) ? redacted.Written.ToArray() : bytes;
    }

    private static byte[] Inflate(Stream compressed, out bool whole)
    {
        using var memory = new MemoryStream();
        var buffer = new byte[16 * 1024];
        whole = false;
        using (compressed)
        {
            try
            {
                while (memory.Length < InflatedMax)
                {
                    var read = compressed.Read(buffer);
                    if (read == 0)
                    {
                        whole = true;
                        break;
                    }

                    memory.Write(buffer, 0, read);
                }
            }
            catch (Exception e) when (e is IOException or InvalidDataException or ZstdSharp.ZstdException)
            {
                // It breaks here: that may be why it is a dead letter.
            }
        }

        return memory.ToArray();
    }

    private string? Pretty()
    {
        try
        {
            using var parsed = JsonDocument.Parse(_bytes, new JsonDocumentOptions { MaxDepth = 128 });
            return JsonSerializer.Serialize(parsed, Indented);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    /// <summary><c>00000010  7b 22 65 76 …  {"ev…</c></summary>
    private void WriteHex(int bytesMax, TextWriter output)
    {
        var shown = Math.Min(bytesMax, _bytes.Length);
        for (var at = 0; at < shown; at += 16)
        {
            var row = _bytes.AsSpan(at, Math.Min(16, shown - at));
            var text = new StringBuilder(16);
            foreach (var b in row)
            {
                text.Append(b is >= 0x20 and < 0x7F ? (char)b : '.');
            }

            output.WriteLine($"{at:x8}  {string.Join(' ', row.ToArray().Select(b => b.ToString("x2"))),-47}  {text}");
        }

        WriteRest(_bytes.Length - shown, output);
    }

    private static void WriteRest(int left, TextWriter output)
    {
        if (left > 0)
        {
            output.WriteLine($"… {left:N0} more; --bytes shows more of it, --raw writes the payload as it is.");
        }
    }
}
