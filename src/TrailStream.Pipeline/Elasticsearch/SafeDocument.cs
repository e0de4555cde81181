using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using TrailStream.Pipeline.Sinks;

namespace TrailStream.Pipeline.Elasticsearch;

/// <summary>What is written instead of a document that the mapping refuses: found by id, time and tag, with the whole document as one text.</summary>
internal static class SafeDocument
{
    /// <summary>Servers quote the document in their reasons; the beginning says what is wrong.</summary>
    private const int MaxReasonLength = 1000;

    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>False when the document is already of this form.</summary>
    public static bool TryMake(BulkDocument document, string? reason, out BulkDocument safe)
    {
        safe = default;
        if (document.Original is not null)
        {
            return false;
        }

        var (batch, number, _) = document;
        var entry = batch.Entries[number];
        var made = new DocumentBatch { Form = batch.Form, Origin = batch.Origin };
        using var memory = new MemoryStream();
        using (var json = new Utf8JsonWriter(memory, Options))
        {
            json.WriteStartObject();
            json.WriteString("@timestamp", DateTimeOffset.FromUnixTimeSeconds(entry.EventTime));
            json.WriteStartArray("tags");
            json.WriteStringValue("trailstream-fallback");
            json.WriteEndArray();
            json.WriteStartObject("data_stream");
            json.WriteString("type", "logs");
            json.WriteString("dataset", "aws.cloudtrail");
            json.WriteString("namespace", "trailstream");
            json.WriteEndObject();
            json.WriteStartObject("event");
            json.WriteString("id", Encoding.UTF8.GetString(batch.Id(number)));
            json.WriteString("kind", "event");
            json.WriteString("module", "aws");
            json.WriteString("dataset", "aws.cloudtrail");
            json.WriteEndObject();
            json.WriteStartObject("trailstream");
            json.WriteString("fallback_reason", reason is { Length: > MaxReasonLength } ? reason[..MaxReasonLength] : reason ?? "");
            json.WriteString("raw", batch.Document(number));
            json.WriteEndObject();
            json.WriteEndObject();
        }

        made.Bytes.Append(memory.ToArray());
        made.Ids.Append(batch.Id(number));
        made.Entries.Add(entry with { Offset = 0, Length = made.Bytes.Length, IdOffset = 0 });
        safe = new BulkDocument(made, 0, 0) { Original = (batch, number) };
        return true;
    }
}
