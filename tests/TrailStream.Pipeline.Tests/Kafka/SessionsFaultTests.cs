using System.IO.Compression;
using System.Text;
using Confluent.Kafka;
using Microsoft.Extensions.Logging.Abstractions;
using TrailStream.Core.Attribution;
using TrailStream.Core.Sessions;
using TrailStream.Pipeline.Actors;
using TrailStream.Pipeline.Diagnostics;
using TrailStream.Pipeline.Kafka;
using TrailStream.Pipeline.Options;
using TrailStream.Pipeline.Tests.Actors;
using TrailStream.Testing.Kafka;
using Xunit;

namespace TrailStream.Pipeline.Tests.Kafka;

/// <summary>Against a real Kafka: what must not stop a node from sharing evidence, or from starting.</summary>
public sealed class SessionsFaultTests(EngineFixture engines) : IDisposable
{
    /// <summary>For the client a batch that inflates beyond this is unreadable, and stays so.</summary>
    private const int ReceiveBytesMax = 200_000;

    private readonly CancellationTokenSource _patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
    private string _brokers = "";

    public void Dispose() => _patience.Dispose();

    [Fact]
    public async Task GrantBeyondTheClientsLimit_IsSharedAllTheSame()
    {
        var options = await BeginAsync("large-grant");
        Feed(options, Zip(Padded(TrailEvents.Grant("g-1"), new string('x', 3_000_000))), Bytes(TrailEvents.Use("u-1")));
        await using (var sink = new MemorySink())
        {
            await RunAsync(options, sink, 2);
            Assert.Equal(2, sink.Documents.Count);
        }

        Feed(options, Bytes(TrailEvents.Use("u-2")));
        await using var second = new MemorySink();
        await RunAsync(options, second, 1);
        Assert.Equal(EvidenceRank.Proven, second.Documents["u-2"].Rank);
    }

    [Fact]
    public async Task GrantBeyondTheTopicsLimit_IsWrittenAndCounted_AndHoldsNothingUp()
    {
        var options = await BeginAsync("huge-grant");
        await TopicSetup.EnsureAsync(
            options.Kafka,
            [new TopicSpec(options.Sessions.Topic, 2, 1, new Dictionary<string, string> { ["max.message.bytes"] = "100000" })],
            TimeProvider.System,
            NullLogger.Instance,
            _patience.Token);

        // Such text hardly gets smaller.
        var noise = new byte[300_000];
        new Random(7).NextBytes(noise);
        Feed(options, Bytes(Padded(TrailEvents.Grant("g-1"), Convert.ToBase64String(noise))), Bytes(TrailEvents.Use("u-1")));
        await using var sink = new MemorySink();
        var (status, metrics) = await RunAsync(options, sink, 2);
        Assert.Contains("trailstream_sessions_too_large_total 1", metrics);
        Assert.Equal(EvidenceRank.Proven, sink.Documents["u-1"].Rank);
        Assert.Equal(2, status.Partitions.Single().Settled);
    }

    [Fact]
    public async Task UnreadableBatchInTheSessionsTopic_IsPassedOver()
    {
        var options = await BeginAsync("rotten-sessions");
        await TopicSetup.EnsureAsync(options.Kafka, TopicSetup.TopicsOf(options), TimeProvider.System, NullLogger.Instance, _patience.Token);
        await PublishAsync(options.Sessions.Topic, Bomb());
        await PublishAsync(options.Sessions.Topic, Bytes(TrailEvents.Grant("g-1")));
        Feed(options, Bytes(TrailEvents.Use("u-1")));
        await using var sink = new MemorySink();
        var (_, metrics) = await RunAsync(Strict(options), sink, 1);
        Assert.Equal(EvidenceRank.Proven, sink.Documents["u-1"].Rank);
        Assert.Contains("trailstream_sessions_unreadable_total 1", metrics);
    }

    [Fact]
    public async Task UnreadableBatchInTheLookBack_IsPassedOver()
    {
        var options = await BeginAsync("rotten-look-back");
        options = options with { Kafka = options.Kafka with { StartAt = StartPosition.Latest } };
        Feed(options, Bomb());
        Feed(options, Bytes(TrailEvents.Grant("g-1")));
        using var metrics = new PrometheusText();
        using var index = NewIndex();
        await using var sink = new MemorySink();
        await using var letters = new MemoryDeadLetters();
        await using var run = await StreamRun.StartAsync(
            Strict(options), [sink], letters, TimeProvider.System, NullLoggerFactory.Instance, index, _patience.Token);
        await run.WaitForIdleAsync(0, _patience.Token);
        Feed(options, Bytes(TrailEvents.Use("u-1")));
        await run.WaitForIdleAsync(1, _patience.Token);
        Assert.Equal(EvidenceRank.Proven, sink.Documents["u-1"].Rank);
        Assert.Contains("trailstream_sessions_unreadable_total 1", metrics.Collect().Split('\n'));
    }

    private static SessionIndex NewIndex() => new(SessionIndexOptions.Default with { SessionsMax = 100_000 });

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    private static string Padded(string record, string padding) =>
        record.Replace("\"requestParameters\":{", $"\"requestParameters\":{{\"policy\":\"{padding}\",", StringComparison.Ordinal);

    /// <summary>A gzip payload: the topic takes what it could not take in clear. Numbers between keep the ratio below that of a bomb.</summary>
    private static byte[] Zip(string record)
    {
        using var memory = new MemoryStream();
        using (var gzip = new GZipStream(memory, CompressionLevel.Fastest))
        {
            gzip.Write(Bytes(record));
        }

        return memory.ToArray();
    }

    private static byte[] Bomb() => new byte[900_000];

    private async Task<StreamOptions> BeginAsync(string name)
    {
        _brokers = await engines.KafkaAsync() ?? "";
        Assert.SkipWhen(_brokers.Length == 0, EngineFixture.Absent);
        _patience.CancelAfter(TimeSpan.FromSeconds(90));
        name = $"{name}-{System.Diagnostics.Stopwatch.GetTimestamp()}";
        var options = new StreamOptions
        {
            Kafka = new KafkaOptions { Brokers = _brokers, Topics = [name], GroupId = name, GroupProtocol = "consumer", DeadLetterTopic = $"{name}-dlq" },
            Sessions = new SessionsOptions { Topic = $"{name}-sessions", Partitions = 2 },
        };
        await TopicSetup.EnsureAsync(
            options.Kafka, [new TopicSpec(name, 1, 1, new Dictionary<string, string>())], TimeProvider.System, NullLogger.Instance, _patience.Token);
        return options;
    }

    private static StreamOptions Strict(StreamOptions options) => options with
    {
        Kafka = options.Kafka with
        {
            Properties = new Dictionary<string, string>
            {
                ["receive.message.max.bytes"] = $"{ReceiveBytesMax}",
                ["fetch.max.bytes"] = "100000",
                ["message.max.bytes"] = "100000",
            },
        },
    };

    private async Task<(StreamStatus Status, string[] Metrics)> RunAsync(StreamOptions options, MemorySink sink, long records)
    {
        using var metrics = new PrometheusText();
        using var index = NewIndex();
        await using var letters = new MemoryDeadLetters();
        await using var run = await StreamRun.StartAsync(options, [sink], letters, TimeProvider.System, NullLoggerFactory.Instance, index, _patience.Token);
        await run.WaitForIdleAsync(records, _patience.Token);
        var (status, text) = (run.Status, metrics.Collect().Split('\n'));
        await run.DrainAsync(_patience.Token);
        return (status, text);
    }

    /// <summary>With a key, as a compacted topic demands.</summary>
    private async Task PublishAsync(string topic, byte[] record)
    {
        using var producer = new ProducerBuilder<string, byte[]>(
            new ProducerConfig { BootstrapServers = _brokers, CompressionType = CompressionType.Zstd }).Build();
        await producer.ProduceAsync(new TopicPartition(topic, 0), new Message<string, byte[]> { Key = "k", Value = record }, _patience.Token);
    }

    private void Feed(StreamOptions options, params byte[][] records)
    {
        using var feeder = new TopicFeeder(_brokers, options.Kafka.Topics[0]);
        foreach (var record in records)
        {
            feeder.Send(record, 0);
        }

        feeder.Flush(_patience.Token);
    }
}
