using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using TrailStream.Pipeline.Elasticsearch;
using TrailStream.Pipeline.Sqlite;

namespace TrailStream.Who;

/// <summary>Elasticsearch or OpenSearch as a store: term queries and aggregations over documents of the ecs form; the cloudtrail form has only its
/// <c>trailstream</c> members mapped, so that keys and ARNs are not found in it.</summary>
internal sealed class ElasticsearchTrailStore : ITrailStore
{
    private const int GroupsMax = 500;
    private const int SourceIpsMax = 20;
    private const string Attribution = "trailstream.attribution.";
    private const string Identity = "aws.cloudtrail.user_identity.";

    private readonly HttpClient _http;

    public ElasticsearchTrailStore(BulkOptions server)
    {
        _http = BulkConnection.CreateClient(server);
        _http.BaseAddress = server.Urls[0];
        _http.DefaultRequestHeaders.Authorization = BulkConnection.Authorization(server);
    }

    public Task<JsonDocument?> EventAsync(string id, CancellationToken cancellationToken) =>
        FirstAsync(new JsonArray(new JsonObject { ["ids"] = new JsonObject { ["values"] = new JsonArray(id) } }), cancellationToken);

    public Task<JsonDocument?> UseOfKeyAsync(string key, CancellationToken cancellationToken) =>
        FirstAsync(new JsonArray(Term(Identity + "access_key_id", key)), cancellationToken);

    public Task<JsonDocument?> GrantOfKeyAsync(string key, CancellationToken cancellationToken) => FirstAsync(
        new JsonArray(Term("aws.cloudtrail.flattened.response_elements.credentials.accessKeyId", key), Term(Attribution + "chain.issued_key", key)), cancellationToken);

    public Task<JsonDocument?> UseOfArnAsync(string arn, CancellationToken cancellationToken) =>
        FirstAsync(new JsonArray(Term(Identity + "arn", arn), Term(Identity + "session_context.session_issuer.arn", arn)), cancellationToken);

    /// <summary><c>{"hits":{"total":{"value":9}},"aggregations":{"first":{"value":1764000000000},"last":{…},"ips":{"buckets":[{"key":"198.51.100.7"}]}}}</c></summary>
    public async Task<KeyUse?> KeyUseAsync(string key, CancellationToken cancellationToken)
    {
        var query = Any(new JsonArray(Term(Identity + "access_key_id", key)));
        query["size"] = 0;
        query["track_total_hits"] = true;
        query["aggs"] = TimesAndPlaces();
        using var answer = await SearchAsync(query, cancellationToken).ConfigureAwait(false);
        var events = answer.RootElement.GetProperty("hits").GetProperty("total").GetProperty("value").GetInt64();
        return events == 0 ? null : Use(answer.RootElement.GetProperty("aggregations"), events);
    }

    public async Task<IReadOnlyList<StoredSession>> SessionsAsync(string person, CancellationToken cancellationToken)
    {
        var buckets = await CompositeAsync(
            new JsonArray(
                Term(Attribution + "origin.name", person),
                Term(Attribution + "origin.arn", person),
                Term(Attribution + "origin.id", person),
                new JsonObject { ["prefix"] = new JsonObject { [Attribution + "origin.name"] = person + "@" } }),
            new JsonArray(
                Source("origin", Attribution + "origin.name"),
                Source("session", Attribution + "session.name"),
                Source("role", Identity + "session_context.session_issuer.arn"),
                Source("account", "aws.cloudtrail.recipient_account_id")),
            cancellationToken).ConfigureAwait(false);
        return [.. buckets.Select(Session).OrderByDescending(session => session.Last)];
    }

    public async Task<IReadOnlyList<StoredRoleUse>> UsersOfRoleAsync(string roleArn, CancellationToken cancellationToken)
    {
        var buckets = await CompositeAsync(
            new JsonArray(Term(Identity + "session_context.session_issuer.arn", roleArn)),
            new JsonArray(
                Source("name", Attribution + "origin.name"), Source("id", Attribution + "origin.id"), Source("type", Attribution + "origin.type"),
                Source("status", Attribution + "status")),
            cancellationToken).ConfigureAwait(false);
        return [.. buckets.Select(bucket =>
        {
            var key = bucket.GetProperty("key");
            var use = Use(bucket, bucket.GetProperty("doc_count").GetInt64());
            return new StoredRoleUse(
                Documents.Text(key, "name") ?? Documents.Text(key, "id"), Documents.Text(key, "type"), Documents.Text(key, "status") ?? "unattributed",
                use.First, use.Last, use.SourceIps, use.Events);
        }).OrderByDescending(use => use.Events).ThenBy(use => use.Origin, StringComparer.Ordinal)];
    }

    public ValueTask DisposeAsync()
    {
        _http.Dispose();
        return ValueTask.CompletedTask;
    }

    /// <summary><c>{"aggregations":{"groups":{"buckets":[{"key":{"session":…,"role":null,…},"doc_count":3,"first":…,"last":…,"ips":…}]}}}</c>; no
    /// aggregations where there is no index.</summary>
    private async Task<IReadOnlyList<JsonElement>> CompositeAsync(JsonArray terms, JsonArray sources, CancellationToken cancellationToken)
    {
        var query = Any(terms);
        query["size"] = 0;
        query["aggs"] = new JsonObject
        {
            ["groups"] = new JsonObject { ["composite"] = new JsonObject { ["size"] = GroupsMax, ["sources"] = sources }, ["aggs"] = TimesAndPlaces() },
        };
        using var answer = await SearchAsync(query, cancellationToken).ConfigureAwait(false);
        return answer.RootElement.TryGetProperty("aggregations", out var aggregations)
            ? [.. aggregations.GetProperty("groups").GetProperty("buckets").EnumerateArray().Select(bucket => bucket.Clone())]
            : [];
    }

    private static StoredSession Session(JsonElement bucket)
    {
        var key = bucket.GetProperty("key");
        var use = Use(bucket, bucket.GetProperty("doc_count").GetInt64());
        var role = Documents.Text(key, "role");
        return new StoredSession(
            Documents.Text(key, "session") ?? "(own keys)", role?[(role.LastIndexOf('/') + 1)..], Documents.Text(key, "account"),
            use.First, use.Last, use.SourceIps, use.Events);
    }

    private static KeyUse Use(JsonElement aggregations, long events) => new(
        Time(aggregations.GetProperty("first")), Time(aggregations.GetProperty("last")), events,
        [.. aggregations.GetProperty("ips").GetProperty("buckets").EnumerateArray().Select(bucket => bucket.GetProperty("key").GetString()!)]);

    /// <summary><c>{"value":1764000000000.0,…}</c>, milliseconds.</summary>
    private static DateTimeOffset Time(JsonElement value) => DateTimeOffset.FromUnixTimeMilliseconds((long)value.GetProperty("value").GetDouble());

    private static JsonObject Term(string field, string value) => new() { ["term"] = new JsonObject { [field] = value } };

    private static JsonObject Source(string name, string field) =>
        new() { [name] = new JsonObject { ["terms"] = new JsonObject { ["field"] = field, ["missing_bucket"] = true } } };

    private static JsonObject TimesAndPlaces() => new()
    {
        ["first"] = new JsonObject { ["min"] = new JsonObject { ["field"] = "@timestamp" } },
        ["last"] = new JsonObject { ["max"] = new JsonObject { ["field"] = "@timestamp" } },
        ["ips"] = new JsonObject { ["terms"] = new JsonObject { ["field"] = "source.address", ["size"] = SourceIpsMax } },
    };

    private static JsonObject Any(JsonArray terms) => new()
    {
        ["query"] = new JsonObject { ["bool"] = new JsonObject { ["filter"] = new JsonArray(new JsonObject { ["bool"] = new JsonObject { ["should"] = terms } }) } },
    };

    /// <summary>The best explained first: what is attributed before what is partial, then the earliest.</summary>
    private async Task<JsonDocument?> FirstAsync(JsonArray terms, CancellationToken cancellationToken)
    {
        var query = Any(terms);
        query["query"]!["bool"]!["should"] = new JsonArray(Better("attributed", 4), Better("direct", 4), Better("partial", 2));
        query["size"] = 1;
        query["sort"] = new JsonArray("_score", "@timestamp");
        using var answer = await SearchAsync(query, cancellationToken).ConfigureAwait(false);
        foreach (var hit in answer.RootElement.GetProperty("hits").GetProperty("hits").EnumerateArray())
        {
            return JsonDocument.Parse(hit.GetProperty("_source").GetRawText());
        }

        return null;

        static JsonObject Better(string status, int boost) => new()
        {
            ["constant_score"] = new JsonObject { ["filter"] = Term(Attribution + "status", status), ["boost"] = boost },
        };
    }

    /// <exception cref="HttpRequestException">The server cannot be reached or refuses; the message says what to do.</exception>
    private async Task<JsonDocument> SearchAsync(JsonObject query, CancellationToken cancellationToken)
    {
        using var response = await _http.PostAsJsonAsync("/trailstream-cloudtrail-*/_search?ignore_unavailable=true", query, cancellationToken).ConfigureAwait(false);
        if (response.StatusCode is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden)
        {
            throw new HttpRequestException($"{_http.BaseAddress} refuses (HTTP {(int)response.StatusCode}): reading trailstream-cloudtrail-* needs the privilege read.");
        }

        if (!response.IsSuccessStatusCode)
        {
            throw new HttpRequestException($"{_http.BaseAddress} answers HTTP {(int)response.StatusCode} to the search.");
        }

        return await JsonDocument.ParseAsync(
            await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false), default, cancellationToken).ConfigureAwait(false);
    }
}
