using System.Text;
using System.Text.Json;
using TrailStream.Core.Documents;
using TrailStream.Testing.Documents;
using TrailStream.Testing.Kafka;
using Xunit;

namespace TrailStream.Engine.Tests.Documents;

/// <summary>What the writer makes is taken by the real engines whole: in an index that refuses unknown fields nothing is refused, no value is ignored,
/// what is kept reads back the same, and no leaf of a record is lost on the way.</summary>
public sealed class AcceptanceTests(EngineFixture engines, ITestOutputHelper output)
{
    /// <summary>Made-up records; TRAILSTREAM_TEST_DOCUMENTS sets another number (100,000 are meant to be run now and then).</summary>
    private const int DefaultEvents = 5_000;

    private const int ReadBackGroup = 500;

    [Theory]
    [InlineData("elasticsearch", IdentityMapping.Compat, false)]
    [InlineData("opensearch", IdentityMapping.Ecs, true)]
    public async Task EveryDocument_IsTakenWhole(string engine, IdentityMapping identity, bool original)
    {
        var cancellation = TestContext.Current.CancellationToken;
        var events = int.TryParse(Environment.GetEnvironmentVariable("TRAILSTREAM_TEST_DOCUMENTS"), out var asked) ? asked : DefaultEvents;
        await using var index = await IndexAsync(engine, strict: true, cancellation);
        const ulong Seed = 11;
        using var mill = new DocumentMill(new DocumentOptions(Identity: identity, EventOriginal: original));
        var sent = 0L;
        var records = (RealRecords.All ?? []).Concat(DocumentMill.Generate(Seed, events));
        foreach (var group in mill.Documents(records).Chunk(ReadBackGroup * 4))
        {
            await index.AddAsync(group, cancellation);
            sent += group.Length;
            var lost = group.SelectMany(document => LeafCheck.Missing(document.Record, document.Document)).Take(10).ToList();
            Assert.Empty(lost);
            await CompareAsync(index, group, cancellation);
        }

        Assert.Equal(sent, await index.CountAsync("""{"match_all":{}}""", cancellation));
        Assert.Equal(0, await index.CountAsync("""{"exists":{"field":"_ignored"}}""", cancellation));
        output.WriteLine($"{engine}: {sent} documents, seed {Seed}");
    }

    /// <summary>What a caller of AWS can put into a request, at its worst.</summary>
    [Theory]
    [InlineData("elasticsearch")]
    [InlineData("opensearch")]
    public async Task HostileRequests_AreTaken(string engine)
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var index = await IndexAsync(engine, strict: true, cancellation);
        using var mill = new DocumentMill(DocumentOptions.Default);
        var requests = Fixed().Concat(Random()).Select(Record).ToList();
        var documents = mill.Documents(requests).ToList();
        Assert.Equal(requests.Count, documents.Count);
        await index.AddAsync(documents, cancellation);
        Assert.Equal(documents.Count, await index.CountAsync("""{"match_all":{}}""", cancellation));
        Assert.Equal(0, await index.CountAsync("""{"exists":{"field":"_ignored"}}""", cancellation));
        Assert.Equal(documents.Count, await index.CountAsync("""{"term":{"user.name":"mallory"}}""", cancellation));
    }

    private static byte[] Record(string request) => Encoding.UTF8.GetBytes(
        """
        {"eventVersion":"1.08","eventID":"h1","eventTime":"2026-11-23T10:15:32Z","eventSource":"iam.amazonaws.com","eventName":"CreateUser","sourceIPAddress":"300.1.1.1",
        "userIdentity":{"type":"IAMUser","userName":"mallory"},"readOnly":"maybe","extra":REQUEST,"requestParameters":REQUEST}
        """.Replace("\n", "", StringComparison.Ordinal).Replace("REQUEST", request, StringComparison.Ordinal));

    private static IEnumerable<string> Fixed()
    {
        yield return """{"nul\u0000key":"x\u0000y","\u0000":1,"":2}""";
        yield return """{"a.b":1,"a":{"b":2},".":3,"..":4,"a..b":5,"a.":6,".a":7," ":8}""";
        yield return "{\"deep\":" + Repeat("{\"k\":", 50) + "1" + Repeat("}", 50) + "}";
        yield return "{\"deep\":" + Repeat("[", 50) + "1" + Repeat("]", 50) + "}";
        yield return "{\"" + new string('k', 60_000) + "\":1}";
        yield return "{\"long\":\"" + new string('v', 100_000) + "\"}";
        yield return "{\"wide\":\"" + Repeat("\u20ac", 20_000) + "\"}";
        yield return "{\"half\":\"" + Repeat("\\ud83d", 9_000) + "\",\"whole\":\"\\ud83d\\ude00\"}";
        yield return "{\"n\":" + new string('9', 5000) + ",\"e\":1e999999,\"m\":-0.0,\"f\":1.50}";
        yield return """{"mixed":[1,"a",true,null,{"b":[[],[1]]},[],{}]}""";
        yield return """{"mixed":[{"a":1},"s"],"o":{"mixed":"s"}}""";
        yield return "{" + string.Join(',', Enumerable.Range(0, 6000).Select(n => $"\"k{n}\":{n}")) + "}";
        yield return "{\"path\":" + Repeat("{\"" + new string('p', 600) + "\":", 20) + "\"" + new string('v', 40_000) + "\"" + Repeat("}", 20) + "}";
        yield return "\"only text\"";
        yield return """["a",{"b":1}]""";
    }

    /// <summary>Random JSON of awkward names and strings, from one seed.</summary>
    private static IEnumerable<string> Random()
    {
        var random = new Random(5);
        for (var i = 0; i < 2_000; i++)
        {
            var json = new StringBuilder();
            AppendObject(random, json, 0);
            yield return json.ToString();
        }
    }

    private static void AppendObject(Random random, StringBuilder json, int depth)
    {
        json.Append('{');
        for (var i = random.Next(5); i >= 0; i--)
        {
            AppendText(random, json);
            json.Append(" : ");
            AppendValue(random, json, depth + 1);
            json.Append(i > 0 ? ", " : "");
        }

        json.Append('}');
    }

    private static void AppendValue(Random random, StringBuilder json, int depth)
    {
        switch (random.Next(depth > 5 ? 5 : 8))
        {
            case 0:
                json.Append(random.Next(-1000, 1000));
                break;
            case 1:
                json.Append(JsonSerializer.Serialize(random.NextDouble() * Math.Pow(10, random.Next(-30, 30))));
                break;
            case 2:
                json.Append(random.Next(2) == 0 ? "true" : "null");
                break;
            case 3 or 4:
                AppendText(random, json);
                break;
            case 5:
                json.Append('[');
                AppendValue(random, json, depth + 1);
                json.Append(',');
                AppendValue(random, json, depth + 1);
                json.Append(']');
                break;
            default:
                AppendObject(random, json, depth);
                break;
        }
    }

    private static void AppendText(Random random, StringBuilder json)
    {
        string[] parts = ["a", ".", "\\u0000", "\\u001f", "\\\"", "\\\\", "/", " ", "-", "none", "\\ud800", "\\udc00", "\\ud83d\\ude00", "\u20ac", "tags", "userName"];
        json.Append('"');
        for (var i = random.Next(4); i > 0; i--)
        {
            json.Append(parts[random.Next(parts.Length)]);
        }

        json.Append('"');
    }

    private static string Repeat(string text, int count) => string.Concat(Enumerable.Repeat(text, count));

    private static async Task CompareAsync(ScratchIndex index, MilledDocument[] documents, CancellationToken cancellation)
    {
        foreach (var group in documents.Chunk(ReadBackGroup))
        {
            var kept = await index.GetAsync(group.Select(document => document.Id), cancellation);
            for (var i = 0; i < group.Length; i++)
            {
                using var sent = JsonDocument.Parse(group[i].Document, new JsonDocumentOptions { MaxDepth = 128, AllowDuplicateProperties = false });
                Assert.True(JsonElement.DeepEquals(sent.RootElement, kept[i]), group[i].Id);
            }
        }
    }

    private async Task<ScratchIndex> IndexAsync(string engine, bool strict, CancellationToken cancellation)
    {
        var url = engine == "opensearch" ? await engines.OpenSearchAsync() : await engines.ElasticsearchAsync();
        Assert.SkipWhen(url is null, EngineFixture.Absent);
        return await ScratchIndex.CreateAsync(url!, engine == "opensearch", strict, cancellation);
    }
}
