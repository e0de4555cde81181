using System.Text.Json;
using TrailStream.Cli;
using TrailStream.Pipeline.Sqlite;
using TrailStream.Who;
using Xunit;

namespace TrailStream.Tests;

public sealed class CommandLineTests
{
    [Fact]
    public void EveryVerb_IsExplainedWithAnExample()
    {
        foreach (var verb in CommandLine.Build(TimeProvider.System).Subcommands.SelectMany(command => command.Subcommands.Prepend(command)))
        {
            Assert.Contains("Example", verb.Description);
            Assert.All(verb.Options, option => Assert.False(string.IsNullOrEmpty(option.Description), $"{verb.Name} {option.Name}"));
            Assert.All(verb.Arguments, argument => Assert.False(string.IsNullOrEmpty(argument.Description), $"{verb.Name} {argument.Name}"));
        }
    }

    [Theory]
    [InlineData("enrich")]
    [InlineData("enrich x --form xml")]
    [InlineData("enrich x --form ecs --retain some")]
    [InlineData("enrich x --form ecs --identity alice")]
    [InlineData("who")]
    [InlineData("nonsense")]
    [InlineData("completion tcsh")]
    public void WrongUsage_IsAnError(string line) =>
        Assert.NotEmpty(CommandLine.Build(TimeProvider.System).Parse(line).Errors);

    [Fact]
    public void HostileText_CannotMoveTheCursor()
    {
        Assert.Equal("a?[31mb?c", PlainText.Of("a\u001b[31mb\u202ec"));
        Assert.Equal(20, PlainText.Of(new string('x', 500), 20).Length);
    }

    [Theory]
    [InlineData("ASIATFQR7NSC5U6Q3TMD", true)]
    [InlineData("ASIAIOSFODNN7EXAMPLE", true)]
    [InlineData("ASIA0000000000000000", false)]
    public void KeyAccount_IsTwelveDigits(string key, bool known) => Assert.Equal(known, KeyAccount.Of(key) is { Length: 12 });

    [Theory]
    [InlineData("who alice --elasticsearch es:9200")]
    [InlineData("who alice --elasticsearch http://es.example:9200 --username alice")]
    [InlineData("who alice --elasticsearch https://es.example:9200 --username alice --api-key-file key")]
    [InlineData("who alice --elasticsearch https://es.example:9200 --password-file pw")]
    public async Task WhoAsksNobody_WhereTheConnectionMakesNoSense(string line) =>
        Assert.Equal(CommandLine.WrongUsage, await CommandLine.Build(TimeProvider.System).Parse(line).InvokeAsync(cancellationToken: TestContext.Current.CancellationToken));

    [Fact]
    public async Task UnknownKey_SaysWhatTheKeyItselfTells()
    {
        await using var store = new EmptyStore();
        using var output = new StringWriter();
        Assert.Equal(1, await WhoVerb.RunAsync("ASIATFQR7NSC5U6Q3TMD", store, json: true, color: false, output, CancellationToken.None));
        using var answer = JsonDocument.Parse(output.ToString());
        Assert.Equal(KeyAccount.Of("ASIATFQR7NSC5U6Q3TMD"), answer.RootElement.GetProperty("account_in_key").GetString());
    }

    private sealed class EmptyStore : ITrailStore
    {
        public Task<JsonDocument?> EventAsync(string id, CancellationToken cancellationToken) => Task.FromResult<JsonDocument?>(null);

        public Task<JsonDocument?> UseOfKeyAsync(string key, CancellationToken cancellationToken) => Task.FromResult<JsonDocument?>(null);

        public Task<JsonDocument?> GrantOfKeyAsync(string key, CancellationToken cancellationToken) => Task.FromResult<JsonDocument?>(null);

        public Task<JsonDocument?> UseOfArnAsync(string arn, CancellationToken cancellationToken) => Task.FromResult<JsonDocument?>(null);

        public Task<KeyUse?> KeyUseAsync(string key, CancellationToken cancellationToken) => Task.FromResult<KeyUse?>(null);

        public Task<IReadOnlyList<StoredRoleUse>> UsersOfRoleAsync(string roleArn, CancellationToken cancellationToken) =>
            Task.FromResult<IReadOnlyList<StoredRoleUse>>([]);

        public Task<IReadOnlyList<StoredSession>> SessionsAsync(string person, CancellationToken cancellationToken) =>
            Task.FromResult<IReadOnlyList<StoredSession>>([]);

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
