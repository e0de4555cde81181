using System.Text.Json;
using System.Text.RegularExpressions;
using TrailStream.Cli;
using TrailStream.Pipeline.Setup;
using TrailStream.Setup;
using Xunit;

namespace TrailStream.Tests.Setup;

public sealed partial class SetupVerbTests
{
    private static readonly Dictionary<string, string> NoEnvironment = [];

    [Theory]
    [InlineData("setup")]
    [InlineData("setup elasticsearch --daily-gb 0")]
    [InlineData("setup elasticsearch --retain-days many")]
    [InlineData("setup opensearch --api-key-out x")]
    [InlineData("setup kibana --print everything")]
    [InlineData("setup dashboards --print rules")]
    [InlineData("setup nonsense")]
    public void WrongUsage_IsAnError(string line) => Assert.NotEmpty(CommandLine.Build(TimeProvider.System).Parse(line).Errors);

    [Theory]
    [InlineData("setup elasticsearch --url https://es:9200 --username elastic --password-file pw --rules-alias --daily-gb 120 --api-key-out -")]
    [InlineData("setup elasticsearch --rules-alias false --print")]
    [InlineData("setup opensearch -c trailstream.yaml --set elasticsearch.urls=https://os:9200 --dry-run")]
    [InlineData("setup kibana --print")]
    [InlineData("setup kibana --print rules")]
    [InlineData("setup dashboards --url http://127.0.0.1:5601")]
    public void RightUsage_IsNone(string line) => Assert.Empty(CommandLine.Build(TimeProvider.System).Parse(line).Errors);

    [Theory]
    [InlineData(null, null, 2, "say where it is")]
    [InlineData("ftp://es", null, 2, "--url must hold http://")]
    [InlineData("http://es.example:9200", "elastic", 2, "would get credentials in clear")]
    public async Task WhatMakesNoSense_IsSaidBeforeAnythingIsSent(string? url, string? username, int code, string message)
    {
        using var output = new StringWriter();
        using var errors = new StringWriter();
        var arguments = Arguments(url) with { Connection = new ConnectionArguments(url, username, null, null, null) };
        Assert.Equal(code, await SetupVerb.ClusterAsync(arguments, NoEnvironment, output, errors, false, TimeProvider.System, CancellationToken.None));
        Assert.Contains(message, errors.ToString());
        Assert.Empty(output.ToString());
    }

    [Theory]
    [InlineData("elastic", null, "key")]
    [InlineData(null, "pw", null)]
    public async Task HalfALogin_OrTwo_IsSaid(string? username, string? passwordFile, string? keyFile)
    {
        using var errors = new StringWriter();
        var arguments = Arguments(null) with { Connection = new ConnectionArguments("https://es:9200", username, passwordFile, keyFile, null) };
        Assert.Equal(2, await SetupVerb.ClusterAsync(arguments, NoEnvironment, TextWriter.Null, errors, false, TimeProvider.System, CancellationToken.None));
        Assert.Contains("log in with", errors.ToString());
    }

    /// <summary>The configuration's plain address was fine as long as nobody logged in.</summary>
    [Fact]
    public async Task CredentialsOfTheCommandLine_DoNotGoInClear_ToTheConfigurationsAddress()
    {
        using var output = new StringWriter();
        using var errors = new StringWriter();
        var arguments = Arguments(null) with
        {
            Connection = new ConnectionArguments(null, "elastic", null, null, null),
            Set = ["elasticsearch.urls=http://es.example:9200"],
        };
        Assert.Equal(2, await SetupVerb.ClusterAsync(arguments, NoEnvironment, output, errors, false, TimeProvider.System, CancellationToken.None));
        Assert.Contains("would get credentials in clear", errors.ToString());
    }

    [Fact]
    public async Task WrongConfiguration_Is78()
    {
        using var output = new StringWriter();
        using var errors = new StringWriter();
        Assert.Equal(78, await SetupVerb.ClusterAsync(
            Arguments(null) with { Set = ["elasticsearch.url=x"] }, NoEnvironment, output, errors, false, TimeProvider.System, CancellationToken.None));
        Assert.Contains("Did you mean elasticsearch.urls?", errors.ToString());
    }

    [Fact]
    public async Task NobodyThere_IsSaid()
    {
        using var output = new StringWriter();
        using var errors = new StringWriter();
        Assert.Equal(1, await SetupVerb.ClusterAsync(
            Arguments("http://127.0.0.1:1"), NoEnvironment, output, errors, false, TimeProvider.System, CancellationToken.None));
        Assert.StartsWith("setup: http://127.0.0.1:1/: ", errors.ToString());
    }

    [Theory]
    [InlineData(false, 8)]
    [InlineData(true, 4)]
    public async Task Print_IsAScriptOfWholeRequests(bool isOpenSearch, int count)
    {
        using var output = new StringWriter();
        var arguments = Arguments(null) with { IsOpenSearch = isOpenSearch, IsPrint = true, ApiKeyDays = 90, Choices = new SetupChoices { Shards = 3, RulesAlias = true } };
        Assert.Equal(0, await SetupVerb.ClusterAsync(arguments, NoEnvironment, output, TextWriter.Null, false, TimeProvider.System, CancellationToken.None));
        var bodies = Body().Matches(output.ToString()).Select(match => JsonDocument.Parse(match.Groups[1].Value).RootElement).ToList();
        Assert.Equal(count, bodies.Count);
        Assert.Contains("\"index.number_of_shards\": 3", output.ToString());
        Assert.Contains("logs-aws.cloudtrail-trailstream", output.ToString());

        // The order is that in which each finds what it refers to.
        var paths = output.ToString().Split('\n').Where(line => line.StartsWith("curl", StringComparison.Ordinal)).ToList();
        Assert.Contains(isOpenSearch ? "_plugins/_ism/policies" : "_ilm/policy", paths[0]);
        Assert.Contains("trailstream-mappings", paths[1]);
        Assert.Contains("trailstream-settings", paths[2]);
        Assert.Contains("_index_template/trailstream-cloudtrail", paths[3]);
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(40, 1)]
    [InlineData(41, 2)]
    [InlineData(170, 5)]
    [InlineData(2560, 64)]
    public void Shards_FollowTheVolume(int gigabytes, int shards) => Assert.Equal(shards, SetupChoices.ShardsFor(gigabytes));

    [Theory]
    [InlineData(
        "action [indices:data/write/bulk[s]] is unauthorized for API key id [x] of user [elastic] on indices [i], this action is granted by the index privileges [create_doc,create,delete,index,write,all]",
        "the index privilege index is missing (for indices:data/write/bulk[s])")]
    [InlineData(
        "action [cluster:monitor/main] is unauthorized for user [u] with effective roles [r], this action is granted by the cluster privileges [monitor,manage,all]",
        "the cluster privilege monitor is missing (for cluster:monitor/main)")]
    [InlineData("blocked by: [FORBIDDEN/8/index write (api)];", null)]
    [InlineData(null, null)]
    public void Refusals_NameThePrivilege(string? refusal, string? missing) => Assert.Equal(missing, Privileges.Missing(refusal));

    private static SetupArguments Arguments(string? url) => new()
    {
        IsOpenSearch = false,
        Connection = new ConnectionArguments(url, null, null, null, null),
        Choices = new SetupChoices(),
    };

    [GeneratedRegex(@"<<'END'\n(.*?)\nEND\n", RegexOptions.Singleline)]
    private static partial Regex Body();
}
