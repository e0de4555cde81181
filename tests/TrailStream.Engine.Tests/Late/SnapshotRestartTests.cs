using System.Diagnostics;
using Confluent.Kafka;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using TrailStream.Core.Documents;
using TrailStream.Core.Generation;
using TrailStream.Core.Sessions;
using TrailStream.Pipeline.Actors;
using TrailStream.Pipeline.Kafka;
using TrailStream.Pipeline.Options;
using TrailStream.Testing.Kafka;
using Xunit;

namespace TrailStream.Engine.Tests.Late;

/// <summary>Restarts from a snapshot and the topic's rest; and from the topic alone, saying why, where the snapshot is not to be trusted.</summary>
public sealed class SnapshotRestartTests(EngineFixture engines) : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("trailstream-snapshot-");
    private readonly Lines _lines = new();

    private string Snapshot => Path.Combine(_folder.FullName, "sessions.snapshot");

    public void Dispose()
    {
        _folder.Delete(recursive: true);
        _lines.Dispose();
    }

    [Fact]
    public async Task Restart_LoadsTheSnapshotAndReadsTheRest()
    {
        var options = await BeginAsync("rest");
        var sessions = await LifeAsync(options);
        Assert.True(File.Exists(Snapshot));

        // Another node goes on meanwhile, without a snapshot of its own.
        Feed(options, seed: 2);
        var more = await LifeAsync(options with { Sessions = options.Sessions with { Snapshot = null } });
        Assert.True(more > sessions);

        Assert.Equal(more, await LifeAsync(options, expectRead: 0));
        Assert.Contains(_lines.All, line => line.Contains("Session index loaded from", StringComparison.Ordinal));
        Assert.DoesNotContain(_lines.All, line => line.Contains("is not used", StringComparison.Ordinal));
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Snapshot));
        }
    }

    [Theory]
    [InlineData("flipped", "damaged")]
    [InlineData("cut", "damaged")]
    [InlineData("empty", "damaged")]
    [InlineData("renamed topic", "another sessions topic")]
    [InlineData("topic made anew", "made anew")]
    public async Task DoubtfulSnapshot_IsNotUsed_AndTheTopicIsRead(string damage, string reason)
    {
        var options = await BeginAsync("doubt-" + damage.Replace(' ', '-'));
        var sessions = await LifeAsync(options);
        switch (damage)
        {
            case "flipped":
                var bytes = File.ReadAllBytes(Snapshot);
                bytes[bytes.Length / 2] ^= 1;
                File.WriteAllBytes(Snapshot, bytes);
                break;
            case "cut":
                File.WriteAllBytes(Snapshot, File.ReadAllBytes(Snapshot)[..^100]);
                break;
            case "empty":
                File.WriteAllBytes(Snapshot, []);
                break;
            case "renamed topic":
                options = options with { Sessions = options.Sessions with { Topic = options.Sessions.Topic + "-2" } };
                sessions = 0;
                break;
            default:
                await MakeAnewAsync(options);
                sessions = 0;
                break;
        }

        // A topic without records means a first start, which looks back through the input.
        Assert.InRange(await LifeAsync(options, expectRead: 0), Math.Max(1, sessions), int.MaxValue);
        Assert.Contains(_lines.All, line => line.Contains("is not used", StringComparison.Ordinal) && line.Contains(reason, StringComparison.Ordinal));
    }

    [Fact]
    public async Task DiskRefusesTheSnapshot_StreamGoesOn()
    {
        var options = await BeginAsync("full");
        options = options with { Sessions = options.Sessions with { Snapshot = Path.Combine(_folder.FullName, "missing", "sessions.snapshot") } };
        Assert.True(await LifeAsync(options) > 0);
        Assert.Contains(_lines.All, line => line.Contains("could not be written", StringComparison.Ordinal));
    }

    private async Task<StreamOptions> BeginAsync(string name)
    {
        var kafka = await engines.KafkaAsync();
        Assert.SkipWhen(kafka is null, EngineFixture.Absent);
        name = $"snapshot-{name}-{Stopwatch.GetTimestamp()}";
        var options = new StreamOptions
        {
            Kafka = new KafkaOptions { Brokers = kafka!, Topics = [name], GroupId = name, DeadLetterTopic = name + "-dlq" },
            Sessions = new SessionsOptions { Topic = name + "-sessions", Partitions = 3, Snapshot = Snapshot },
            Late = new LateOptions { HoldTime = TimeSpan.Zero },
        };
        await TopicSetup.EnsureAsync(
            options.Kafka, [new TopicSpec(name, 2, 1, new Dictionary<string, string>())], TimeProvider.System, NullLogger.Instance, TestContext.Current.CancellationToken);
        Feed(options, seed: 1);
        return options;
    }

    /// <summary>Reads what is there, says how many sessions the index then holds.</summary>
    private async Task<int> LifeAsync(StreamOptions options, long? expectRead = null)
    {
        var cancellation = TestContext.Current.CancellationToken;
        using var index = new SessionIndex(SessionIndexOptions.Default with { SessionsMax = 100_000 });
        await using var sink = new MemorySink();
        await using var run = await StreamRun.StartAsync(options, [sink], new MemoryDeadLetters(), TimeProvider.System, _lines, index, cancellation);
        await run.WaitForIdleAsync(0, cancellation);
        await run.DrainAsync(cancellation);
        if (expectRead is { } read)
        {
            Assert.Equal(read, run.Status.Records);
        }

        return index.Count;
    }

    private static async Task MakeAnewAsync(StreamOptions options)
    {
        using var admin = new AdminClientBuilder(new AdminClientConfig { BootstrapServers = options.Kafka.Brokers }).Build();
        await admin.DeleteTopicsAsync([options.Sessions.Topic]);
        while (admin.GetMetadata(TimeSpan.FromSeconds(10)).Topics.Any(topic => topic.Topic == options.Sessions.Topic))
        {
            await Task.Yield();
        }
    }

    private static void Feed(StreamOptions options, ulong seed)
    {
        var generator = new TrailGenerator(new TrailGeneratorOptions { Seed = seed, Events = 1_000, Start = DateTimeOffset.UtcNow.AddHours(-1) });
        using var feeder = new TopicFeeder(options.Kafka.Brokers, options.Kafka.Topics[0]);
        var record = new ByteBuffer();
        while (generator.Next(record, new TrailTruth()))
        {
            feeder.Send(record.Written);
            record.Clear();
        }

        feeder.Flush(TestContext.Current.CancellationToken);
    }

    /// <summary>Log lines in memory.</summary>
    private sealed class Lines : ILoggerFactory, ILogger
    {
        private readonly List<string> _lines = [];

        public IReadOnlyList<string> All
        {
            get
            {
                lock (_lines)
                {
                    return [.. _lines];
                }
            }
        }

        public ILogger CreateLogger(string categoryName) => this;

        public void AddProvider(ILoggerProvider provider)
        {
        }

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            lock (_lines)
            {
                _lines.Add(formatter(state, exception));
            }
        }

        public void Dispose()
        {
        }
    }
}
