using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace TrailStream.Tests.Setup;

/// <summary>What the real engines of the tests lack: a cluster with ILM, with ISM, or serverless. Answers in the shapes that their APIs document, on
/// 127.0.0.1.</summary>
internal sealed class FakeCluster : IAsyncDisposable
{
    private readonly WebApplication _application;
    private int _sequence;

    private FakeCluster(WebApplication application) => _application = application;

    public Uri Url => new(_application.Urls.First());

    /// <summary>Content of version in the front page.</summary>
    public string Version { get; init; } = """{"number":"9.1.0","build_flavor":"default"}""";

    /// <summary>Status of the lifecycle API; 0 works.</summary>
    public int LifecycleStatus { get; init; }

    /// <summary>Bodies by path.</summary>
    public ConcurrentDictionary<string, JsonObject> Stored { get; } = new();

    public ConcurrentQueue<string> Puts { get; } = new();

    public static async Task<FakeCluster> StartAsync(string version, int lifecycleStatus = 0)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var application = builder.Build();
        var fake = new FakeCluster(application) { Version = version, LifecycleStatus = lifecycleStatus };
        application.Run(fake.AnswerAsync);
        await application.StartAsync();
        return fake;
    }

    public async ValueTask DisposeAsync() => await _application.DisposeAsync();

    private async Task AnswerAsync(HttpContext context)
    {
        var path = context.Request.Path.Value!;
        var (status, body) = path == "/" ? (200, $$"""{"version":{{Version}}}""")
            : IsLifecycle(path) && LifecycleStatus != 0 ? (LifecycleStatus, """{"error":{"type":"api_not_available_exception","reason":"not here"}}""")
            : path.Contains("_simulate_index", StringComparison.Ordinal) ? (200, """{"template":{"mappings":{"_meta":{"product":"trailstream"}}}}""")
            : HttpMethods.IsPut(context.Request.Method) ? Put(path, context.Request.Query, (await JsonNode.ParseAsync(context.Request.Body))!.AsObject())
            : Stored.TryGetValue(path, out var stored) ? (200, Wrapped(path, stored))
            : (404, """{"error":{"type":"resource_not_found_exception","reason":"missing"}}""");
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        await context.Response.WriteAsync(body);
    }

    private static bool IsLifecycle(string path) => path.StartsWith("/_ilm/", StringComparison.Ordinal) || path.StartsWith("/_plugins/_ism/", StringComparison.Ordinal);

    /// <summary>ISM takes a change only with the number of what it replaces.</summary>
    private (int, string) Put(string path, IQueryCollection query, JsonObject body)
    {
        if (path.StartsWith("/_plugins/_ism/", StringComparison.Ordinal) && Stored.ContainsKey(path) && query["if_seq_no"] != $"{_sequence}")
        {
            return (409, """{"error":{"type":"version_conflict_engine_exception","reason":"document already exists"}}""");
        }

        Puts.Enqueue(path);
        _sequence++;
        Stored[path] = body;
        return (200, """{"acknowledged":true}""");
    }

    private string Wrapped(string path, JsonObject stored)
    {
        var name = path[(path.LastIndexOf('/') + 1)..];
        var json = stored.ToJsonString();
        return path.Split('/')[1] switch
        {
            "_ilm" => $$"""{"{{name}}":{"version":3,"policy":{{stored["policy"]!.ToJsonString()}} } }""",
            "_plugins" => $$"""{"_id":"{{name}}","_version":1,"_seq_no":{{_sequence}},"_primary_term":1,"policy":{{stored["policy"]!.ToJsonString()}} }""",
            "_component_template" => $$"""{"component_templates":[{"name":"{{name}}","component_template":{{json}} }]}""",
            _ => $$"""{"index_templates":[{"name":"{{name}}","index_template":{{json}} }]}""",
        };
    }
}
