using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using TrailStream.Pipeline.Setup;
using TrailStream.Testing.Kafka;
using Xunit;

namespace TrailStream.Engine.Tests.Setup;

/// <summary>Setting up real clusters: twice, from many nodes, over an earlier version, beside what others own.</summary>
public sealed class SetupTests(EngineFixture engines, ITestOutputHelper output)
{
    private static readonly string[] Templates = ["trailstream-mappings", "trailstream-settings", "trailstream-cloudtrail"];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Twice_TheSecondChangesNothing(bool isOpenSearch)
    {
        using var engine = await ReadyAsync(isOpenSearch);
        var planned = await engine.SetUpAsync(request => request with { IsDryRun = true });
        Assert.All(Rows(planned), row => Assert.Equal(SetupOutcome.Created, row.Outcome));
        Assert.Equal("{}", (await engine.GetAsync("/_index_template?filter_path=index_templates.name")).ToString().Replace("{\"index_templates\":[]}", "{}"));

        var first = await engine.SetUpAsync();
        output.WriteLine(string.Join('\n', first.Rows));
        Assert.All(Rows(first), row => Assert.Equal(SetupOutcome.Created, row.Outcome));
        Assert.Equal(SetupOutcome.Verified, first.Rows[^1].Outcome);
        Assert.All(Rows(await engine.SetUpAsync()), row => Assert.Equal(SetupOutcome.Unchanged, row.Outcome));

        // These engines have neither ILM nor ISM: said, and no failure.
        Assert.Equal(SetupOutcome.Skipped, first.Rows[0].Outcome);
        Assert.Contains(isOpenSearch ? "without the index-management plug-in" : "without ILM", first.Rows[0].Detail);
        Assert.False(first.Failed);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task FromEveryNodeAtOnce_ItStandsOnce(bool isOpenSearch)
    {
        using var engine = await ReadyAsync(isOpenSearch);
        var reports = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => engine.SetUpAsync()));
        Assert.All(reports, report => Assert.False(report.Failed, string.Join('\n', report.Rows)));
        Assert.All(Rows(await engine.SetUpAsync()), row => Assert.Equal(SetupOutcome.Unchanged, row.Outcome));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task AnEarlierVersion_IsUpgraded_ALaterOneIsLeftAlone(bool isOpenSearch)
    {
        using var engine = await ReadyAsync(isOpenSearch);

        // As the first version left it: an owner, no number in the mark.
        var old = new JsonObject { ["managed_by"] = "trailstream" };
        await PutAsync(engine, "/_component_template/trailstream-mappings", new JsonObject { ["template"] = new JsonObject(), ["version"] = 1, ["_meta"] = old.DeepClone() });
        await PutAsync(engine, "/_index_template/trailstream-cloudtrail", new JsonObject
        {
            ["index_patterns"] = new JsonArray("trailstream-cloudtrail-*"),
            ["priority"] = 250,
            ["composed_of"] = new JsonArray("trailstream-mappings"),
            ["template"] = new JsonObject { ["settings"] = new JsonObject { ["index.number_of_shards"] = 2 } },
            ["version"] = 1,
            ["_meta"] = old.DeepClone(),
        });
        var upgraded = Rows(await engine.SetUpAsync());
        Assert.Equal([SetupOutcome.Upgraded, SetupOutcome.Created, SetupOutcome.Upgraded], upgraded.Select(row => row.Outcome));
        Assert.Contains("from version 1", upgraded[0].Detail);

        var later = SetupObjects.IndexTemplate(new SetupChoices().Over(new SetupChoices())).Body.DeepClone();
        later["_meta"]!["version"] = 99;
        await PutAsync(engine, "/_index_template/trailstream-cloudtrail", later);
        var kept = await engine.SetUpAsync(request => request with { Choices = new SetupChoices { RulesAlias = true } });
        Assert.Equal(SetupOutcome.Skipped, kept.Rows.Single(row => row.Name == "trailstream-cloudtrail").Outcome);
        Assert.Contains("\"version\":99", (await engine.GetAsync("/_index_template/trailstream-cloudtrail")).ToString());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task WhatOthersOwn_IsNotTouched(bool isOpenSearch)
    {
        using var engine = await ReadyAsync(isOpenSearch);
        await PutAsync(engine, "/_component_template/trailstream-settings", new JsonObject
        {
            ["template"] = new JsonObject { ["settings"] = new JsonObject { ["index.number_of_shards"] = 7 } },
        });
        var report = await engine.SetUpAsync();
        Assert.True(report.Failed);
        Assert.Contains("not ours", report.Rows.Single(row => row.Name == "trailstream-settings").Detail);
        Assert.Contains("\"number_of_shards\":\"7\"", (await engine.GetAsync("/_component_template/trailstream-settings")).ToString());

        // A foreign template of higher priority would win over ours without a word.
        await engine.ClearAsync();
        await PutAsync(engine, "/_index_template/foreign", new JsonObject { ["index_patterns"] = new JsonArray("trailstream-*"), ["priority"] = 900 });
        try
        {
            var check = (await engine.SetUpAsync()).Rows[^1];
            Assert.Equal(SetupOutcome.Failed, check.Outcome);
            Assert.Contains("higher priority", check.Detail);
        }
        finally
        {
            await engine.Http.DeleteAsync("/_index_template/foreign", Cancellation);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Choices_StayUntilTheyAreChanged(bool isOpenSearch)
    {
        using var engine = await ReadyAsync(isOpenSearch);
        await engine.SetUpAsync(request => request with { Choices = new SetupChoices { Shards = SetupChoices.ShardsFor(170), Replicas = 0 } });
        (await engine.Http.PutAsync("/trailstream-cloudtrail-2026.01.01", null, Cancellation)).EnsureSuccessStatusCode();
        var settings = (await engine.GetAsync("/trailstream-cloudtrail-2026.01.01/_settings?flat_settings=true")).ToString();
        foreach (var expected in (string[])["\"index.number_of_shards\":\"5\"", "\"index.number_of_replicas\":\"0\"", "\"index.codec\":\"best_compression\"", "\"index.refresh_interval\":\"5s\"", "@timestamp"])
        {
            Assert.Contains(expected, settings);
        }

        // Another node, or the stream's own start, knows nothing of the flags.
        Assert.All(Rows(await engine.SetUpAsync()), row => Assert.Equal(SetupOutcome.Unchanged, row.Outcome));

        // The alias goes to indices that stand, too, and is taken back.
        var given = await engine.SetUpAsync(request => request with { Choices = new SetupChoices { RulesAlias = true } });
        Assert.Equal(SetupOutcome.Upgraded, Rows(given)[2].Outcome);
        Assert.Contains("trailstream-cloudtrail-2026.01.01", (await engine.GetAsync("/_alias/logs-aws.cloudtrail-trailstream")).ToString());
        Assert.Contains("trailstream-cloudtrail-2026.01.01", (await engine.GetAsync("/_alias/trailstream-cloudtrail")).ToString());
        await engine.SetUpAsync(request => request with { Choices = new SetupChoices { RulesAlias = false } });
        Assert.DoesNotContain("logs-aws", (await engine.GetAsync("/_alias")).ToString());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task PrintedScript_DoesTheSame(bool isOpenSearch)
    {
        using var engine = await ReadyAsync(isOpenSearch);
        var program = Path.Combine(AppContext.BaseDirectory, "trailstream.dll");
        var name = isOpenSearch ? "opensearch" : "elasticsearch";
        using var process = Process.Start(new ProcessStartInfo(
            "bash", ["-c", $"dotnet exec '{program}' setup {name} --print | URL={engine.Url} bash"])
        { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var errors = process.StandardError.ReadToEndAsync(Cancellation);
        await process.StandardOutput.ReadToEndAsync(Cancellation);
        await process.WaitForExitAsync(Cancellation);
        output.WriteLine(await errors);

        // Policy, roles and key are refused here, where there is neither lifecycle nor security; the templates are the verb's own. On Elasticsearch
        // the template of day indices refers to ILM and is refused too.
        Assert.All(Rows(await engine.SetUpAsync()), row => Assert.Equal(SetupOutcome.Unchanged, row.Outcome));
    }

    [Fact]
    public async Task TheOtherKindOfServer_IsNamed()
    {
        using var engine = await ReadyAsync(isOpenSearch: true);
        var error = await Assert.ThrowsAsync<HttpRequestException>(() => engine.SetUpAsync(request => request with { IsOpenSearch = false }));
        Assert.Contains("use `trailstream setup opensearch`", error.Message);
    }

    private async Task<SearchEngine> ReadyAsync(bool isOpenSearch)
    {
        var url = isOpenSearch ? await engines.OpenSearchAsync() : await engines.ElasticsearchAsync();
        Assert.SkipWhen(url is null, EngineFixture.Absent);
        var engine = new SearchEngine(url!, isOpenSearch);
        await engine.ClearAsync();
        return engine;
    }

    private static List<SetupRow> Rows(SetupReport report) => [.. report.Rows.Where(row => Templates.Contains(row.Name))];

    private static async Task PutAsync(SearchEngine engine, string path, JsonNode body)
    {
        using var answer = await engine.Http.PutAsJsonAsync(path, body, Cancellation);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync(Cancellation));
    }
}
