using TrailStream.Configuration;
using TrailStream.Run;
using Xunit;

namespace TrailStream.Tests.Configuration;

public sealed class ConfigurationTests : IDisposable
{
    private readonly string _file = Path.GetTempFileName();

    public void Dispose() => File.Delete(_file);

    [Fact]
    public void Precedence_IsFileThenEnvironmentThenSet()
    {
        File.WriteAllText(_file, "kafka:\n  brokers: [a:1, b:2]\n  topic: from-file\n  group: from-file\nsqlite: { path: x.db }\n");
        var reader = ConfigReader.Read(
            _file, new Dictionary<string, string> { ["TRAILSTREAM_KAFKA__TOPIC"] = "from-env", ["TRAILSTREAM_KAFKA__GROUP"] = "from-env" }, ["kafka.group=from-set"]);
        Assert.Empty(reader.Errors);
        Assert.Equal(new ConfigValue("a:1,b:2", $"{_file}:2"), reader.Values["kafka.brokers"]);
        Assert.Equal(new ConfigValue("from-env", "env TRAILSTREAM_KAFKA__TOPIC"), reader.Values["kafka.topic"]);
        Assert.Equal(new ConfigValue("from-set", "--set"), reader.Values["kafka.group"]);
        Assert.Equal("default", reader.Values["late.hold"].Source);
    }

    [Theory]
    [InlineData(200, true)]
    [InlineData(1000, true)]
    [InlineData(1024, false)]
    public void LimitsThatTheMemoryCannotHold_AreToldAtTheStart(long megabytes, bool isTold)
    {
        var settings = new Settings(ConfigReader.Read(null, new Dictionary<string, string>(), ["kafka.brokers=a:1"]).Values);
        var warning = MemoryBudget.Warning(settings, megabytes << 20);
        Assert.Equal(isTold, warning is not null);
        if (warning is not null)
        {
            Assert.Contains($"limits.in_flight_bytes (256 MB) and late.memory (256 MB) are more than half of the {megabytes} MB", warning, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void AllMistakes_AreToldAtOnce()
    {
        File.WriteAllText(_file, "kafka:\n  broker: a:1\n  protocol: fast\nlate:\n  hold: soon\nelasticsearch:\n  urls: ftp://x\n");
        var errors = ConfigReader.Read(_file, new Dictionary<string, string>(), ["http.port=99999", "nonsense"]).Errors;
        Assert.Contains(errors, error => error.Contains("kafka.broker") && error.Contains("Did you mean kafka.brokers?"));
        Assert.Contains(errors, error => error.Contains("kafka.protocol") && error.Contains("classic, consumer"));
        Assert.Contains(errors, error => error.Contains("late.hold") && error.Contains("30s"));
        Assert.Contains(errors, error => error.Contains("elasticsearch.urls"));
        Assert.Contains(errors, error => error.Contains("http.port") && error.Contains("65535"));
        Assert.Contains(errors, error => error.Contains("nonsense") && error.Contains("key=value"));
        Assert.Contains(errors, error => error.Contains("kafka.brokers is required"));
    }

    [Fact]
    public void BrokenYaml_IsToldWithItsLine()
    {
        File.WriteAllText(_file, "kafka:\n  brokers: [a\n");
        Assert.Contains(ConfigReader.Read(_file, new Dictionary<string, string>(), []).Errors, error => error.StartsWith(_file + ":"));
    }

    [Fact]
    public void Secrets_AreNeverShown()
    {
        var reader = ConfigReader.Read(
            null, new Dictionary<string, string>(), ["kafka.brokers=a:1", "sqlite.path=x", "kafka.password=hunter2", "kafka.client.ssl.key.password=hunter2"]);
        using var shown = new StringWriter();
        ConfigReport.Show(reader, shown);
        Assert.DoesNotContain("hunter2", shown.ToString());
        Assert.Contains("(secret)", shown.ToString());
    }

    [Fact]
    public void SnapshotWithoutSessionsTopic_IsRefused() =>
        Assert.Contains(
            ConfigReader.Read(null, new Dictionary<string, string>(), ["kafka.brokers=a:1", "sqlite.path=x", "sessions.enabled=false", "sessions.snapshot=f"]).Errors,
            error => error.Contains("sessions.snapshot") && error.Contains("sessions.enabled"));

    [Fact]
    public void ClientSettingsThatSettlementNeeds_AreRefused() =>
        Assert.Contains(
            ConfigReader.Read(null, new Dictionary<string, string>(), ["kafka.client.enable.auto.commit=true"]).Errors,
            error => error.Contains("settlement depends on it"));

    [Fact]
    public void Credentials_AreNotSentInClear() =>
        Assert.Contains(
            ConfigReader.Read(null, new Dictionary<string, string>(), ["elasticsearch.urls=http://es:9200", "elasticsearch.api_key=x", "kafka.brokers=a:1"]).Errors,
            error => error.Contains("use https"));
}
