using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using TrailStream.Pipeline.Elasticsearch;

namespace TrailStream.Pipeline.Setup;

/// <summary>What the server said: status, the body where it is JSON, and why it refused, in a sentence.</summary>
internal readonly record struct SetupAnswer(HttpStatusCode Status, JsonElement Body, string Refusal)
{
    public bool IsSuccess => (int)Status is >= 200 and < 300;

    public bool IsForbidden => Status is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden;
}

/// <summary>JSON requests to the cluster for the set-up.</summary>
internal sealed class SetupConnection(BulkConnection connection)
{
    /// <summary>A refusal quotes at most this much of a server's text.</summary>
    private const int RefusalMax = 400;

    /// <exception cref="HttpRequestException">No answer, or one that may be another in a moment (429, 502 to 504).</exception>
    public async Task<SetupAnswer> SendAsync(HttpMethod method, string path, JsonNode? body, CancellationToken cancellationToken)
    {
        using var content = body is null ? null : new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json");
        using var response = await connection.SendAsync(method, path, content, cancellationToken).ConfigureAwait(false);
        var text = await response.Content.ReadAsStringAsync(cancellationToken).ConfigureAwait(false);
        var json = Parse(text);
        var refusal = response.IsSuccessStatusCode ? "" : Refusal(response.StatusCode, json, text);
        return response.StatusCode is HttpStatusCode.TooManyRequests or HttpStatusCode.BadGateway or HttpStatusCode.ServiceUnavailable
            or HttpStatusCode.GatewayTimeout
            ? throw new HttpRequestException(refusal, null, response.StatusCode)
            : new SetupAnswer(response.StatusCode, json, refusal);
    }

    internal static JsonElement Parse(string text)
    {
        try
        {
            using var document = JsonDocument.Parse(text);
            return document.RootElement.Clone();
        }
        catch (JsonException)
        {
            // A proxy's page: the status says what there is to know.
            return default;
        }
    }

    /// <summary><c>{"error":{"type":"security_exception","reason":"action […] is unauthorized …"},"status":403}</c>, or <c>{"error":"no handler …"}</c>.</summary>
    private static string Refusal(HttpStatusCode status, JsonElement json, string text)
    {
        var reason = text;
        if (json.ValueKind == JsonValueKind.Object && json.TryGetProperty("error", out var error))
        {
            reason = error.ValueKind == JsonValueKind.Object && error.TryGetProperty("reason", out var inner) ? inner.ToString() : error.ToString();
        }

        reason = Privileges.Missing(reason) ?? (reason.Length > RefusalMax ? reason[..RefusalMax] : reason).ReplaceLineEndings(" ");
        return status == HttpStatusCode.Unauthorized ? $"HTTP 401: user, password or API key are wrong ({reason})" : $"HTTP {(int)status}: {reason}";
    }
}
