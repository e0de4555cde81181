using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using TrailStream.Core.Attribution;
using TrailStream.Core.Sessions;
using TrailStream.Pipeline.Actors;
using TrailStream.Pipeline.Kafka;
using TrailStream.Pipeline.Options;
using TrailStream.Testing.Kafka;
using TrailStream.Testing.Trails;
using Xunit;

[assembly: AssemblyFixture(typeof(EngineFixture))]

namespace TrailStream.Pipeline.Tests.Kafka;

/// <summary>Against a real Kafka: topics, the sessions topic, the look back at the first start, both group protocols.</summary>
public sealed class SessionsTopicTests(EngineFixture engines) : IDisposable
{
    private readonly CancellationTokenSource _patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
    private string _brokers = "";

    public void Dispose() => _patience.Dispose();

    [Theory]
    [InlineData("classic")]
    [InlineData("consumer")]
    public async Task NodeWithEmptyIndex_LearnsFromSessionsTopic(string protocol)
    {
        await BeginAsync();
        var options = Options($"warm-{protocol}", protocol);
        await CreateInputAsync(options);
        Feed(options, TrailEvents.Grant("g-1"));
        await using (var sink = new MemorySink())
        {
            await RunAsync(options, sink, 1);
        }

        Feed(options, TrailEvents.Use("u-1"));
        await using var second = new MemorySink();
        var status = await RunAsync(options, second, 1);
        Assert.Equal(["u-1"], second.Documents.Keys);
        Assert.Equal(EvidenceRank.Proven, second.Documents["u-1"].Rank);
        Assert.Equal(1, status.Records);
    }

    [Fact]
    public async Task FirstStartAtTheEnd_LooksBackForGrants()
    {
        await BeginAsync();
        var options = Options("look-back", "consumer");
        options = options with { Kafka = options.Kafka with { StartAt = StartPosition.Latest } };
        await CreateInputAsync(options);
        Feed(options, TrailEvents.Grant("g-1"), TrailEvents.Use("u-old"));
        using var index = NewIndex();
        await using var sink = new MemorySink();
        await using var letters = new MemoryDeadLetters();
        await using var run = await StreamRun.StartAsync(
            options, [sink], letters, TimeProvider.System, NullLoggerFactory.Instance, index, _patience.Token);
        Assert.Equal((2, 2), (run.Status.LookBackDone, run.Status.LookBackTotal));
        await run.WaitForIdleAsync(0, _patience.Token);
        Feed(options, TrailEvents.Use("u-new"));
        await run.WaitForIdleAsync(1, _patience.Token);
        Assert.Equal(["u-new"], sink.Documents.Keys);
        Assert.Equal(EvidenceRank.Proven, sink.Documents["u-new"].Rank);
    }

    [Fact]
    public async Task BadRecord_StandsInDeadLetterTopicWithItsReason()
    {
        await BeginAsync();
        var options = Options("letters", "consumer");
        await CreateInputAsync(options);
        Feed(options, "{ broken");
        await using var letters = new KafkaDeadLetters(options.Kafka, TimeProvider.System, NullLogger.Instance);
        await using var sink = new MemorySink();
        await RunAsync(options, sink, 1, letters);
        using var consumer = new Confluent.Kafka.ConsumerBuilder<string, string>(
            new Confluent.Kafka.ConsumerConfig { BootstrapServers = _brokers, GroupId = "letters-check" }).Build();
        consumer.Assign(new Confluent.Kafka.TopicPartitionOffset(options.Kafka.DeadLetterTopic, 0, Confluent.Kafka.Offset.Beginning));
        var letter = consumer.Consume(_patience.Token);
        Assert.Equal("{ broken", letter.Message.Value);
        Assert.StartsWith($"{options.Kafka.Topics[0]}|", letter.Message.Key, StringComparison.Ordinal);
        Assert.Equal("bad_json", Encoding.UTF8.GetString(letter.Message.Headers.GetLastBytes("ts-dlq-reason")));
    }

    private static SessionIndex NewIndex() => new(SessionIndexOptions.Default with { SessionsMax = 100_000 });

    private async Task BeginAsync()
    {
        _brokers = await engines.KafkaAsync() ?? "";
        Assert.SkipWhen(_brokers.Length == 0, EngineFixture.Absent);
        _patience.CancelAfter(TimeSpan.FromSeconds(90));
    }

    private StreamOptions Options(string name, string protocol) => new()
    {
        Kafka = new KafkaOptions
        {
            Brokers = _brokers,
            Topics = [$"input-{name}"],
            GroupId = name,
            GroupProtocol = protocol,
            DeadLetterTopic = $"dlq-{name}",
        },
        Sessions = new SessionsOptions { Topic = $"sessions-{name}", Partitions = 2 },
    };

    private Task CreateInputAsync(StreamOptions options) => TopicSetup.EnsureAsync(
        options.Kafka,
        [new TopicSpec(options.Kafka.Topics[0], 4, 1, new Dictionary<string, string>())],
        TimeProvider.System,
        NullLogger.Instance,
        _patience.Token);

    private async Task<StreamStatus> RunAsync(StreamOptions options, MemorySink sink, long records, KafkaDeadLetters? kafkaLetters = null)
    {
        using var index = NewIndex();
        await using var letters = new MemoryDeadLetters();
        await using var run = await StreamRun.StartAsync(
            options, [sink], kafkaLetters ?? (Pipeline.Sinks.IDeadLetters)letters, TimeProvider.System, NullLoggerFactory.Instance, index, _patience.Token);
        await run.WaitForIdleAsync(records, _patience.Token);
        await run.DrainAsync(_patience.Token);
        return run.Status;
    }

    private void Feed(StreamOptions options, params string[] records)
    {
        using var feeder = new TopicFeeder(_brokers, options.Kafka.Topics[0]);
        foreach (var record in records)
        {
            feeder.Send(Encoding.UTF8.GetBytes(record), 0);
        }

        feeder.Flush(_patience.Token);
    }
}
