using System.Text.Json;

namespace TrailStream.Testing.Oracle;

/// <summary>Reads the member <c>attribution</c> of a document.</summary>
public static class AttributionReader
{
    /// <summary>The attribution in <c>{"schema":"1","attribution":{…}}</c>.</summary>
    public static JsonElement Parse(ReadOnlyMemory<byte> trailstream)
    {
        using var document = JsonDocument.Parse(trailstream);
        return document.RootElement.GetProperty("attribution").Clone();
    }

    /// <summary>A string (or the raw text of another value) below an element; "" where any step is missing.</summary>
    public static string TextAt(this JsonElement element, params ReadOnlySpan<string> path)
    {
        foreach (var step in path)
        {
            if (element.ValueKind != JsonValueKind.Object || !element.TryGetProperty(step, out element))
            {
                return "";
            }
        }

        return element.ValueKind == JsonValueKind.String ? element.GetString()! : element.GetRawText();
    }

    public static HashSet<string> EvidenceIds(this JsonElement attribution) =>
        attribution.TryGetProperty("evidence", out var evidence)
            ? [.. evidence.GetProperty("event_ids").EnumerateArray().Select(id => id.GetString()!)]
            : [];
}
