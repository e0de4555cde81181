using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace TrailStream.Testing.Oracle;

/// <summary>One record as the oracle sees it: every member as a decoded string, "" where it is missing or of another type.</summary>
public sealed partial class OracleEvent
{
    private readonly JsonElement _root;

    private OracleEvent(JsonElement root) => _root = root;

    public string Id => Text("eventID");

    public string Source => Text("eventSource");

    public string Name => Text("eventName");

    public bool Failed => Text("errorCode").Length > 0;

    public string Type => Text("userIdentity", "type");

    public string Arn => Text("userIdentity", "arn");

    public string PrincipalId => Text("userIdentity", "principalId");

    public string Account => Text("userIdentity", "accountId");

    public string UserName => Text("userIdentity", "userName");

    public string InvokedBy => Text("userIdentity", "invokedBy");

    public string OnBehalfOf => Text("userIdentity", "onBehalfOf", "userId");

    public string SourceIdentity => Text("userIdentity", "sessionContext", "sourceIdentity");

    /// <summary>The key that signed, "" unless it is formed as AWS forms them.</summary>
    public string Key => WellFormed(Text("userIdentity", "accessKeyId"));

    /// <summary>The key that was issued, "" unless it is formed as AWS forms them.</summary>
    public string IssuedKey => WellFormed(Text("responseElements", "credentials", "accessKeyId"));

    /// <summary>Unix seconds.</summary>
    public long Time => TimeOf("eventTime") ?? 0;

    /// <summary>When the acting session was made.</summary>
    public long? Created => TimeOf("userIdentity", "sessionContext", "attributes", "creationDate");

    public bool IsInsight => Has("insightDetails");

    /// <summary>True for a member account's root session of which the event itself says that AssumeRoot made it.</summary>
    public bool IsAssumedRoot => Find("userIdentity", "sessionContext", "assumedRoot") is { } flag
        && (flag.ValueKind == JsonValueKind.True || (flag.ValueKind == JsonValueKind.String && flag.GetString() == "true"));

    public static OracleEvent Parse(ReadOnlyMemory<byte> record)
    {
        using var document = JsonDocument.Parse(record);
        return new OracleEvent(document.RootElement.Clone());
    }

    public string Text(params ReadOnlySpan<string> path) => Find(path) is { ValueKind: JsonValueKind.String } found ? found.GetString()! : "";

    public bool Has(params ReadOnlySpan<string> path) => Find(path) is not null;

    /// <summary>Seconds, whether a number or digits in a string.</summary>
    public long? Number(params ReadOnlySpan<string> path) => Find(path) switch
    {
        { ValueKind: JsonValueKind.Number } number when number.TryGetInt32(out var value) => value,
        { ValueKind: JsonValueKind.String } text when int.TryParse(text.GetString(), CultureInfo.InvariantCulture, out var value) => value,
        _ => null,
    };

    /// <summary>ISO, basic ISO, and the two ways in which Java wrote <c>expiration</c> (newer ones with U+202F before AM and PM).</summary>
    public long? TimeOf(params ReadOnlySpan<string> path)
    {
        var text = Text(path).Replace('\u202F', ' ').Replace('\u00A0', ' ');
        string[] formats = ["yyyy-MM-dd'T'HH:mm:ss'Z'", "yyyyMMdd'T'HHmmss'Z'", "MMM d, yyyy, h:mm:ss tt", "MMM d, yyyy h:mm:ss tt"];
        const DateTimeStyles Utc = DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal;
        return DateTimeOffset.TryParseExact(text, formats, CultureInfo.InvariantCulture, Utc, out var time) ? time.ToUnixTimeSeconds() : null;
    }

    private static string WellFormed(string key) => KeyForm().IsMatch(key) ? key : "";

    [GeneratedRegex("^(AKIA|ASIA)[A-Z0-9]{12,}\\z")]
    private static partial Regex KeyForm();

    private JsonElement? Find(params ReadOnlySpan<string> path)
    {
        var at = _root;
        foreach (var step in path)
        {
            if (at.ValueKind != JsonValueKind.Object || !at.TryGetProperty(step, out at))
            {
                return null;
            }
        }

        return at;
    }
}
