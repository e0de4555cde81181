using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;

namespace TrailStream.Pipeline.Sqlite;

/// <summary>The columns of one event, read from its document of the cloudtrail form:
/// <c>{"userIdentity":{…},"eventSource":…,…,"trailstream":{"schema":"1","attribution":{…}}}</c>.</summary>
internal static class EventRow
{
    /// <summary>Values for <see cref="SqliteSchema.Columns"/>; null where the document has none.</summary>
    public static void Values(ReadOnlyMemory<byte> document, object?[] values)
    {
        using var parsed = JsonDocument.Parse(document, new JsonDocumentOptions { MaxDepth = 128 });
        var root = parsed.RootElement;
        var attribution = At(At(root, "trailstream"), "attribution");
        var origin = At(attribution, "origin");
        var identity = At(root, "userIdentity");
        var issuer = At(At(identity, "sessionContext"), "sessionIssuer");
        values[0] = Text(attribution, "status") ?? "unattributed";
        values[1] = Text(attribution, "reason") ?? "none";
        values[2] = Text(attribution, "method");
        values[3] = Text(attribution, "confidence");
        values[4] = Text(origin, "type");
        values[5] = Text(origin, "name");
        values[6] = Text(origin, "id");
        values[7] = Text(origin, "arn");
        values[8] = Text(origin, "account_id");
        values[9] = Text(identity, "type");
        values[10] = Text(identity, "arn");
        values[11] = Text(issuer, "arn");
        values[12] = Text(issuer, "userName");
        values[13] = Text(At(attribution, "session"), "name");
        values[14] = Text(identity, "accessKeyId");
        values[15] = Text(At(At(root, "responseElements"), "credentials"), "accessKeyId");
        values[16] = Text(root, "recipientAccountId");
        values[17] = Text(root, "awsRegion");
        values[18] = Text(root, "eventSource");
        values[19] = Text(root, "eventName");
        values[20] = Text(root, "sourceIPAddress");
        values[21] = Text(root, "errorCode");
        values[22] = At(attribution, "depth") is { ValueKind: JsonValueKind.Number } depth && depth.TryGetInt64(out var number) ? number : null;
        values[23] = Text(attribution, "path");
    }

    private static JsonElement At(JsonElement element, string name)
    {
        if (element.ValueKind != JsonValueKind.Object)
        {
            return default;
        }

        try
        {
            return element.TryGetProperty(name, out var value) ? value : default;
        }
        catch (InvalidOperationException)
        {
            // A sibling's name holds half a surrogate pair, which the parser will not unescape to compare it.
            return element.EnumerateObject().LastOrDefault(member => JsonMarshal.GetRawUtf8PropertyName(member).SequenceEqual(Encoding.UTF8.GetBytes(name))).Value;
        }
    }

    private static string? Text(JsonElement element, string name)
    {
        var value = At(element, name);
        try
        {
            return value.ValueKind == JsonValueKind.String && value.GetString() is { Length: > 0 } text ? text : null;
        }
        catch (InvalidOperationException)
        {
            // A lone surrogate: no text. The document keeps it as it came.
            return null;
        }
    }
}
