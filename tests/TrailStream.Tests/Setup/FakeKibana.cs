using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace TrailStream.Tests.Setup;

/// <summary>Speaks the part of Kibana's (and OpenSearch Dashboards') HTTP that the set-up uses, on 127.0.0.1. Built from the documented API: no Kibana
/// runs where this is tested.</summary>
internal sealed class FakeKibana : IAsyncDisposable
{
    private readonly WebApplication _application;
    private readonly string _xsrf;

    private FakeKibana(WebApplication application, string xsrf) => (_application, _xsrf) = (application, xsrf);

    public string Url => _application.Urls.First();

    public ConcurrentDictionary<string, JsonObject> Objects { get; } = new();

    public ConcurrentDictionary<string, JsonObject> Rules { get; } = new();

    /// <summary>Requests that change something: "POST /api/…".</summary>
    public ConcurrentQueue<string> Changes { get; } = new();

    /// <summary>Refuses everything with this status.</summary>
    public int? Refusal { get; set; }

    public static async Task<FakeKibana> StartAsync(string xsrf)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var application = builder.Build();
        var fake = new FakeKibana(application, xsrf);
        application.Run(fake.AnswerAsync);
        await application.StartAsync();
        return fake;
    }

    public async ValueTask DisposeAsync() => await _application.DisposeAsync();

    private async Task AnswerAsync(HttpContext context)
    {
        var request = context.Request;
        if (!HttpMethods.IsGet(request.Method))
        {
            Changes.Enqueue($"{request.Method} {request.Path}{request.QueryString}");
        }

        var (status, body) = Refusal is { } refusal ? (refusal, Message("no"))
            : !HttpMethods.IsGet(request.Method) && !request.Headers.ContainsKey(_xsrf) ? (400, Message($"Request must contain a {_xsrf} header."))
            : request.Path.Value!.EndsWith("/api/saved_objects/_import", StringComparison.Ordinal) ? await ImportAsync(request)
            : request.Path.Value!.EndsWith("/api/detection_engine/rules", StringComparison.Ordinal) ? await RuleAsync(request)
            : (404, Message("Not Found"));
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        await context.Response.WriteAsync(body.ToJsonString());
    }

    /// <summary>A multipart form with one file of NDJSON; a reference that leads nowhere fails its object.</summary>
    private async Task<(int, JsonObject)> ImportAsync(HttpRequest request)
    {
        var form = await request.ReadFormAsync();
        using var reader = new StreamReader(form.Files["file"]!.OpenReadStream());
        var objects = (await reader.ReadToEndAsync()).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonNode.Parse(line)!.AsObject()).ToList();
        var known = objects.Select(Key).Concat(Objects.Keys).ToHashSet();
        var errors = new JsonArray();
        foreach (var saved in objects)
        {
            if (saved["references"]!.AsArray().Any(reference => !known.Contains(Key(reference!.AsObject()))))
            {
                errors.Add(new JsonObject { ["id"] = saved["id"]!.DeepClone(), ["type"] = saved["type"]!.DeepClone(), ["error"] = new JsonObject { ["type"] = "missing_references" } });
            }
            else
            {
                Objects[Key(saved)] = saved;
            }
        }

        return (200, new JsonObject { ["success"] = errors.Count == 0, ["successCount"] = objects.Count - errors.Count, ["errors"] = errors });
    }

    private async Task<(int, JsonObject)> RuleAsync(HttpRequest request)
    {
        if (HttpMethods.IsGet(request.Method))
        {
            return Rules.TryGetValue(request.Query["rule_id"].ToString(), out var there) ? (200, there) : (404, Message("rule_id not found"));
        }

        var rule = (await JsonNode.ParseAsync(request.Body))!.AsObject();
        var id = rule["rule_id"]!.GetValue<string>();
        if (HttpMethods.IsPost(request.Method))
        {
            return Rules.TryAdd(id, rule) ? (200, rule) : (409, Message($"rule_id: \"{id}\" already exists"));
        }

        foreach (var (name, value) in rule.ToList())
        {
            Rules[id][name] = value?.DeepClone();
        }

        return (200, Rules[id]);
    }

    private static string Key(JsonObject saved) => $"{saved["type"]}/{saved["id"]}";

    private static JsonObject Message(string text) => new() { ["message"] = text };
}
