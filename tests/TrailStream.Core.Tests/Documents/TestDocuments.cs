using System.Text;
using System.Text.Json;
using TrailStream.Core.Documents;

namespace TrailStream.Core.Tests.Documents;

/// <summary>Writes documents of records given as text.</summary>
internal static class TestDocuments
{
    /// <summary>2026-11-23T10:19:01.480Z.</summary>
    public const long IngestedAt = 1_795_429_141_480;

    public const string NoAttribution = """{"schema":"1","attribution":{"status":"not_applicable"}}""";

    public static string Write(DocumentForm form, string record, string attribution = NoAttribution, params (AttributionTermKind Kind, string Text)[] terms)
    {
        var output = new ByteBuffer(16);
        Write(new DocumentWriter(form), Encoding.UTF8.GetBytes(record), attribution, terms, output);
        return Encoding.UTF8.GetString(output.Written);
    }

    public static JsonElement Ecs(string record, string attribution = NoAttribution, params (AttributionTermKind Kind, string Text)[] terms)
    {
        using var document = JsonDocument.Parse(Write(DocumentForm.Ecs, record, attribution, terms), new JsonDocumentOptions { MaxDepth = 200 });
        return document.RootElement.Clone();
    }

    public static void Write(
        DocumentWriter writer, byte[] record, string attribution, (AttributionTermKind Kind, string Text)[] terms, ByteBuffer output)
    {
        var json = Encoding.UTF8.GetBytes(attribution);
        var places = terms.Select(term =>
        {
            var text = Encoding.UTF8.GetBytes(term.Text);
            return new AttributionTerm(term.Kind, json.AsSpan().IndexOf(text), text.Length);
        }).ToArray();
        var fields = TestFields.Find(record);
        writer.Write(record, in fields, new AttributionText(json, places), IngestedAt, output);
    }

    /// <summary>The value at a dotted path; arrays as [a,b].</summary>
    public static string? At(this JsonElement document, string path)
    {
        foreach (var name in path.Split('.'))
        {
            if (document.ValueKind != JsonValueKind.Object || !document.TryGetProperty(name, out document))
            {
                return null;
            }
        }

        return document.ValueKind == JsonValueKind.String ? document.GetString() : document.GetRawText();
    }
}
