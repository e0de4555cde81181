using System.Text.Json.Nodes;
using TrailStream.Pipeline.Elasticsearch;
using TrailStream.Pipeline.Setup;
using TrailStream.Pipeline.Setup.Kibana;
using Xunit;

namespace TrailStream.Tests.Setup;

public sealed class DashboardSetupTests
{
    [Theory]
    [InlineData(false, "kbn-xsrf", null, 9)]
    [InlineData(false, "kbn-xsrf", "soc", 9)]
    [InlineData(true, "osd-xsrf", null, 2)]
    public async Task EverythingIsImported_AndTwiceIsOnce(bool isOpenSearch, string xsrf, string? space, int rows)
    {
        await using var kibana = await FakeKibana.StartAsync(xsrf);
        var first = await RunAsync(kibana, isOpenSearch, space);
        Assert.Equal(rows, first.Count);
        Assert.DoesNotContain(first, row => row.Outcome == SetupOutcome.Failed);
        Assert.Equal(DashboardSetup.ObjectLines(isOpenSearch).Count(), kibana.Objects.Count);
        Assert.Equal(isOpenSearch ? 0 : DetectionRules.All.Count, kibana.Rules.Count);
        Assert.All(kibana.Changes, change => Assert.Contains(space is null ? " /api/" : " /s/soc/api/", change));

        var second = await RunAsync(kibana, isOpenSearch, space);
        Assert.All(second.Where(row => row.What == "detection rule"), row => Assert.Equal(SetupOutcome.Unchanged, row.Outcome));
    }

    [Fact]
    public async Task ARuleOfAnEarlierVersion_IsUpgraded_AndKeepsWhatItsUsersChose()
    {
        await using var kibana = await FakeKibana.StartAsync("kbn-xsrf");
        await RunAsync(kibana, isOpenSearch: false);
        var rule = kibana.Rules[DetectionRules.All[0].Id];
        rule["meta"]!["version"] = 0;
        rule["enabled"] = true;
        rule["actions"] = new JsonArray("page somebody");
        rule["query"] = "of old";
        var rows = await RunAsync(kibana, isOpenSearch: false);
        Assert.Equal(SetupOutcome.Upgraded, rows.Single(row => row.Name == DetectionRules.All[0].Id).Outcome);
        Assert.Equal(DetectionRules.All[0].Query.Kql, rule["query"]!.GetValue<string>());
        Assert.True(rule["enabled"]!.GetValue<bool>());
        Assert.Single(rule["actions"]!.AsArray());
    }

    [Fact]
    public async Task ARuleOfOthers_OrOfALaterVersion_IsLeftAlone()
    {
        await using var kibana = await FakeKibana.StartAsync("kbn-xsrf");
        kibana.Rules[DetectionRules.All[0].Id] = new JsonObject { ["rule_id"] = DetectionRules.All[0].Id, ["query"] = "theirs" };
        kibana.Rules[DetectionRules.All[1].Id] = new JsonObject { ["meta"] = new JsonObject { ["managed_by"] = "trailstream", ["version"] = 99 }, ["query"] = "later" };
        var rows = await RunAsync(kibana, isOpenSearch: false);
        Assert.Equal(SetupOutcome.Failed, rows.Single(row => row.Name == DetectionRules.All[0].Id).Outcome);
        Assert.Equal(SetupOutcome.Skipped, rows.Single(row => row.Name == DetectionRules.All[1].Id).Outcome);
        Assert.Equal("theirs", kibana.Rules[DetectionRules.All[0].Id]["query"]!.GetValue<string>());
        Assert.Equal("later", kibana.Rules[DetectionRules.All[1].Id]["query"]!.GetValue<string>());
    }

    [Fact]
    public async Task DryRun_ChangesNothing()
    {
        await using var kibana = await FakeKibana.StartAsync("kbn-xsrf");
        using var setup = new DashboardSetup(new BulkOptions { Urls = [new Uri(kibana.Url)] }, isOpenSearch: false, space: null, isDryRun: true);
        var rows = await setup.RunAsync(TestContext.Current.CancellationToken);
        Assert.All(rows, row => Assert.Equal(SetupOutcome.Created, row.Outcome));
        Assert.Empty(kibana.Changes);
    }

    [Fact]
    public async Task Refusals_AreToldWithTheServersWords()
    {
        await using var kibana = await FakeKibana.StartAsync("kbn-xsrf");
        kibana.Refusal = 403;
        var rows = await RunAsync(kibana, isOpenSearch: false);
        Assert.All(rows, row => Assert.Equal((SetupOutcome.Failed, "HTTP 403: no"), (row.Outcome, row.Detail)));
    }

    private static async Task<IReadOnlyList<SetupRow>> RunAsync(FakeKibana kibana, bool isOpenSearch, string? space = null)
    {
        using var setup = new DashboardSetup(new BulkOptions { Urls = [new Uri(kibana.Url)] }, isOpenSearch, space, isDryRun: false);
        return await setup.RunAsync(TestContext.Current.CancellationToken);
    }
}
