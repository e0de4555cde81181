using System.Globalization;
using System.Text.Json;

namespace TrailStream.Who;

/// <summary>Reads documents of both forms.</summary>
internal static class Documents
{
    public static JsonElement At(JsonElement element, params ReadOnlySpan<string> path)
    {
        foreach (var step in path)
        {
            if (element.ValueKind != JsonValueKind.Object || !element.TryGetProperty(step, out element))
            {
                return default;
            }
        }

        return element;
    }

    public static string? Text(JsonElement element, params ReadOnlySpan<string> path)
    {
        var value = At(element, path);
        return value.ValueKind switch
        {
            JsonValueKind.String => value.GetString(),
            JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False => value.GetRawText(),
            _ => null,
        };
    }

    public static JsonElement Attribution(JsonElement document) => At(document, "trailstream", "attribution");

    public static string? EventId(JsonElement document) => Text(document, "eventID") ?? Text(document, "event", "id");

    public static string? Action(JsonElement document) => Text(document, "eventName") ?? Text(document, "event", "action");

    public static string? Service(JsonElement document) => Text(document, "eventSource") ?? Text(document, "event", "provider");

    public static string? SourceIp(JsonElement document) => Text(document, "sourceIPAddress") ?? Text(document, "source", "address");

    public static string? Account(JsonElement document) => Text(document, "recipientAccountId") ?? Text(document, "cloud", "account", "id");

    public static string? Error(JsonElement document) => Text(document, "errorCode") ?? Text(document, "aws", "cloudtrail", "error_code");

    public static DateTimeOffset Time(JsonElement document) =>
        DateTimeOffset.TryParse(Text(document, "eventTime") ?? Text(document, "@timestamp"), CultureInfo.InvariantCulture, out var time) ? time : default;

    public static string? LastRole(JsonElement document)
    {
        var roles = At(Attribution(document), "roles");
        return roles.ValueKind == JsonValueKind.Array && roles.GetArrayLength() > 0 ? roles[roles.GetArrayLength() - 1].GetString() : null;
    }
}
