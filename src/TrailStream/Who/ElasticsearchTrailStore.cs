using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using TrailStream.Pipeline.Sqlite;

namespace TrailStream.Who;

/// <summary>Elasticsearch or OpenSearch as a store: term queries on the documents' own fields, both forms.</summary>
internal sealed class ElasticsearchTrailStore : ITrailStore
{
    private const int EventsMax = 5000;
    private const string Attribution = "trailstream.attribution.";

    private readonly HttpClient _http;

    public ElasticsearchTrailStore(Uri url, AuthenticationHeaderValue? authorization)
    {
        _http = new HttpClient { BaseAddress = url, Timeout = TimeSpan.FromSeconds(30) };
        _http.DefaultRequestHeaders.Authorization = authorization;
    }

    public Task<JsonDocument?> EventAsync(string id, CancellationToken cancellationToken) =>
        FirstAsync([("event.id", id), ("eventID", id)], cancellationToken);

    public Task<JsonDocument?> UseOfKeyAsync(string key, CancellationToken cancellationToken) =>
        FirstAsync([("aws.cloudtrail.user_identity.access_key_id", key), ("userIdentity.accessKeyId", key)], cancellationToken);

    public Task<JsonDocument?> GrantOfKeyAsync(string key, CancellationToken cancellationToken) =>
        FirstAsync([(Attribution + "chain.issued_key", key)], cancellationToken);

    public Task<JsonDocument?> UseOfArnAsync(string arn, CancellationToken cancellationToken) => FirstAsync(
        [("aws.cloudtrail.user_identity.arn", arn), ("userIdentity.arn", arn), ("aws.cloudtrail.user_identity.session_context.session_issuer.arn", arn)],
        cancellationToken);

    public async Task<IReadOnlyList<StoredSession>> SessionsAsync(string person, CancellationToken cancellationToken)
    {
        using var answer = await SearchAsync(
            [(Attribution + "origin.name", person), (Attribution + "origin.arn", person), (Attribution + "origin.id", person)], EventsMax, cancellationToken)
            .ConfigureAwait(false);
        return [.. Sources(answer)
            .Select(source => new
            {
                Session = Documents.Text(source, "trailstream", "attribution", "session", "name") ?? "(own keys)",
                Role = Documents.LastRole(source),
                Account = Documents.Account(source),
                Time = Documents.Time(source),
                Ip = Documents.SourceIp(source),
            })
            .GroupBy(use => (use.Session, use.Role, use.Account))
            .Select(uses => new StoredSession(
                uses.Key.Session, uses.Key.Role, uses.Key.Account, uses.Min(use => use.Time), uses.Max(use => use.Time),
                [.. uses.Select(use => use.Ip).OfType<string>().Distinct()], uses.Count()))
            .OrderByDescending(session => session.Last)];
    }

    public ValueTask DisposeAsync()
    {
        _http.Dispose();
        return ValueTask.CompletedTask;
    }

    private static IEnumerable<JsonElement> Sources(JsonDocument answer) =>
        answer.RootElement.GetProperty("hits").GetProperty("hits").EnumerateArray().Select(hit => hit.GetProperty("_source"));

    private async Task<JsonDocument?> FirstAsync((string Field, string Value)[] terms, CancellationToken cancellationToken)
    {
        using var answer = await SearchAsync(terms, 1, cancellationToken).ConfigureAwait(false);
        foreach (var source in Sources(answer))
        {
            return JsonDocument.Parse(source.GetRawText());
        }

        return null;
    }

    private async Task<JsonDocument> SearchAsync((string Field, string Value)[] terms, int size, CancellationToken cancellationToken)
    {
        var query = new
        {
            size,
            query = new { @bool = new { should = terms.Select(term => new { term = new Dictionary<string, string> { [term.Field] = term.Value } }), minimum_should_match = 1 } },
        };
        using var response = await _http.PostAsJsonAsync("/trailstream-cloudtrail-*/_search?ignore_unavailable=true", query, cancellationToken).ConfigureAwait(false);
        response.EnsureSuccessStatusCode();
        return await JsonDocument.ParseAsync(
            await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false), default, cancellationToken).ConfigureAwait(false);
    }
}
