using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Microsoft.Extensions.Logging;

namespace TrailStream.Pipeline.Elasticsearch;

/// <summary>The index template for <c>trailstream-cloudtrail-*</c>, embedded in this assembly.</summary>
internal static partial class IndexTemplates
{
    /// <summary>Number in the template's <c>version</c>; a template of the same or a later one is left alone.</summary>
    private const int Version = 1;

    private const string Path = "/_index_template/trailstream-cloudtrail";

    public static async Task InstallAsync(BulkConnection connection, bool isOpenSearch, ILogger logger, CancellationToken cancellationToken)
    {
        if (await VersionThereAsync(connection, cancellationToken).ConfigureAwait(false) >= Version)
        {
            return;
        }

        var name = isOpenSearch ? "opensearch.json" : "elasticsearch.json";
        using var resource = typeof(IndexTemplates).Assembly.GetManifestResourceStream($"TrailStream.Pipeline.Elasticsearch.Templates.{name}")
            ?? throw new InvalidOperationException($"{name} is not embedded.");
        using var content = new StreamContent(resource);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        using var response = await connection.SendAsync(HttpMethod.Put, Path, content, cancellationToken).ConfigureAwait(false);
        if (response.StatusCode is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden)
        {
            NotAllowed(logger);
        }
        else if (!response.IsSuccessStatusCode)
        {
            var answer = await response.Content.ReadAsStringAsync(cancellationToken).ConfigureAwait(false);
            Refused(logger, (int)response.StatusCode, answer.Length > 500 ? answer[..500] : answer);
        }
    }

    /// <summary><c>{"index_templates":[{"index_template":{"version":1,…}}]}</c>; 0 where there is none.</summary>
    private static async Task<long> VersionThereAsync(BulkConnection connection, CancellationToken cancellationToken)
    {
        using var response = await connection.SendAsync(HttpMethod.Get, Path, null, cancellationToken).ConfigureAwait(false);
        if (!response.IsSuccessStatusCode)
        {
            return 0;
        }

        using var body = await JsonDocument.ParseAsync(
            await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false), default, cancellationToken).ConfigureAwait(false);
        return body.RootElement.TryGetProperty("index_templates", out var templates) && templates.GetArrayLength() > 0
            && templates[0].GetProperty("index_template").TryGetProperty("version", out var version) && version.TryGetInt64(out var number)
            ? number
            : 0;
    }

    [LoggerMessage(6110, LogLevel.Warning, "The index template trailstream-cloudtrail is missing or old, and the user may not install it: grant manage_index_templates once, or set elasticsearch.setup to false.")]
    private static partial void NotAllowed(ILogger logger);

    [LoggerMessage(6111, LogLevel.Warning, "The index template trailstream-cloudtrail was refused: HTTP {status} {answer}")]
    private static partial void Refused(ILogger logger, int status, string answer);
}
