using System.Diagnostics;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using TrailStream.Core.Attribution;
using TrailStream.Core.Sessions;
using TrailStream.Engine.Tests.Faults;
using TrailStream.Pipeline.Actors;
using TrailStream.Pipeline.Kafka;
using TrailStream.Pipeline.Late;
using TrailStream.Pipeline.Options;
using TrailStream.Testing.Kafka;
using TrailStream.Testing.Time;
using TrailStream.Testing.Trails;
using Xunit;

namespace TrailStream.Engine.Tests.Late;

[Trait("Suite", "Slow")]
public sealed class LaggingPartitionTests(EngineFixture engines)
{
    private const int Hurry = 40;

    /// <summary>One node's partition stands still thirteen hours of event time behind the other's, for longer than an index keeps anything by the clock;
    /// then the other node gets it. What it still holds is explained: the session was over long before where the other node was.</summary>
    [Fact]
    public async Task PartitionHoursBehindMovesToAnotherNode_ItsEventsAreExplained()
    {
        var kafka = await engines.KafkaAsync();
        Assert.SkipWhen(kafka is null, EngineFixture.Absent);
        var cancellation = TestContext.Current.CancellationToken;
        var name = $"lagging-{Stopwatch.GetTimestamp()}";
        await TopicSetup.EnsureAsync(
            new KafkaOptions { Brokers = kafka! }, [new TopicSpec(name, 2, 1, new Dictionary<string, string>())], TimeProvider.System, NullLogger.Instance, cancellation);
        var options = new StreamOptions
        {
            Kafka = new KafkaOptions { Brokers = kafka!, Topics = [name], GroupId = name, GroupProtocol = "consumer" },
            Sessions = new SessionsOptions { Topic = name + "-sessions", Partitions = 1 },
            TrackCoverage = false,
        };
        await using var behind = new Node(options);
        await using var ahead = new Node(options);
        await behind.StartAsync(cancellation);
        await ahead.StartAsync(cancellation);
        await Poll.Until(() => behind.Partitions.Count == 1 && ahead.Partitions.Count == 1, cancellation);
        var (slow, fast) = (behind.Partitions[0], ahead.Partitions[0]);

        using var feeder = new TopicFeeder(kafka!, name);
        Feed(slow, TrailEvents.Grant("g-1"), TrailEvents.Use("u-1"));
        await Poll.Until(() => behind.Sink.Documents.Count == 2, cancellation);
        behind.Sink.Stalled = true;
        await Poll.Until(() => behind.IsPaused, cancellation);
        Feed(slow, TrailEvents.Use("u-2"));
        Feed(fast, Encoding.UTF8.GetString(FaultLedger.Plain("p-1", new DateTimeOffset(2026, 3, 1, 23, 0, 0, TimeSpan.Zero))));
        await Poll.Until(() => ahead.Sink.Documents.Count == 1, cancellation);
        var reached = Stopwatch.GetTimestamp();
        await Poll.Until(() => Stopwatch.GetElapsedTime(reached) * Hurry > ExpiryHold.KeepTime + TimeSpan.FromMinutes(1), cancellation);

        await behind.DisposeAsync();
        await Poll.Until(() => ahead.Sink.Documents.ContainsKey("u-2"), cancellation);
        Assert.Equal(EvidenceRank.Proven, ahead.Sink.Documents["u-2"].Rank);

        void Feed(int partition, params string[] records)
        {
            foreach (var record in records)
            {
                feeder.Send(Encoding.UTF8.GetBytes(record), partition);
            }

            feeder.Flush(cancellation);
        }
    }

    /// <summary>One node with an index and a sink of its own.</summary>
    private sealed class Node(StreamOptions options) : IAsyncDisposable
    {
        private readonly SessionIndex _index = new(SessionIndexOptions.Default with { SessionsMax = 100_000 });
        private readonly MemoryDeadLetters _letters = new();
        private StreamRun? _run;

        public MemorySink Sink { get; } = new();

        public IReadOnlyList<int> Partitions => [.. _run!.Status.Partitions.Select(partition => partition.Partition)];

        public bool IsPaused => _run!.Status.Partitions.All(partition => partition.Paused);

        public async Task StartAsync(CancellationToken cancellation) => _run = await StreamRun.StartAsync(
            options, [Sink], _letters, new FastTimeProvider(Hurry), NullLoggerFactory.Instance, _index, cancellation);

        public async ValueTask DisposeAsync()
        {
            if (_run is { } run)
            {
                _run = null;
                await run.DisposeAsync();
                await _letters.DisposeAsync();
                _index.Dispose();
            }
        }
    }
}
