using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using TrailStream.Pipeline.Elasticsearch;
using TrailStream.Pipeline.Setup.Kibana;

namespace TrailStream.Pipeline.Setup;

/// <summary>Brings data view, searches and dashboards into Kibana or OpenSearch Dashboards, and the detection rules into Kibana.</summary>
public sealed class DashboardSetup : IDisposable
{
    private readonly bool _isOpenSearch;
    private readonly bool _isDryRun;
    private readonly string _prefix;
    private readonly HttpClient _http;
    private readonly BulkOptions _options;

    /// <param name="options">How to reach Kibana or Dashboards: address and credentials.</param>
    /// <param name="isOpenSearch">OpenSearch Dashboards instead of Kibana.</param>
    /// <param name="space">Kibana's space; null for the default one.</param>
    /// <param name="isDryRun">Looks and reports; changes nothing.</param>
    public DashboardSetup(BulkOptions options, bool isOpenSearch, string? space, bool isDryRun)
    {
        _options = options;
        _isOpenSearch = isOpenSearch;
        _isDryRun = isDryRun;
        _prefix = space is null ? "" : "/s/" + Uri.EscapeDataString(space);
        _http = BulkConnection.CreateClient(options);
        _http.DefaultRequestHeaders.Authorization = BulkConnection.Authorization(options);

        // Both refuse changes without it: a browser on another site cannot send it.
        _http.DefaultRequestHeaders.Add(isOpenSearch ? "osd-xsrf" : "kbn-xsrf", "trailstream");
    }

    /// <summary>The saved objects, a line each.</summary>
    public static IEnumerable<string> ObjectLines(bool isOpenSearch) =>
        (isOpenSearch ? OpenSearchObjects.All() : KibanaObjects.All()).Select(SavedObject.Line);

    /// <summary>The detection rules, a line each.</summary>
    public static IEnumerable<string> RuleLines() => DetectionRules.All.Select(rule => SavedObject.Line(rule.ToJson()));

    /// <exception cref="HttpRequestException">The server cannot be reached.</exception>
    public async Task<IReadOnlyList<SetupRow>> RunAsync(CancellationToken cancellationToken)
    {
        var rows = new List<SetupRow> { await ObjectsAsync(cancellationToken).ConfigureAwait(false) };
        if (_isOpenSearch)
        {
            rows.Add(new SetupRow("detection rules", "", SetupOutcome.Skipped, "OpenSearch has none of that kind: docs/elasticsearch.md has their queries for monitors"));
            return rows;
        }

        foreach (var rule in DetectionRules.All)
        {
            rows.Add(await RuleAsync(rule, cancellationToken).ConfigureAwait(false));
        }

        return rows;
    }

    public void Dispose() => _http.Dispose();

    /// <summary>All in one request; objects of the same ids are replaced. Answers
    /// <c>{"success":true,"successCount":15,"errors":[{"id":…,"type":…,"error":{"type":"missing_references"}}]}</c>.</summary>
    private async Task<SetupRow> ObjectsAsync(CancellationToken cancellationToken)
    {
        const string What = "saved objects";
        var lines = ObjectLines(_isOpenSearch).ToList();
        var name = $"trailstream-* ({lines.Count})";
        if (_isDryRun)
        {
            return new SetupRow(What, name, SetupOutcome.Created, "objects of the same ids are replaced");
        }

        using var file = new ByteArrayContent(Encoding.UTF8.GetBytes(string.Join('\n', lines) + "\n"));
        file.Headers.ContentType = new MediaTypeHeaderValue("application/ndjson");
        using var form = new MultipartFormDataContent { { file, "file", "trailstream.ndjson" } };
        var (status, body, refusal) = await SendAsync(HttpMethod.Post, "/api/saved_objects/_import?overwrite=true", form, cancellationToken).ConfigureAwait(false);
        if (refusal is not null)
        {
            return new SetupRow(What, name, SetupOutcome.Failed, refusal);
        }

        if (body.ValueKind == JsonValueKind.Object && body.TryGetProperty("success", out var success) && success.ValueKind == JsonValueKind.True)
        {
            return new SetupRow(What, name, SetupOutcome.Created, $"{body.GetProperty("successCount")} imported");
        }

        var errors = body.ValueKind == JsonValueKind.Object && body.TryGetProperty("errors", out var list) && list.ValueKind == JsonValueKind.Array
            ? string.Join("; ", list.EnumerateArray().Take(3).Select(error => $"{error.GetProperty("id")}: {error.GetProperty("error").GetProperty("type")}"))
            : $"HTTP {(int)status} with an answer that is none of the import's";
        return new SetupRow(What, name, SetupOutcome.Failed, errors);
    }

    /// <summary>A rule that stands keeps its users' switches, actions and exceptions. GET answers the rule, with our mark in
    /// <c>"meta":{"managed_by":"trailstream","version":1}</c>, or 404.</summary>
    private async Task<SetupRow> RuleAsync(DetectionRule rule, CancellationToken cancellationToken)
    {
        const string What = "detection rule";
        const string Path = "/api/detection_engine/rules";
        var (status, there, refusal) = await SendAsync(
            HttpMethod.Get, $"{Path}?rule_id={Uri.EscapeDataString(rule.Id)}", null, cancellationToken).ConfigureAwait(false);
        var json = rule.ToJson();
        if (status == HttpStatusCode.NotFound)
        {
            return await PutAsync(HttpMethod.Post, SetupOutcome.Created, "disabled: switch it on in Kibana").ConfigureAwait(false);
        }

        if (refusal is not null || there.ValueKind != JsonValueKind.Object)
        {
            return new SetupRow(What, rule.Id, SetupOutcome.Failed, refusal ?? "the answer is no rule");
        }

        var mark = there.TryGetProperty("meta", out var meta) ? ObjectInstaller.Mark.Read(meta) : default;
        if (!mark.IsOurs)
        {
            return new SetupRow(What, rule.Id, SetupOutcome.Failed, "exists and is not ours (no meta.managed_by: trailstream): delete it, then set up again");
        }

        if (mark.Version >= rule.Version)
        {
            return new SetupRow(What, rule.Id, mark.Version == rule.Version ? SetupOutcome.Unchanged : SetupOutcome.Skipped,
                mark.Version == rule.Version ? "" : $"version {mark.Version} of a later TrailStream stands");
        }

        foreach (var member in DetectionRule.UsersMembers)
        {
            json.Remove(member);
        }

        return await PutAsync(HttpMethod.Patch, SetupOutcome.Upgraded, $"from version {mark.Version} to {rule.Version}").ConfigureAwait(false);

        async Task<SetupRow> PutAsync(HttpMethod method, SetupOutcome outcome, string detail)
        {
            if (_isDryRun)
            {
                return new SetupRow(What, rule.Id, outcome, detail);
            }

            using var content = new StringContent(json.ToJsonString(), Encoding.UTF8, "application/json");
            var answer = await SendAsync(method, Path, content, cancellationToken).ConfigureAwait(false);
            return answer.Refusal is null ? new SetupRow(What, rule.Id, outcome, detail) : new SetupRow(What, rule.Id, SetupOutcome.Failed, answer.Refusal);
        }
    }

    /// <summary>Refusals are <c>{"statusCode":403,"error":"Forbidden","message":"…"}</c> or <c>{"status_code":403,"message":"…"}</c>.</summary>
    private async Task<(HttpStatusCode Status, JsonElement Body, string? Refusal)> SendAsync(
        HttpMethod method, string path, HttpContent? content, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(method, new Uri(_options.Urls[0], _prefix + path)) { Content = content };
        using var response = await _http.SendAsync(request, cancellationToken).ConfigureAwait(false);
        var text = await response.Content.ReadAsStringAsync(cancellationToken).ConfigureAwait(false);
        var body = SetupConnection.Parse(text);
        if (response.IsSuccessStatusCode)
        {
            return (response.StatusCode, body, null);
        }

        var message = body.ValueKind == JsonValueKind.Object && body.TryGetProperty("message", out var found) ? found.ToString() : response.ReasonPhrase;
        return (response.StatusCode, body, $"HTTP {(int)response.StatusCode}: {message}");
    }
}
