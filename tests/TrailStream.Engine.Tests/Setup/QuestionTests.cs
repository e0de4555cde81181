using System.Text.Json;
using System.Text.Json.Nodes;
using TrailStream.Pipeline.Setup;
using TrailStream.Pipeline.Setup.Kibana;
using TrailStream.Testing.Kafka;
using Xunit;

namespace TrailStream.Engine.Tests.Setup;

/// <summary>Each of the twelve pivots, each of our rules and the queries of the prebuilt rules on role assumption, asked of the real engines over documents
/// whose right answers are known. KQL has no engine here: the query DSL is rendered from the same definition.</summary>
public sealed class QuestionTests(EngineFixture engines, ITestOutputHelper output)
{
    private readonly ResponderWorld _world = new(DateTimeOffset.UtcNow);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Pivots_FindExactlyWhatTheyAskFor(bool isOpenSearch)
    {
        using var engine = await ReadyAsync(isOpenSearch);
        var wrong = new List<string>();
        foreach (var pivot in Pivots.Twelve)
        {
            // 9 asks for all sessions with an address; its answer is the table below.
            if (pivot.Number != 9)
            {
                Compare($"pivot {pivot.Number}", _world.Labelled(pivot.Number.ToString()), await engine.IdsAsync(pivot.Query.Dsl), wrong);
            }
        }

        Assert.Empty(wrong);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task PivotTables_CountExactly(bool isOpenSearch)
    {
        using var engine = await ReadyAsync(isOpenSearch);

        Assert.Equal(
            ["arn:aws:iam::111111111111:user/alice | attributed: 6, 1", "arn:aws:iam::222222222222:user/mallory | attributed: 1, 1"],
            await TableAsync(engine, 5, "calls", "addresses"));
        Assert.Equal(
            [
                "222222222222 | iam.amazonaws.com | CreateUser: 1, 0", "222222222222 | iam.amazonaws.com | UpdateAssumeRolePolicy: 1, 0",
                "333333333333 | cloudtrail.amazonaws.com | StopLogging: 1, 0", "333333333333 | iam.amazonaws.com | DeleteUser: 1, 0",
            ],
            await TableAsync(engine, 6, "calls", "resources"));
        Assert.Equal(["alice@111111111111 > deploy@222222222222 > admin@333333333333: 2"], await TableAsync(engine, 8, "calls"));
        Assert.Equal(
            [$"{ResponderWorld.Key(7)} | carol: 3, 3", $"{ResponderWorld.Key(8)} | erin: 2, 3"], await TableAsync(engine, 9, "addresses", "calls"));
        Assert.Equal(["bob: 5, 5"], await TableAsync(engine, 10, "calls", "actions"));
        Assert.Equal(
            ["attributed | key_matched: 18", "unattributed | conflict: 1", "unattributed | no_grant: 52"], await TableAsync(engine, 12, "calls"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task OurRules_FireOnExactlyTheirEvents(bool isOpenSearch)
    {
        using var engine = await ReadyAsync(isOpenSearch);
        var wrong = new List<string>();
        foreach (var rule in DetectionRules.All)
        {
            var found = await engine.IdsAsync(rule.Query.Dsl);
            if (rule.Twin is null)
            {
                Compare(rule.Id, _world.Labelled(rule.Id), found, wrong);
            }
            else if (rule.NewTerms.Length > 0)
            {
                Compare(rule.Id, _world.Labelled("new-person"), found, wrong);
                Compare(rule.Id + " (new)", NewPeople, await NewTermsAsync(engine, rule), wrong);
            }
            else
            {
                Compare(rule.Id + " (groups)", GroupsOver[rule.Id], await OverThresholdAsync(engine, rule), wrong);
            }
        }

        Assert.Empty(wrong);
    }

    /// <summary>Elastic's prebuilt rules themselves are not copied here; what they look at is (elastic.md names the fields), over the alias that they search.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task QueriesOfPrebuiltRules_FireWhereTheyShould(bool isOpenSearch)
    {
        using var engine = await ReadyAsync(isOpenSearch);
        var wrong = new List<string>();
        foreach (var (label, query) in PrebuiltQueries.All)
        {
            var dataset = Query.All(Query.Is("data_stream.dataset", "aws.cloudtrail"), query);
            Compare(label, _world.Labelled(label), await engine.IdsAsync(dataset.Dsl, "logs-aws.cloudtrail-*"), wrong);
        }

        // The fields that their new_terms remember are there on every hit.
        foreach (var (label, fields) in PrebuiltQueries.Remembered)
        {
            var query = PrebuiltQueries.All.Single(pair => pair.Label == label).Query;
            var all = Query.All([query, .. fields.Select(Query.Exists)]);
            Compare($"{label} with {string.Join(", ", fields)}", _world.Labelled(label), await engine.IdsAsync(all.Dsl, "logs-aws.cloudtrail-*"), wrong);
        }

        Assert.Empty(wrong);
    }

    private static readonly string[] NewPeople =
    [
        "arn:aws:iam::111111111111:user/alice | arn:aws:iam::333333333333:role/admin", "arn:aws:iam::111111111111:user/carol | arn:aws:iam::111111111111:role/reader",
        "arn:aws:iam::111111111111:user/erin | arn:aws:iam::111111111111:role/reader", "arn:aws:iam::222222222222:user/mallory | arn:aws:iam::222222222222:role/deploy",
        "arn:aws:iam::222222222222:user/mallory | arn:aws:iam::222222222222:role/web",
    ];

    private static readonly Dictionary<string, string[]> GroupsOver = new()
    {
        ["trailstream-session-from-many-addresses"] = [ResponderWorld.Key(7)],
        ["trailstream-person-probing"] = ["arn:aws:iam::111111111111:user/bob"],
        ["trailstream-grants-missing"] = ["444444444444"],
    };

    private async Task<SearchEngine> ReadyAsync(bool isOpenSearch)
    {
        var url = isOpenSearch ? await engines.OpenSearchAsync() : await engines.ElasticsearchAsync();
        Assert.SkipWhen(url is null, EngineFixture.Absent);
        var engine = new SearchEngine(url!, isOpenSearch);
        await engine.ClearAsync();
        var report = await engine.SetUpAsync(request => request with { Choices = new SetupChoices { Shards = 1, Replicas = 0, RulesAlias = true } });
        Assert.False(report.Failed, string.Join('\n', report.Rows));
        await engine.FillAsync(_world);
        var all = await engine.IdsAsync(new JsonObject { ["match_all"] = new JsonObject() });
        Assert.Equal(_world.Count, all.Length);
        Assert.Empty(await engine.IdsAsync(Query.Exists("_ignored").Dsl));
        return engine;
    }

    private void Compare(string question, string[] expected, string[] found, List<string> wrong)
    {
        output.WriteLine($"{question}: {found.Length}");
        Assert.NotEmpty(expected);
        if (!expected.SequenceEqual(found))
        {
            wrong.Add($"{question}: missing {string.Join(' ', expected.Except(found).Take(5))}, too many {string.Join(' ', found.Except(expected).Take(5))}");
        }
    }

    /// <summary>Groups as "value | value: number, number", in order; below the pivot's threshold left out.</summary>
    private static async Task<List<string>> TableAsync(SearchEngine engine, int number, params string[] measures)
    {
        var pivot = Pivots.Twelve.Single(p => p.Number == number);
        var rows = new List<string>();
        foreach (var bucket in await BucketsAsync(engine, WithinDays(pivot.Query, 9), pivot.Breakdown!))
        {
            if (pivot.Having is not { } having || Value(bucket, having.Measure) >= having.AtLeast)
            {
                rows.Add($"{Key(bucket)}: {string.Join(", ", measures.Select(measure => Value(bucket, measure)))}");
            }
        }

        return rows;
    }

    private static async Task<string[]> OverThresholdAsync(SearchEngine engine, DetectionRule rule)
    {
        var buckets = await BucketsAsync(engine, rule.Query.Dsl, rule.Twin!);
        return [.. buckets.Where(bucket => Value(bucket, "calls") >= rule.Threshold!.Hits
            && (rule.Threshold.CountedField is null || Value(bucket, "different") >= rule.Threshold.Different)).Select(Key)];
    }

    /// <summary>Combinations of the last day that the days before did not have.</summary>
    private static async Task<string[]> NewTermsAsync(SearchEngine engine, DetectionRule rule)
    {
        var now = await BucketsAsync(engine, WithinDays(rule.Query, 1), rule.Twin!);
        var before = await BucketsAsync(
            engine, new JsonObject { ["bool"] = new JsonObject { ["filter"] = new JsonArray(rule.Query.Dsl), ["must_not"] = new JsonArray(Within(1)) } }, rule.Twin!);
        return [.. now.Select(Key).Except(before.Select(Key))];
    }

    private static JsonObject WithinDays(Query query, int days) =>
        new() { ["bool"] = new JsonObject { ["filter"] = new JsonArray(query.Dsl, Within(days)) } };

    private static JsonObject Within(int days) => new() { ["range"] = new JsonObject { ["@timestamp"] = new JsonObject { ["gte"] = $"now-{days}d" } } };

    private static async Task<List<JsonElement>> BucketsAsync(SearchEngine engine, JsonObject query, Breakdown breakdown)
    {
        var answer = await engine.SearchAsync(new JsonObject { ["size"] = 0, ["query"] = query, ["aggs"] = breakdown.Aggregations });
        return [.. answer.GetProperty("aggregations").GetProperty("groups").GetProperty("buckets").EnumerateArray()];
    }

    private static string Key(JsonElement bucket) =>
        string.Join(" | ", bucket.GetProperty("key").EnumerateObject().Select(part => part.Value.ValueKind == JsonValueKind.Null ? "-" : part.Value.GetString()));

    private static long Value(JsonElement bucket, string measure) =>
        measure == "calls" ? bucket.GetProperty("doc_count").GetInt64() : bucket.GetProperty(measure).GetProperty("value").GetInt64();
}
