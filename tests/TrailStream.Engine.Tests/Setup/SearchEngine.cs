using System.Diagnostics;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using TrailStream.Pipeline.Elasticsearch;
using TrailStream.Pipeline.Setup;
using Xunit;

namespace TrailStream.Engine.Tests.Setup;

/// <summary>One engine, for tests that set it up, fill it and ask it.</summary>
internal sealed class SearchEngine(string url, bool isOpenSearch) : IDisposable
{
    private readonly HttpClient _http = new() { BaseAddress = new Uri(url), Timeout = TimeSpan.FromMinutes(5) };

    public string Url => url;

    public HttpClient Http => _http;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void LogIn(string user, string password) =>
        _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{user}:{password}")));

    /// <summary>Nothing of ours is left: objects, then index by index, since deleting by pattern is switched off by default.</summary>
    public async Task ClearAsync()
    {
        var indices = await _http.GetStringAsync("/_cat/indices/trailstream-cloudtrail-*?h=index", Cancellation);
        foreach (var index in indices.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            (await _http.DeleteAsync($"/{index}", Cancellation)).EnsureSuccessStatusCode();
        }

        foreach (var path in (string[])["/_index_template/trailstream-cloudtrail", "/_component_template/trailstream-settings", "/_component_template/trailstream-mappings"])
        {
            await _http.DeleteAsync(path, Cancellation);
        }
    }

    public async Task<SetupReport> SetUpAsync(Func<SetupRequest, SetupRequest>? change = null, Func<BulkOptions, BulkOptions>? connect = null)
    {
        var request = new SetupRequest { IsOpenSearch = isOpenSearch, WithApiKey = false };
        var options = new BulkOptions { Urls = [new Uri(url)] };
        using var setup = new ElasticsearchSetup(connect?.Invoke(options) ?? options, change?.Invoke(request) ?? request, TimeProvider.System);
        return await setup.RunAsync(Cancellation);
    }

    /// <summary>As a user does it: <c>enrich --form bulk</c>, and its output to <c>_bulk</c>.</summary>
    public async Task FillAsync(ResponderWorld world)
    {
        var folder = Directory.CreateTempSubdirectory("trailstream-world-");
        try
        {
            var (records, bulk) = (Path.Combine(folder.FullName, "records.ndjson"), Path.Combine(folder.FullName, "bulk.ndjson"));
            await File.WriteAllLinesAsync(records, world.Records, Cancellation);
            using var process = Process.Start(new ProcessStartInfo(
                "dotnet", ["exec", Path.Combine(AppContext.BaseDirectory, "trailstream.dll"), "enrich", records, "--form", "bulk", "-o", bulk, "-q"]))!;
            await process.WaitForExitAsync(Cancellation);
            Assert.Equal(0, process.ExitCode);
            using var content = new ByteArrayContent(await File.ReadAllBytesAsync(bulk, Cancellation));
            content.Headers.ContentType = new MediaTypeHeaderValue("application/x-ndjson");
            using var response = await _http.PostAsync("/_bulk?refresh=true", content, Cancellation);
            var answer = await response.Content.ReadAsStringAsync(Cancellation);
            Assert.Contains("\"errors\":false", answer);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    public async Task<JsonElement> SearchAsync(JsonObject body, string index = "trailstream-cloudtrail*")
    {
        using var response = await _http.PostAsJsonAsync($"/{index}/_search", body, Cancellation);
        var text = await response.Content.ReadAsStringAsync(Cancellation);
        Assert.True(response.IsSuccessStatusCode, text);
        using var document = JsonDocument.Parse(text);
        return document.RootElement.Clone();
    }

    /// <summary>Ids of the documents that a query finds, in order.</summary>
    public async Task<string[]> IdsAsync(JsonObject query, string index = "trailstream-cloudtrail*")
    {
        var answer = await SearchAsync(new JsonObject { ["query"] = query, ["size"] = 1000, ["_source"] = false }, index);
        return [.. answer.GetProperty("hits").GetProperty("hits").EnumerateArray().Select(hit => hit.GetProperty("_id").GetString()!).Order(StringComparer.Ordinal)];
    }

    public async Task<JsonElement> GetAsync(string path)
    {
        using var document = JsonDocument.Parse(await _http.GetStringAsync(path, Cancellation));
        return document.RootElement.Clone();
    }

    public void Dispose() => _http.Dispose();
}
