using System.Diagnostics;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using TrailStream.Pipeline.Setup;
using TrailStream.Testing.Documents;
using Xunit;

namespace TrailStream.Engine.Tests.Documents;

/// <summary>One index with the templates as they are shipped, but for one shard and no copies.</summary>
internal sealed class ScratchIndex : IAsyncDisposable
{
    private const int GroupBytes = 5 << 20;

    private readonly HttpClient _client;
    private readonly string _name;

    private ScratchIndex(string url, string name) => (_client, _name) = (new HttpClient { BaseAddress = new Uri(url) }, name);

    /// <summary>Puts the templates and makes an index that they match; a strict one refuses documents with a field that is not mapped.</summary>
    public static async Task<ScratchIndex> CreateAsync(string url, bool isOpenSearch, bool strict, CancellationToken cancellation, string? suffix = null)
    {
        var index = new ScratchIndex(url, "trailstream-cloudtrail-" + (suffix ?? $"scratch-{Stopwatch.GetTimestamp()}"));
        var choices = new SetupChoices().Over(new SetupChoices());
        foreach (var shipped in (SetupObject[])[SetupObjects.Mappings(isOpenSearch), SetupObjects.Settings(choices, isServerless: false), SetupObjects.IndexTemplate(choices)])
        {
            await index.PutAsync(shipped.Path, shipped.Body.ToJsonString(), cancellation);
        }

        const string Settings = "{\"settings\":{\"index.number_of_shards\":1,\"index.number_of_replicas\":0,\"index.refresh_interval\":\"-1\"},\"mappings\":{\"dynamic\":";
        await index.PutAsync("/" + index._name, Settings + (strict ? "\"strict\"}}" : "false}}"), cancellation);
        return index;
    }

    /// <summary>Sends documents; each must be taken.</summary>
    public async Task AddAsync(IEnumerable<MilledDocument> documents, CancellationToken cancellation)
    {
        var body = new MemoryStream();
        foreach (var document in documents)
        {
            body.Write(Encoding.UTF8.GetBytes("{\"index\":{\"_id\":" + JsonSerializer.Serialize(document.Id) + "}}\n"));
            body.Write(document.Document);
            body.WriteByte((byte)'\n');
            if (body.Length > GroupBytes)
            {
                await SendAsync(body, cancellation);
                body.SetLength(0);
            }
        }

        if (body.Length > 0)
        {
            await SendAsync(body, cancellation);
        }

        await RefreshAsync(cancellation);
    }

    public Task RefreshAsync(CancellationToken cancellation) => PostAsync($"/{_name}/_refresh", "", cancellation);

    /// <summary>How many documents answer a query in the engines' own language.</summary>
    public async Task<long> CountAsync(string query, CancellationToken cancellation)
    {
        using var answer = await PostAsync($"/{_name}/_count", $$"""{"query":{{query}}}""", cancellation);
        return answer.RootElement.GetProperty("count").GetInt64();
    }

    /// <summary>The kept documents of these ids, in their order.</summary>
    public async Task<List<JsonElement>> GetAsync(IEnumerable<string> ids, CancellationToken cancellation)
    {
        using var answer = await PostAsync($"/{_name}/_mget", JsonSerializer.Serialize(new { ids }), cancellation);
        return [.. answer.RootElement.GetProperty("docs").EnumerateArray().Select(found => found.GetProperty("_source").Clone())];
    }

    /// <summary>Bytes on disk once all is in one segment.</summary>
    public async Task<long> SizeAsync(CancellationToken cancellation)
    {
        await PostAsync($"/{_name}/_forcemerge?max_num_segments=1", "", cancellation);
        await PostAsync($"/{_name}/_flush?force=true", "", cancellation);

        // What was merged away stays on disk for as long as a searcher looks at it.
        await RefreshAsync(cancellation);
        using var answer = JsonDocument.Parse(await _client.GetStringAsync(new Uri($"/{_name}/_stats/store", UriKind.Relative), cancellation));
        return answer.RootElement.GetProperty("_all").GetProperty("primaries").GetProperty("store").GetProperty("size_in_bytes").GetInt64();
    }

    public async ValueTask DisposeAsync()
    {
        using var response = await _client.DeleteAsync(new Uri("/" + _name, UriKind.Relative));
        _client.Dispose();
    }

    private async Task SendAsync(MemoryStream body, CancellationToken cancellation)
    {
        using var content = new ByteArrayContent(body.GetBuffer(), 0, (int)body.Length);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/x-ndjson");
        using var response = await _client.PostAsync(new Uri($"/{_name}/_bulk?filter_path=errors,items.*.error,items.*._id", UriKind.Relative), content, cancellation);
        var text = await response.Content.ReadAsStringAsync(cancellation);
        Assert.True(response.IsSuccessStatusCode, Short(text));
        using var answer = JsonDocument.Parse(text);
        if (answer.RootElement.GetProperty("errors").GetBoolean())
        {
            var first = answer.RootElement.GetProperty("items").EnumerateArray()
                .First(item => item.GetProperty("index").TryGetProperty("error", out _)).GetRawText();
            Assert.Fail(Short(first));
        }
    }

    private static string Short(string text) => text.Length > 2000 ? text[..2000] : text;

    private async Task PutAsync(string path, string json, CancellationToken cancellation)
    {
        using var response = await _client.PutAsync(new Uri(path, UriKind.Relative), new StringContent(json, Encoding.UTF8, "application/json"), cancellation);
        Assert.True(response.IsSuccessStatusCode, path + ": " + await response.Content.ReadAsStringAsync(cancellation));
    }

    private async Task<JsonDocument> PostAsync(string path, string json, CancellationToken cancellation)
    {
        using var response = await _client.PostAsync(new Uri(path, UriKind.Relative), new StringContent(json, Encoding.UTF8, "application/json"), cancellation);
        var text = await response.Content.ReadAsStringAsync(cancellation);
        Assert.True(response.IsSuccessStatusCode, path + ": " + text);
        return JsonDocument.Parse(text, new JsonDocumentOptions { MaxDepth = 128 });
    }
}
