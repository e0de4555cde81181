using System.Text.Json.Nodes;
using TrailStream.Pipeline.Elasticsearch;
using TrailStream.Pipeline.Setup;
using Xunit;

namespace TrailStream.Tests.Setup;

/// <summary>Clusters with a lifecycle of their own, which the real engines of the tests have not.</summary>
public sealed class LifecycleTests
{
    private const string Elasticsearch = """{"number":"9.1.0","build_flavor":"default"}""";
    private const string OpenSearch = """{"number":"3.6.0","distribution":"opensearch"}""";

    [Theory]
    [InlineData(Elasticsearch, "/_ilm/policy/trailstream")]
    [InlineData(OpenSearch, "/_plugins/_ism/policies/trailstream")]
    public async Task ThePolicy_IsMadeFirst_KeptAndChangedByChoice(string version, string path)
    {
        await using var cluster = await FakeCluster.StartAsync(version);
        var isOpenSearch = version == OpenSearch;
        var first = await SetUpAsync(cluster, isOpenSearch, new SetupChoices { RetainDays = 30 });
        Assert.Equal(SetupOutcome.Created, Policy(first).Outcome);
        Assert.Equal(path, cluster.Puts.First());
        Assert.Contains("30d", cluster.Stored[path].ToJsonString());

        // Nothing that makes an index read-only: a late correction must find it writable.
        Assert.DoesNotContain("read", cluster.Stored[path].ToJsonString());
        Assert.DoesNotContain("merge", cluster.Stored[path].ToJsonString());
        Assert.Equal(SetupOutcome.Unchanged, Policy(await SetUpAsync(cluster, isOpenSearch, new SetupChoices())).Outcome);
        Assert.Equal(SetupOutcome.Upgraded, Policy(await SetUpAsync(cluster, isOpenSearch, new SetupChoices { RetainDays = 60 })).Outcome);
        Assert.Contains("60d", cluster.Stored[path].ToJsonString());
    }

    [Theory]
    [InlineData(Elasticsearch, "/_ilm/policy/trailstream")]
    [InlineData(OpenSearch, "/_plugins/_ism/policies/trailstream")]
    public async Task APolicyOfOthers_IsNotTouched(string version, string path)
    {
        await using var cluster = await FakeCluster.StartAsync(version);
        cluster.Stored[path] = new JsonObject { ["policy"] = new JsonObject { ["description"] = "theirs", ["phases"] = new JsonObject() } };
        var report = await SetUpAsync(cluster, version == OpenSearch, new SetupChoices());
        Assert.Equal(SetupOutcome.Failed, Policy(report).Outcome);
        Assert.Contains("not ours", Policy(report).Detail);
        Assert.DoesNotContain(path, cluster.Puts);
    }

    /// <summary>Only indices of a day get the policy: it reads their age from their name, and refuses to make any other.</summary>
    [Fact]
    public async Task WithIlm_DayIndicesHaveATemplateOfTheirOwn()
    {
        await using var cluster = await FakeCluster.StartAsync(Elasticsearch);
        await SetUpAsync(cluster, isOpenSearch: false, new SetupChoices());
        var (all, days) = (cluster.Stored["/_index_template/trailstream-cloudtrail"], cluster.Stored["/_index_template/trailstream-cloudtrail-days"]);
        Assert.DoesNotContain("lifecycle", all.ToJsonString());
        Assert.Contains("\"index.lifecycle.name\":\"trailstream\"", days.ToJsonString());
        Assert.Equal("trailstream-cloudtrail-2*", days["index_patterns"]![0]!.GetValue<string>());
        Assert.True(days["priority"]!.GetValue<int>() > all["priority"]!.GetValue<int>());
    }

    [Theory]
    [InlineData("""{"number":"9.1.0","build_flavor":"serverless"}""", 410, "a serverless project has no ILM")]
    [InlineData(Elasticsearch, 400, "runs without ILM")]
    [InlineData(Elasticsearch, 405, "runs without ILM")]
    [InlineData(OpenSearch, 400, "without the index-management plug-in")]
    public async Task WithoutLifecycle_ItIsSaid_AndNoFailure(string version, int status, string reason)
    {
        await using var cluster = await FakeCluster.StartAsync(version, status);
        var report = await SetUpAsync(cluster, version == OpenSearch, new SetupChoices());
        Assert.False(report.Failed);
        Assert.Equal(SetupOutcome.Skipped, Policy(report).Outcome);
        Assert.Contains(reason, Policy(report).Detail);
        Assert.DoesNotContain("/_index_template/trailstream-cloudtrail-days", cluster.Puts);
        var settings = cluster.Stored["/_component_template/trailstream-settings"].ToJsonString();
        Assert.Equal(!version.Contains("serverless"), settings.Contains("number_of_shards"));
    }

    [Theory]
    [InlineData(Elasticsearch)]
    [InlineData(OpenSearch)]
    public async Task DryRun_PutsNothing(string version)
    {
        await using var cluster = await FakeCluster.StartAsync(version);
        var request = new SetupRequest { IsOpenSearch = version == OpenSearch, IsDryRun = true };
        using var setup = new ElasticsearchSetup(new BulkOptions { Urls = [cluster.Url] }, request, TimeProvider.System);
        var report = await setup.RunAsync(TestContext.Current.CancellationToken);
        Assert.Equal(SetupOutcome.Created, Policy(report).Outcome);
        Assert.Empty(cluster.Puts);
    }

    private static async Task<SetupReport> SetUpAsync(FakeCluster cluster, bool isOpenSearch, SetupChoices choices)
    {
        var request = new SetupRequest { IsOpenSearch = isOpenSearch, Choices = choices, WithApiKey = false };
        using var setup = new ElasticsearchSetup(new BulkOptions { Urls = [cluster.Url] }, request, TimeProvider.System);
        return await setup.RunAsync(TestContext.Current.CancellationToken);
    }

    private static SetupRow Policy(SetupReport report) => report.Rows.Single(row => row.What == "lifecycle policy");
}
