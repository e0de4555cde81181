using System.Net;
using System.Text.Json;

namespace TrailStream.Pipeline.Setup;

/// <summary>What kind of cluster it is and what it has.</summary>
/// <param name="IsOpenSearch">Else Elasticsearch.</param>
/// <param name="IsServerless">An Elastic serverless project.</param>
/// <param name="Version">"8.19.16".</param>
/// <param name="HasLifecycle">ILM, or ISM on OpenSearch.</param>
/// <param name="HasSecurity">Users, roles and API keys.</param>
internal sealed record ClusterFeatures(bool IsOpenSearch, bool IsServerless, string Version, bool HasLifecycle, bool HasSecurity)
{
    /// <exception cref="HttpRequestException">The server refuses or is none; the message says what to do.</exception>
    public static async Task<ClusterFeatures> DetectAsync(SetupConnection connection, CancellationToken cancellationToken)
    {
        var root = await connection.SendAsync(HttpMethod.Get, "/", null, cancellationToken).ConfigureAwait(false);
        if (!root.IsSuccess)
        {
            throw new HttpRequestException(root.Refusal, null, root.Status);
        }

        // {"version":{"number":"8.19.16","build_flavor":"default"}} or {"version":{"distribution":"opensearch","number":"3.6.0"}}
        if (root.Body.ValueKind != JsonValueKind.Object || !root.Body.TryGetProperty("version", out var version) || version.ValueKind != JsonValueKind.Object)
        {
            throw new HttpRequestException("it answers, but it is no Elasticsearch or OpenSearch.");
        }

        var isOpenSearch = Text(version, "distribution") == "opensearch";
        var lifecycle = await connection.SendAsync(
            HttpMethod.Get, isOpenSearch ? SetupObjects.IsmPath : SetupObjects.IlmPath, null, cancellationToken).ConfigureAwait(false);
        var security = isOpenSearch
            ? new SetupAnswer(HttpStatusCode.NotFound, default, "")
            : await connection.SendAsync(HttpMethod.Get, "/_security/_authenticate", null, cancellationToken).ConfigureAwait(false);
        return new ClusterFeatures(
            isOpenSearch, Text(version, "build_flavor") == "serverless", Text(version, "number") ?? "?", Exists(lifecycle), security.IsSuccess);
    }

    /// <summary>200 and 404 (no such policy yet) come from the feature, 403 from its guard; a server without it says 400 "no handler found", 405,
    /// 410 (serverless) or 500.</summary>
    private static bool Exists(SetupAnswer answer) => answer.IsSuccess || answer.Status == HttpStatusCode.NotFound || answer.IsForbidden;

    private static string? Text(JsonElement version, string name) =>
        version.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
