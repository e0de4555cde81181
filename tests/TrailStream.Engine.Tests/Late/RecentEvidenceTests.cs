using System.Diagnostics;
using System.Text;
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
        var kafka = await engines.KafkaAsync();
        Assert.SkipWhen(kafka is null, EngineFixture.Absent);
        _patience.CancelAfter(Faults.Poll.Patience);
        var name = $"recent-{Stopwatch.GetTimestamp()}";
        await TrailCheck.CreateAsync(kafka!, name, _patience.Token);

        // Found by its session and second, because the use has another key than the grant.
        await LifeAsync(kafka!, name, asks: true, TrailEvents.Grant("g-1"), TrailEvents.Use("u-1", "ASIAZZZZZZZZZZZZZZZZ"));
        Assert.Equal(("attributed", "alice"), OriginOf("u-1"));

        var rival = TrailEvents.Grant("g-2", "ASIAYYYYYYYYYYYYYYYY").Replace("user/alice", "user/mallory", StringComparison.Ordinal)
            .Replace("userName\":\"alice", "userName\":\"mallory", StringComparison.Ordinal).Replace("AIDAQWERTYUIOPASDFGHJ", "AIDAMALLORYIOPASDFGHJ", StringComparison.Ordinal);
        await LifeAsync(kafka!, name, asks: false, rival);
        Assert.Equal(("attributed", "alice"), OriginOf("u-1"));

        // Not the end of the sessions topic is asked for again, but what is behind the note that the first life has left.
        await LifeAsync(kafka!, name, asks: false, TrailEvents.Grant("g-3", "ASIAXXXXXXXXXXXXXXXX", "other"));

        await LifeAsync(kafka!, name, asks: true);
        Assert.Equal(("unattributed", null), OriginOf("u-1"));
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
            await Faults.Poll.Until(() => OriginOf("u-1").Status != "attributed", _patience.Token);
        }

        await run.DrainAsync(_patience.Token);
        Assert.Equal(records.Length, run.Status.Records);
    }

    private (string Status, string? Name) OriginOf(string id)
    {
        using var reader = SqliteReader.Open(Store);
        var row = reader.EventById(id)!;
        return (row.Status, row.OriginName);
    }
}
