using System.Diagnostics;
using System.Text;
using Confluent.Kafka;
using Microsoft.Extensions.Logging.Abstractions;
using TrailStream.Core.Sessions;
using TrailStream.Pipeline.Actors;
using TrailStream.Pipeline.Kafka;
using TrailStream.Pipeline.Options;
using TrailStream.Pipeline.Sqlite;
using TrailStream.Testing.Kafka;
using TrailStream.Testing.Trails;
using Xunit;

namespace TrailStream.Engine.Tests.Late;

/// <summary>A node that has committed evidence and ended before it could ask the stores: whoever gets its partitions asks.</summary>
public sealed class RecentEvidenceTests(EngineFixture engines) : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("trailstream-recent-");
    private readonly CancellationTokenSource _patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);

    private string Store => Path.Combine(_folder.FullName, "trail.db");

    public void Dispose()
    {
        _patience.Dispose();
        _folder.Delete(recursive: true);
    }

    [Fact]
    public async Task RivalLearntAndCommitted_ButNotAskedFor_NextStartTakesTheNameAway()
    {
        var (kafka, name) = await BeginAsync("recent");

        // Found by its session and second, because the use has another key than the grant.
        await LifeAsync(kafka, name, asks: true, TrailEvents.Grant("g-1"), TrailEvents.Use("u-1", "ASIAZZZZZZZZZZZZZZZZ"));
        Assert.Equal(("attributed", "alice"), OriginOf("u-1"));

        await LifeAsync(kafka, name, asks: false, TrailEvents.Rival("g-2", "ASIAYYYYYYYYYYYYYYYY"));
        Assert.Equal(("attributed", "alice"), OriginOf("u-1"));

        // Not the end of the sessions topic is asked for again, but what is behind the note that the first life has left.
        await LifeAsync(kafka, name, asks: false, TrailEvents.Grant("g-3", "ASIAXXXXXXXXXXXXXXXX", "other"));

        await LifeAsync(kafka, name, asks: true);
        Assert.Equal(("pending", null), OriginOf("u-1"));
    }

    /// <summary>More than one step is asked for, and each is noted.</summary>
    [Fact]
    public async Task EvidenceOfAnHour_IsAskedForStepByStep_AndNoted()
    {
        var (kafka, name) = await BeginAsync("steps");
        string[] sessions = ["s-1", "s-2", "s-3"];
        await LifeAsync(
            kafka, name, asks: true,
            [.. sessions.Select(session => TrailEvents.Grant($"g-{session}", $"ASIAXXXXXXXXXXXXX{session[2]}XX", session)),
                .. sessions.Select(session => TrailEvents.Use($"u-{session[2]}", "ASIAZZZZZZZZZZZZZZZZ", session))]);
        Assert.All(sessions, session => Assert.Equal("attributed", OriginOf($"u-{session[2]}").Status));

        // As other nodes have left it that read this partition: evidence of an hour, and nothing of it asked for.
        var now = DateTimeOffset.UtcNow;
        using (var producer = new ProducerBuilder<byte[], byte[]>(new ProducerConfig { BootstrapServers = kafka }).Build())
        {
            var note = new PartitionNote(NoteKind.Asked, name, 0, now.AddMinutes(-55));
            await ProduceAsync(note.Key, note.ToJson(), now);
            for (var i = 0; i < sessions.Length; i++)
            {
                var rival = TrailEvents.Rival($"r-{i}", $"ASIAYYYYYYYYYYYYY{i}YY", sessions[i]);
                await ProduceAsync(Encoding.UTF8.GetBytes($"r-{i}"), Encoding.UTF8.GetBytes(rival), now.AddMinutes(-50 + (20 * i)));
            }

            async Task ProduceAsync(byte[] key, byte[] value, DateTimeOffset at) => await producer.ProduceAsync(
                new TopicPartition(name + "-sessions", 0),
                new Message<byte[], byte[]> { Key = key, Value = value, Timestamp = new Timestamp(at) },
                _patience.Token);
        }

        await LifeAsync(kafka, name, asks: true);
        Assert.All(sessions, session => Assert.Equal(("pending", null), OriginOf($"u-{session[2]}")));
        using var reader = new TopicRangeReader(new KafkaOptions { Brokers = kafka }, TimeProvider.System, "topic");
        var notes = reader.Read(reader.WholeTopic(name + "-sessions"), _patience.Token)
            .Where(result => PartitionNote.TryRead(result.Message!.Value, out var note) && note is { Kind: NoteKind.Asked, Partition: 0 } && note.Until > now.AddMinutes(-11));
        Assert.NotEmpty(notes);
    }

    /// <summary>A topic of the test's own; skips it where there is no broker.</summary>
    private async Task<(string Kafka, string Name)> BeginAsync(string what)
    {
        var kafka = await engines.KafkaAsync();
        Assert.SkipWhen(kafka is null, EngineFixture.Absent);
        _patience.CancelAfter(Faults.Poll.Patience);
        var name = $"{what}-{Stopwatch.GetTimestamp()}";
        await TrailCheck.CreateAsync(kafka!, name, _patience.Token);
        return (kafka!, name);
    }

    /// <summary>One life of a node. Where nothing is fed it is there for what is to be corrected.</summary>
    private async Task LifeAsync(string kafka, string name, bool asks, params string[] records)
    {
        using (var feeder = new TopicFeeder(kafka, name))
        {
            foreach (var record in records)
            {
                feeder.Send(Encoding.UTF8.GetBytes(record), 0);
            }

            feeder.Flush(_patience.Token);
        }

        var options = new StreamOptions
        {
            Kafka = new KafkaOptions { Brokers = kafka, Topics = [name], GroupId = name, DeadLetterTopic = name + "-dlq" },
            Sessions = new SessionsOptions { Topic = name + "-sessions", Partitions = 2 },
            Late = new LateOptions { HoldTime = TimeSpan.Zero, AskStores = asks, AskedMargin = TimeSpan.Zero },
            TrackCoverage = false,
        };
        using var index = new SessionIndex(SessionIndexOptions.Default with { SessionsMax = 100_000 });
        await using var sink = new SqliteSink(Store);
        await using var run = await StreamRun.StartAsync(
            options, [sink], new MemoryDeadLetters(), TimeProvider.System, NullLoggerFactory.Instance, index, _patience.Token);
        await run.WaitForIdleAsync(records.Length, _patience.Token);
        if (records.Length == 0)
        {
            await Faults.Poll.Until(() => CountAttributed() == 0, _patience.Token);
        }

        await run.DrainAsync(_patience.Token);
        Assert.Equal(records.Length, run.Status.Records);
    }

    /// <summary>Uses; grants are their caller's own.</summary>
    private long CountAttributed()
    {
        using var reader = SqliteReader.Open(Store);
        return reader.CountByStatus().Where(row => row.Status == "attributed").Sum(row => row.Events);
    }

    private (string Status, string? Name) OriginOf(string id)
    {
        using var reader = SqliteReader.Open(Store);
        var row = reader.EventById(id)!;
        return (row.Status, row.OriginName);
    }
}
