using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using TrailStream.Core.Documents;
using TrailStream.Core.Sessions;
using TrailStream.Pipeline.Store;

namespace TrailStream.Pipeline.Elasticsearch;

/// <content>Late evidence: what is stored can be asked for. One page by a plain search, which is all that most questions need; more by a scroll:
/// search_after needs a field that is mapped in both forms and different in every document, and there is none (<c>_id</c> cannot be sorted by, and
/// a point in time breaks ties by itself on Elasticsearch only).</content>
public sealed partial class BulkSink : IDocumentStore
{
    private const string SearchOptions = "?ignore_unavailable=true&allow_no_indices=true&expand_wildcards=open";
    private const string ScrollTime = "5m";

    /// <summary>Documents a page, about 8 MB of the ecs form: the server executes the search again for each, so they are as large as memory allows.</summary>
    private readonly QuestionSize _pageSize = new(2000);

    /// <summary>The templates refresh every 5 s.</summary>
    public TimeSpan VisibleAfter => TimeSpan.FromSeconds(6);

    public async Task<StoreOutcome> FindConcernedAsync(
        IReadOnlyList<IndexChange> changes, Func<StoredPage, Task> take, CancellationToken cancellationToken)
    {
        var path = SearchBody.PathOf(changes, _clock.GetUtcNow().ToUnixTimeSeconds()) + SearchOptions;
        var body = SearchBody.Concerned(changes, Form);
        var size = SetSize(body);
        var (outcome, page, _) = await SearchAsync(path, body, size, cancellationToken).ConfigureAwait(false);
        if (outcome != StoreOutcome.Done)
        {
            return outcome;
        }

        if (page.Hits.Count < size)
        {
            await take(page).ConfigureAwait(false);
            return StoreOutcome.Done;
        }

        return await ScrollAsync(path, body, take, cancellationToken).ConfigureAwait(false);
    }

    public Task<StoreOutcome> FindUnexplainedAsync(long? finalSince, Func<StoredPage, Task> take, CancellationToken cancellationToken) =>
        ScrollAsync(SearchBody.PathOfAll + SearchOptions, SearchBody.Unexplained(finalSince), take, cancellationToken);

    public bool CanReplace(StoredHit hit, long eventTime)
    {
        var name = new ByteBuffer(64);
        IndexName.Write(eventTime, _clock.GetUtcNow().ToUnixTimeSeconds(), name);
        return hit.Place is not null && Encoding.UTF8.GetBytes(hit.Place).AsSpan().SequenceEqual(name.Written);
    }

    private async Task<StoreOutcome> ScrollAsync(string path, JsonObject body, Func<StoredPage, Task> take, CancellationToken cancellationToken)
    {
        var size = SetSize(body);
        var (outcome, page, scroll) = await SearchAsync($"{path}&scroll={ScrollTime}", body, size, cancellationToken).ConfigureAwait(false);
        while (outcome == StoreOutcome.Done && page.Hits.Count > 0)
        {
            await take(page).ConfigureAwait(false);
            if (page.Hits.Count < size || scroll is null)
            {
                break;
            }

            var next = new JsonObject { ["scroll"] = ScrollTime, ["scroll_id"] = scroll };
            (outcome, page, scroll) = await SearchAsync("/_search/scroll", next, size, cancellationToken).ConfigureAwait(false);
        }

        if (scroll is not null)
        {
            // Contexts are few and cost memory; one that cannot be closed ends by itself.
            await SendAsync(HttpMethod.Delete, "/_search/scroll", new JsonObject { ["scroll_id"] = scroll }, cancellationToken).ConfigureAwait(false);
        }

        return outcome;
    }

    private int SetSize(JsonObject body)
    {
        var size = _pageSize.Now;
        body["size"] = size;
        return size;
    }

    private async Task<(StoreOutcome Outcome, StoredPage Page, string? Scroll)> SearchAsync(
        string path, JsonObject body, int size, CancellationToken cancellationToken)
    {
        var page = new StoredPage();
        var (status, bytes) = await SendAsync(HttpMethod.Post, path, body, cancellationToken).ConfigureAwait(false);
        if (status == HttpStatusCode.RequestEntityTooLarge)
        {
            _pageSize.Failed(size);
        }

        if (status is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden)
        {
            _connection.ReadCredentials();
            return (StoreOutcome.Refused, page, null);
        }

        if (status != HttpStatusCode.OK || !SearchResponse.TryRead(bytes, page, out var scroll))
        {
            NotFound(_logger, (int)status, status == HttpStatusCode.OK ? "not all shards answered" : Excerpt(bytes));
            return (StoreOutcome.Unavailable, page, null);
        }

        // Only where double as many surely have room.
        if (bytes.Length < BulkConnection.AnswerBytesMax / 4)
        {
            _pageSize.Answered(size);
        }

        return (StoreOutcome.Done, page, scroll);
    }

    private async Task<(HttpStatusCode Status, byte[] Bytes)> SendAsync(HttpMethod method, string path, JsonObject body, CancellationToken cancellationToken)
    {
        try
        {
            using var content = new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json");
            using var response = await _connection.SendAsync(method, path, content, cancellationToken).ConfigureAwait(false);
            return (response.StatusCode, await response.Content.ReadAsByteArrayAsync(cancellationToken).ConfigureAwait(false));
        }
        catch (HttpRequestException e) when (e.HttpRequestError == HttpRequestError.ConfigurationLimitExceeded)
        {
            return (HttpStatusCode.RequestEntityTooLarge, Encoding.UTF8.GetBytes($"the answer is larger than {BulkConnection.AnswerBytesMax >> 20} MB; fewer documents at a time are asked for"));
        }
        catch (Exception e) when (IsPassing(e, cancellationToken))
        {
            return (HttpStatusCode.ServiceUnavailable, Encoding.UTF8.GetBytes(e.Message));
        }
    }

    /// <summary>The beginning of an answer that is no success: it names the cause, and holds no documents.</summary>
    private static string Excerpt(byte[] bytes) => Encoding.UTF8.GetString(bytes.AsSpan(0, Math.Min(bytes.Length, 300)));

    [LoggerMessage(6120, LogLevel.Warning, "The search for documents that late evidence concerns gave no answer (HTTP {status}: {what}); it is asked again.")]
    private static partial void NotFound(ILogger logger, int status, string what);
}
