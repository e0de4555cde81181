using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using TrailStream.Core.Documents;
using TrailStream.Pipeline.Elasticsearch;

namespace TrailStream.Pipeline.Verification;

/// <summary>What Elasticsearch or OpenSearch hold: by a search for the ids over all event-day indices, which finds doubles too; what that does not find is
/// asked for by id in the index where it should be, which sees documents that no refresh has made searchable yet. Needs the privilege <c>read</c>.</summary>
public sealed class ElasticsearchLookup(BulkOptions options, TimeProvider clock) : IDocumentLookup
{
    private const string Indices = "trailstream-cloudtrail-*";

    /// <summary>The most hits that a server gives for one search by default; documents beyond it would be doubles tenfold.</summary>
    private const int HitsMax = 10_000;

    /// <summary>Somebody waits at a terminal, but a server that is catching its breath after an incident deserves a minute.</summary>
    private const int AttemptsMax = 20;

    private static readonly string[] SourceFields =
        ["trailstream.attribution.status", "trailstream.attribution.revision", "trailstream.fallback_reason"];

    private readonly BulkConnection _connection = new(options);
    private bool _refreshed;

    public string Name => "elasticsearch";

    public async Task<IReadOnlyList<FoundDocument>> FindAsync(IReadOnlyList<SoughtEvent> events, CancellationToken cancellationToken)
    {
        var found = new FoundDocument[events.Count];
        var numbers = new Dictionary<string, int>(events.Count, StringComparer.Ordinal);
        for (var i = 0; i < events.Count; i++)
        {
            numbers[events[i].Id] = i;
        }

        if (!_refreshed)
        {
            _refreshed = true;
            await RefreshAsync(cancellationToken).ConfigureAwait(false);
        }

        await SearchAsync(numbers, found, cancellationToken).ConfigureAwait(false);
        var left = numbers.Values.Where(i => found[i].Copies == 0).Select(i => (Number: i, events[i])).ToList();
        if (left.Count > 0)
        {
            await GetAsync(left, found, cancellationToken).ConfigureAwait(false);
        }

        return found;
    }

    public void Dispose() => _connection.Dispose();

    /// <summary>Lets searches see what was deleted or doubled in the last seconds. A user who may only read is refused, and then they see it when the
    /// server refreshes by itself.</summary>
    private async Task RefreshAsync(CancellationToken cancellationToken)
    {
        try
        {
            using var response = await _connection.SendAsync(HttpMethod.Post, $"/{Indices}/_refresh?ignore_unavailable=true", null, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is HttpRequestException || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            // The search that follows says what is wrong, after it has tried for a while.
        }
    }

    /// <summary><c>{"_shards":{"failed":0},"hits":{"total":{"value":2},"hits":[{"_id":"…","_source":{"trailstream":{"attribution":{"status":"pending",
    /// "revision":1}}}},…]}}</c></summary>
    private async Task SearchAsync(Dictionary<string, int> numbers, FoundDocument[] found, CancellationToken cancellationToken)
    {
        var query = new JsonObject
        {
            ["size"] = Math.Min(HitsMax, numbers.Count * 10),
            ["track_total_hits"] = true,
            ["sort"] = new JsonArray("_doc"),
            ["_source"] = new JsonArray([.. SourceFields.Select(field => (JsonNode)field)]),
            ["query"] = new JsonObject { ["ids"] = new JsonObject { ["values"] = new JsonArray([.. numbers.Keys.Select(id => (JsonNode)id)]) } },
        };
        const string Path = $"/{Indices}/_search?ignore_unavailable=true&allow_no_indices=true&allow_partial_search_results=false"
            + "&filter_path=_shards.failed,hits.total,hits.hits._id,hits.hits._source";
        using var answer = await AskAsync(Path, query, cancellationToken).ConfigureAwait(false);
        if (!answer.RootElement.TryGetProperty("hits", out var hits) || !hits.TryGetProperty("hits", out var list))
        {
            return;
        }

        foreach (var hit in list.EnumerateArray())
        {
            if (numbers.TryGetValue(hit.GetProperty("_id").GetString() ?? "", out var number))
            {
                var (pending, safe) = StateOf(hit);
                found[number] = new FoundDocument(found[number].Copies + 1, pending, IsSafeForm: safe);
            }
        }
    }

    /// <summary><c>{"docs":[{"_index":"…","_id":"…","found":true,"_source":{…}},{"_index":"…","_id":"…","error":{…}}]}</c>, in the order asked.</summary>
    private async Task GetAsync(List<(int Number, SoughtEvent Sought)> left, FoundDocument[] found, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow().ToUnixTimeSeconds();
        var asked = new JsonArray();
        foreach (var (_, sought) in left)
        {
            // In its own index, or in that of odd dates, where it was when the event was written.
            var index = new ByteBuffer(64);
            IndexName.Write(sought.EventTime, now, index);
            asked.Add(Document(Encoding.ASCII.GetString(index.Written), sought.Id));
            index.Clear();
            IndexName.Write(0, now, index);
            asked.Add(Document(Encoding.ASCII.GetString(index.Written), sought.Id));
        }

        using var answer = await AskAsync("/_mget?realtime=true", new JsonObject { ["docs"] = asked }, cancellationToken).ConfigureAwait(false);
        var number = 0;
        foreach (var document in answer.RootElement.GetProperty("docs").EnumerateArray())
        {
            var i = left[number++ / 2].Number;
            if (document.TryGetProperty("found", out var isFound) && isFound.GetBoolean())
            {
                var (pending, safe) = StateOf(document);
                found[i] = new FoundDocument(1, pending, IsSafeForm: safe);
            }
        }
    }

    private static JsonObject Document(string index, string id) => new()
    {
        ["_index"] = index,
        ["_id"] = id,
        ["_source"] = new JsonArray([.. SourceFields.Select(field => (JsonNode)field)]),
    };

    private static (bool IsPending, bool IsSafeForm) StateOf(JsonElement hit)
    {
        if (!hit.TryGetProperty("_source", out var source) || !source.TryGetProperty("trailstream", out var own))
        {
            return default;
        }

        var isPending = own.TryGetProperty("attribution", out var attribution) && attribution.TryGetProperty("status", out var status)
            && status.ValueEquals(DocumentState.Pending);
        return (isPending, own.TryGetProperty("fallback_reason", out _));
    }

    private async Task<JsonDocument> AskAsync(string path, JsonObject body, CancellationToken cancellationToken)
    {
        var backoff = new Backoff(1);
        var trouble = "";
        for (var attempt = 0; attempt < AttemptsMax; attempt++)
        {
            try
            {
                using var response = await _connection.SendAsync(HttpMethod.Post, path, JsonContent.Create(body), cancellationToken).ConfigureAwait(false);
                if (response.StatusCode is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden)
                {
                    throw new IOException(
                        $"{string.Join(", ", options.Urls)} refuses (HTTP {(int)response.StatusCode}): verifying needs the privilege read on {Indices}.");
                }

                if (response.IsSuccessStatusCode)
                {
                    var answer = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
                    return await JsonDocument.ParseAsync(answer, default, cancellationToken).ConfigureAwait(false);
                }

                trouble = $"HTTP {(int)response.StatusCode}";
            }
            catch (Exception e) when (e is HttpRequestException or JsonException || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
            {
                trouble = e.Message;
            }

            await Task.Delay(backoff.Next(), clock, cancellationToken).ConfigureAwait(false);
        }

        throw new IOException($"{string.Join(", ", options.Urls)} does not answer: {trouble}. Nothing can be said of what it holds.");
    }
}
