using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace TrailStream.Testing.Oracle;

/// <summary>One record as the oracle sees it: every member as a decoded string, "" where it is missing or of another type.</summary>
public sealed partial class OracleEvent
{
    private readonly JsonElement _root;

    private OracleEvent(JsonElement root)
    {
        _root = root;
        Id = Text("eventID");
        Source = Text("eventSource");
        Name = Text("eventName");
        Type = Text("userIdentity", "type");
        Arn = Text("userIdentity", "arn");
        PrincipalId = Text("userIdentity", "principalId");
        Account = Text("userIdentity", "accountId");
        UserName = Text("userIdentity", "userName");
        InvokedBy = Text("userIdentity", "invokedBy");
        OnBehalfOf = Text("userIdentity", "onBehalfOf", "userId");
        SourceIdentity = Text("userIdentity", "sessionContext", "sourceIdentity");
        Key = WellFormed(Text("userIdentity", "accessKeyId"));
        IssuedKey = WellFormed(Text("responseElements", "credentials", "accessKeyId"));
        Time = TimeOf("eventTime") ?? 0;
        Created = TimeOf("userIdentity", "sessionContext", "attributes", "creationDate");
    }

    public string Id { get; }

    public string Source { get; }

    public string Name { get; }

    public bool Failed => Text("errorCode").Length > 0;

    public string Type { get; }

    public string Arn { get; }

    public string PrincipalId { get; }

    public string Account { get; }

    public string UserName { get; }

    public string InvokedBy { get; }

    public string OnBehalfOf { get; }

    public string SourceIdentity { get; }

    /// <summary>The key that signed, "" unless it is formed as AWS forms them.</summary>
    public string Key { get; }

    /// <summary>The key that was issued, "" unless it is formed as AWS forms them.</summary>
    public string IssuedKey { get; }

    /// <summary>Unix seconds.</summary>
    public long Time { get; }

    /// <summary>When the acting session was made.</summary>
    public long? Created { get; }

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
        if (text.Length == 0)
        {
            return null;
        }

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
