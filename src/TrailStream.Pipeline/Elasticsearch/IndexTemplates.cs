using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Microsoft.Extensions.Logging;

namespace TrailStream.Pipeline.Elasticsearch;

/// <summary>The index template for <c>trailstream-cloudtrail-*</c>, embedded in this assembly.</summary>
internal static partial class IndexTemplates
{
    /// <summary>Number in the template's <c>version</c>; a template of the same or a later one is left alone.</summary>
    private const int Version = 2;

    private const string ComponentPath = "/_component_template/trailstream-mappings";
    private const string Path = "/_index_template/trailstream-cloudtrail";

    public static async Task InstallAsync(BulkConnection connection, bool isOpenSearch, ILogger logger, CancellationToken cancellationToken)
    {
        if (await VersionThereAsync(connection, cancellationToken).ConfigureAwait(false) >= Version)
        {
            return;
        }

        // The component first: the index template refers to it.
        var flavor = isOpenSearch ? "opensearch" : "elasticsearch";
        if (await PutAsync(connection, ComponentPath, flavor + "-mappings.json", logger, cancellationToken).ConfigureAwait(false))
        {
            await PutAsync(connection, Path, flavor + "-index.json", logger, cancellationToken).ConfigureAwait(false);
        }
    }

    private static async Task<bool> PutAsync(
        BulkConnection connection, string path, string name, ILogger logger, CancellationToken cancellationToken)
    {
        using var resource = typeof(IndexTemplates).Assembly.GetManifestResourceStream($"TrailStream.Pipeline.Elasticsearch.Templates.{name}")
            ?? throw new InvalidOperationException($"{name} is not embedded.");
        using var content = new StreamContent(resource);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        using var response = await connection.SendAsync(HttpMethod.Put, path, content, cancellationToken).ConfigureAwait(false);
        if (response.StatusCode is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden)
        {
            NotAllowed(logger);
        }
        else if (!response.IsSuccessStatusCode)
        {
            var answer = await response.Content.ReadAsStringAsync(cancellationToken).ConfigureAwait(false);
            Refused(logger, path, (int)response.StatusCode, answer.Length > 500 ? answer[..500] : answer);
        }

        return response.IsSuccessStatusCode;
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

    [LoggerMessage(6110, LogLevel.Warning, "The index template trailstream-cloudtrail is missing or old, and the user may not install it: "
        + "grant manage_index_templates once, or set elasticsearch.setup to false.")]
    private static partial void NotAllowed(ILogger logger);

    [LoggerMessage(6111, LogLevel.Warning, "The template {path} was refused: HTTP {status} {answer}")]
    private static partial void Refused(ILogger logger, string path, int status, string answer);
}
