using System.Collections.Concurrent;
using System.Globalization;
using System.IO.Compression;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace TrailStream.Testing.Elasticsearch;

/// <summary>What one item of a request gets: a status, and the error's type and reason from 300 on.</summary>
public sealed record FakeItem(int Status, string Type = "", string Reason = "");

/// <summary>What one whole request gets instead of being worked on.</summary>
/// <param name="Status">HTTP status; 0 cuts the connection.</param>
/// <param name="RetryAfter">The header of that name.</param>
/// <param name="IsApplied">The documents are written all the same: the answer alone is lost.</param>
/// <param name="Answer">Makes the answer's text from the right one; where null the right one is sent, or none with a status of trouble.</param>
public sealed record FakeAnswer(int Status, string? RetryAfter = null, bool IsApplied = false, Func<string, string>? Answer = null);

/// <summary>Speaks the part of Elasticsearch's protocol that the sink uses, on 127.0.0.1, for the answers that a real one does not give on
/// demand. Strict: an action line, a document or a header that a real server might refuse is a <see cref="Violations">violation</see>.
/// Versions follow <c>external_gte</c>.</summary>
public sealed class FakeElasticsearch : IAsyncDisposable
{
    private readonly WebApplication _application;
    private readonly ConcurrentQueue<FakeAnswer> _script = new();
    private readonly ConcurrentDictionary<string, int> _attempts = new(StringComparer.Ordinal);

    private int _repeated;

    private FakeElasticsearch(WebApplication application) => _application = application;

    public Uri Url => new(_application.Urls.First());

    /// <summary>Documents by "index/id".</summary>
    public ConcurrentDictionary<string, (long Version, string Document)> Documents { get; } = new(StringComparer.Ordinal);

    /// <summary>Documents that came again at the version that was there: delivered twice, not corrected.</summary>
    public int Repeated => Volatile.Read(ref _repeated);

    /// <summary>Sees every document that is taken: id and document.</summary>
    public Action<string, string>? Taken { get; set; }

    /// <summary>How many documents each <c>_bulk</c> request had.</summary>
    public ConcurrentQueue<int> Requests { get; } = new();

    /// <summary>What no server would have had to accept.</summary>
    public ConcurrentQueue<string> Violations { get; } = new();

    /// <summary>Decides on an item: id, document, number of this attempt (from 1); null takes the document.</summary>
    public Func<string, string, int, FakeItem?>? Item { get; set; }

    /// <summary>Decides on a request by its number of documents and bytes; asked when the script is empty.</summary>
    public Func<int, long, FakeAnswer?>? Request { get; set; }

    /// <summary>The only value of the Authorization header that is let in; null lets everybody in.</summary>
    public string? Authorization { get; set; }

    public static async Task<FakeElasticsearch> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0").ConfigureKestrel(options => options.Limits.MaxRequestBodySize = null);
        var application = builder.Build();
        var fake = new FakeElasticsearch(application);
        application.Run(fake.AnswerAsync);
        await application.StartAsync();
        return fake;
    }

    /// <summary>The next <c>_bulk</c> requests get these, in order.</summary>
    public void Next(params FakeAnswer[] answers)
    {
        foreach (var answer in answers)
        {
            _script.Enqueue(answer);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _application.StopAsync();
        await _application.DisposeAsync();
    }

    private async Task AnswerAsync(HttpContext context)
    {
        if (Authorization is { } required && context.Request.Headers.Authorization != required)
        {
            context.Response.StatusCode = 401;
        }
        else if (context.Request.Path == "/_bulk")
        {
            await BulkAsync(context);
        }
        else if (context.Request.Path == "/")
        {
            await context.Response.WriteAsync("""{"name":"fake","version":{"number":"8.19.0"},"tagline":"You Know, for Search"}""");
        }
        else
        {
            context.Response.StatusCode = HttpMethods.IsPut(context.Request.Method) ? 200 : 404;
            await context.Response.WriteAsync("{}");
        }
    }

    private async Task BulkAsync(HttpContext context)
    {
        var lines = await LinesAsync(context.Request);
        if (!_script.TryDequeue(out var answer))
        {
            answer = Request?.Invoke(lines.Count / 2, lines.Sum(line => line.Length + 1L));
        }

        Requests.Enqueue(lines.Count / 2);
        var text = answer is { Status: not 200, IsApplied: false } ? "" : Apply(lines);
        if (answer?.Status == 0)
        {
            context.Abort();
            return;
        }

        context.Response.StatusCode = answer?.Status ?? 200;
        context.Response.Headers.RetryAfter = answer?.RetryAfter;
        context.Response.ContentType = "application/json";
        await context.Response.WriteAsync(answer?.Answer?.Invoke(text) ?? text);
    }

    private async Task<List<string>> LinesAsync(HttpRequest request)
    {
        if (request.ContentType != "application/x-ndjson")
        {
            Violations.Enqueue($"content type {request.ContentType}");
        }

        var body = request.Headers.ContentEncoding == "gzip" ? new GZipStream(request.Body, CompressionMode.Decompress) : request.Body;
        using var memory = new MemoryStream();
        await body.CopyToAsync(memory);
        var text = new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(memory.ToArray());
        if (!text.EndsWith('\n'))
        {
            Violations.Enqueue("the body does not end with a line feed");
        }

        var lines = text.Split('\n')[..^1].ToList();
        if (lines.Count % 2 != 0)
        {
            Violations.Enqueue($"{lines.Count} lines are no pairs");
        }

        return lines;
    }

    /// <summary>Pairs of <c>{"index":{"_index","_id","version","version_type":"external_gte"}}</c> and a document.</summary>
    private string Apply(List<string> lines)
    {
        var items = new List<string>();
        for (var i = 0; i + 1 < lines.Count; i += 2)
        {
            using var action = JsonDocument.Parse(lines[i]);
            using var document = JsonDocument.Parse(lines[i + 1]);
            var index = action.RootElement.GetProperty("index");
            var (name, id) = (index.GetProperty("_index").GetString()!, index.GetProperty("_id").GetString()!);
            if (index.GetProperty("version_type").GetString() != "external_gte" || action.RootElement.EnumerateObject().Count() != 1
                || document.RootElement.ValueKind != JsonValueKind.Object)
            {
                Violations.Enqueue(lines[i]);
            }

            items.Add(Answer(name, id, index.GetProperty("version").GetInt64(), lines[i + 1]));
        }

        return $$"""{"took":1,"errors":false,"items":[{{string.Join(',', items)}}]}""";
    }

    private string Answer(string index, string id, long version, string document)
    {
        var attempt = _attempts.AddOrUpdate(id, 1, (_, count) => count + 1);
        if (Item?.Invoke(id, document, attempt) is { } item)
        {
            return Text(id, item.Status, $$"""
                "error":{"type":"{{item.Type}}","reason":"{{item.Reason}}"}
                """);
        }

        var result = "created";
        Documents.AddOrUpdate($"{index}/{id}", (version, document), (_, there) =>
        {
            result = version >= there.Version ? "updated" : "stale";
            if (version == there.Version)
            {
                Interlocked.Increment(ref _repeated);
            }

            return version >= there.Version ? (version, document) : there;
        });
        Taken?.Invoke(id, document);
        return result == "stale"
            ? Text(id, 409, "\"error\":{\"type\":\"version_conflict_engine_exception\",\"reason\":\"newer\"}")
            : Text(id, result == "created" ? 201 : 200, $"\"result\":\"{result}\"");
    }

    private static string Text(string id, int status, string rest) =>
        string.Create(CultureInfo.InvariantCulture, $"{{\"index\":{{\"_id\":\"{id}\",\"status\":{status},{rest}}}}}");
}
