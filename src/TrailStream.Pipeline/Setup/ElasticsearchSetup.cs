using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using TrailStream.Pipeline.Elasticsearch;

namespace TrailStream.Pipeline.Setup;

/// <summary>Makes a cluster ready for the stream: lifecycle, templates, roles, the writer's API key, aliases; then asks the cluster what a day's
/// index would get. May be repeated, also from several nodes at once.</summary>
public sealed class ElasticsearchSetup : IDisposable
{
    private readonly SetupRequest _request;
    private readonly TimeProvider _clock;
    private readonly BulkConnection _http;
    private readonly SetupConnection _connection;
    private readonly ObjectInstaller _installer;
    private readonly List<SetupRow> _rows = [];

    public ElasticsearchSetup(BulkOptions options, SetupRequest request, TimeProvider clock)
    {
        _request = request;
        _clock = clock;
        _http = new BulkConnection(options);
        _connection = new SetupConnection(_http);
        _installer = new ObjectInstaller(_connection, request.IsDryRun);
    }

    /// <exception cref="HttpRequestException">The server cannot be reached, refuses the login, or is of the other kind.</exception>
    public async Task<SetupReport> RunAsync(CancellationToken cancellationToken)
    {
        var features = await ClusterFeatures.DetectAsync(_connection, cancellationToken).ConfigureAwait(false);
        var server = (features.IsOpenSearch ? "OpenSearch " : "Elasticsearch ") + features.Version;
        if (features.IsOpenSearch != _request.IsOpenSearch)
        {
            throw new HttpRequestException($"this is {server}: use `trailstream setup {(features.IsOpenSearch ? "opensearch" : "elasticsearch")}`.");
        }

        var before = await ChoicesBeforeAsync(_connection, cancellationToken).ConfigureAwait(false);
        if (before.Refusal is { } refusal)
        {
            // Without the earlier choices nothing can be put that would not revert them.
            _rows.Add(new SetupRow("index template", SetupObjects.Alias, SetupOutcome.Failed, "may not be looked at: " + refusal));
            return new SetupReport(server, _rows, null);
        }

        var choices = _request.Choices.Over(before.Choices);
        await LifecycleAsync(features, choices, cancellationToken).ConfigureAwait(false);
        foreach (var wanted in Templates(features, choices))
        {
            _rows.Add(await _installer.InstallAsync(wanted, cancellationToken).ConfigureAwait(false));
        }

        var secret = await SecurityAsync(features, cancellationToken).ConfigureAwait(false);
        var aliases = new ExistingIndices(_connection, _request.IsDryRun);
        _rows.Add(await aliases.AlignAsync(choices.RulesAlias == true, cancellationToken).ConfigureAwait(false));
        if (!_request.IsDryRun)
        {
            _rows.Add(await CheckAsync(cancellationToken).ConfigureAwait(false));
        }

        return new SetupReport(server, _rows, secret);
    }

    public void Dispose() => _http.Dispose();

    /// <summary>What a full set-up puts, in order: for --print, without asking a server.</summary>
    public static IReadOnlyList<(string What, string Method, string Path, string Body)> Requests(SetupRequest request)
    {
        var choices = request.Choices.Over(new SetupChoices());
        var features = new ClusterFeatures(request.IsOpenSearch, IsServerless: false, "", HasLifecycle: true, HasSecurity: !request.IsOpenSearch);
        var requests = new List<(string, string, string, string)>();
        if (request.IsOpenSearch)
        {
            requests.Add(("lifecycle policy", "PUT", SetupObjects.IsmPath, Text(SetupObjects.Ism(choices))));
        }
        else
        {
            Add(SetupObjects.Ilm(choices));
        }

        foreach (var wanted in Templates(features, choices))
        {
            Add(wanted);
        }

        if (!request.IsOpenSearch)
        {
            Add(SetupObjects.WriterRole());
            Add(SetupObjects.ReaderRole());
            if (request.WithApiKey)
            {
                requests.Add(("API key (each run makes another; the answer's \"encoded\" is what elasticsearch.api_key_file holds)", "POST", "/_security/api_key",
                    Text(WriterKey.Request(request.ApiKeyDays, Environment.MachineName))));
            }
        }

        return requests;

        void Add(SetupObject wanted) => requests.Add((wanted.What, "PUT", wanted.Path, Text(wanted.Body)));

        static string Text(JsonNode body) => body.ToJsonString(new JsonSerializerOptions { WriteIndented = true });
    }

    /// <summary>The choices of an earlier set-up, none where there was none; or why they may not be looked at.
    /// <c>{"index_templates":[{"index_template":{"_meta":{"managed_by":"trailstream","choices":{…}}}}]}</c></summary>
    internal static async Task<(SetupChoices Choices, string? Refusal)> ChoicesBeforeAsync(SetupConnection connection, CancellationToken cancellationToken)
    {
        var there = await connection.SendAsync(HttpMethod.Get, SetupObjects.IndexTemplatePath, null, cancellationToken).ConfigureAwait(false);
        if (!there.IsSuccess && there.Status != HttpStatusCode.NotFound)
        {
            return (new SetupChoices(), there.Refusal);
        }

        var mark = SetupObjects.IndexTemplate(new SetupChoices()).MarkIn(there.Body);
        return ObjectInstaller.Mark.Read(mark).IsOurs && mark.TryGetProperty("choices", out var choices) && choices.ValueKind == JsonValueKind.Object
            ? (SetupChoices.FromJson(choices), null)
            : (new SetupChoices(), null);
    }

    /// <summary>Components before the templates that name them.</summary>
    internal static IEnumerable<SetupObject> Templates(ClusterFeatures features, SetupChoices choices)
    {
        yield return SetupObjects.Mappings(features.IsOpenSearch);
        yield return SetupObjects.Settings(choices, features.IsServerless);
        yield return SetupObjects.IndexTemplate(choices);
        if (features is { IsOpenSearch: false, HasLifecycle: true })
        {
            yield return SetupObjects.DaysTemplate(choices);
        }
    }

    private async Task LifecycleAsync(ClusterFeatures features, SetupChoices choices, CancellationToken cancellationToken)
    {
        if (!features.HasLifecycle)
        {
            var why = features.IsServerless ? "a serverless project has no ILM"
                : features.IsOpenSearch ? "this OpenSearch runs without the index-management plug-in (ISM)"
                : "this Elasticsearch runs without ILM";
            _rows.Add(new SetupRow("lifecycle policy", "trailstream", SetupOutcome.Skipped, why + ": delete old trailstream-cloudtrail-* indices by a job of your own"));
            return;
        }

        _rows.Add(features.IsOpenSearch
            ? await new IsmPolicy(_connection, _request.IsDryRun).InstallAsync(choices, cancellationToken).ConfigureAwait(false)
            : await _installer.InstallAsync(SetupObjects.Ilm(choices), cancellationToken).ConfigureAwait(false));
    }

    private async Task<string?> SecurityAsync(ClusterFeatures features, CancellationToken cancellationToken)
    {
        if (!features.HasSecurity)
        {
            _rows.Add(new SetupRow(
                "roles, API key", "", SetupOutcome.Skipped,
                features.IsOpenSearch ? "OpenSearch: map users to the two roles that docs/elasticsearch.md prints" : "security is off: whoever reaches the port may do anything"));
            return null;
        }

        _rows.Add(await _installer.InstallAsync(SetupObjects.WriterRole(), cancellationToken).ConfigureAwait(false));
        _rows.Add(await _installer.InstallAsync(SetupObjects.ReaderRole(), cancellationToken).ConfigureAwait(false));
        if (!_request.WithApiKey)
        {
            _rows.Add(new SetupRow(
                "API key", WriterKey.Name, SetupOutcome.Skipped, "nobody asked for it: --api-key-out FILE writes one, --api-key-out - prints it"));
            return null;
        }

        var key = new WriterKey(_connection, _request.ApiKeyFile, _request.ApiKeyDays, _clock);
        _rows.Add(await key.InstallAsync(_request.IsDryRun, cancellationToken).ConfigureAwait(false));
        return key.Secret;
    }

    /// <summary>Asks what an index of today would be made of: a template of somebody else with a higher priority would win over ours, silently.
    /// <c>{"template":{"mappings":{"_meta":{"product":"trailstream"},…}},"overlapping":[{"name":"all","index_patterns":["*"]}]}</c></summary>
    private async Task<SetupRow> CheckAsync(CancellationToken cancellationToken)
    {
        var index = $"trailstream-cloudtrail-{_clock.GetUtcNow():yyyy.MM.dd}";
        const string What = "check";
        var answer = await _connection.SendAsync(HttpMethod.Post, "/_index_template/_simulate_index/" + index, null, cancellationToken).ConfigureAwait(false);
        if (!answer.IsSuccess)
        {
            return answer.Status == HttpStatusCode.NotFound
                ? new SetupRow(What, index, SetupOutcome.Failed, "no template matches it")
                : new SetupRow(What, index, SetupOutcome.Failed, answer.Refusal);
        }

        var isOurs = answer.Body.TryGetProperty("template", out var template) && template.TryGetProperty("mappings", out var mappings)
            && mappings.TryGetProperty("_meta", out var meta) && meta.TryGetProperty("product", out var product) && product.GetString() == SetupObject.Owner;
        return isOurs
            ? new SetupRow(What, index, SetupOutcome.Verified, "would get these mappings")
            : new SetupRow(What, index, SetupOutcome.Failed, "another template with a higher priority takes trailstream-cloudtrail-*: GET _index_template lists them");
    }
}
