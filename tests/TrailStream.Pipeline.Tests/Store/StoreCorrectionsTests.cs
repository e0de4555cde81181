using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using TrailStream.Core.Attribution;
using TrailStream.Core.Sessions;
using TrailStream.Pipeline.Actors;
using TrailStream.Pipeline.Kafka;
using TrailStream.Pipeline.Options;
using TrailStream.Pipeline.Sinks;
using TrailStream.Pipeline.Sqlite;
using TrailStream.Testing.Kafka;
using TrailStream.Testing.Trails;
using Xunit;

namespace TrailStream.Pipeline.Tests.Store;

/// <summary>Late evidence against a real store (SQLite) on the embedded broker: what memory no longer holds is corrected in the store.</summary>
public sealed class StoreCorrectionsTests : IDisposable
{
    private readonly EmbeddedBroker _broker = EmbeddedBroker.Start();
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("trailstream-store-");
    private readonly MemoryDeadLetters _letters = new();
    private readonly CancellationTokenSource _patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);

    public StoreCorrectionsTests() => _patience.CancelAfter(TimeSpan.FromSeconds(90));

    private string Path => System.IO.Path.Combine(_folder.FullName, "trail.db");

    public void Dispose()
    {
        _patience.Dispose();
        _broker.Dispose();
        _folder.Delete(recursive: true);
    }

    [Fact]
    public async Task ProcessEndsWithPendingDocuments_GrantAfterTheRestartCorrectsThem()
    {
        Feed([.. Enumerable.Range(0, 700).Select(i => TrailEvents.Use($"u-{i}")), TrailEvents.Use("u-other", "ASIAZZZZZZZZZZZZZZZZ", "bob")]);
        await WithRunAsync(701, async _ => await Until(() => Statuses()["pending"] == 701));

        Feed(TrailEvents.Grant("g-1"));
        await WithRunAsync(1, async run =>
        {
            await Until(() => Statuses().GetValueOrDefault("attributed") == 700);
            Assert.Equal(0, run.Status.Waiting);
        });
        Assert.Equal(1, Statuses()["pending"]);
        var corrected = Attribution("u-77");
        Assert.Equal((2, "alice", 1), (corrected.GetProperty("revision").GetInt32(), corrected.GetProperty("origin").GetProperty("name").GetString(), corrected.GetProperty("depth").GetInt32()));
        Assert.Equal(1, Attribution("u-other").GetProperty("revision").GetInt32());
    }

    [Fact]
    public async Task EvidenceLearntButQuestionLostInTheCrash_SweepOfTheNextStartCorrects()
    {
        Feed(TrailEvents.Use("u-1"));
        await WithRunAsync(1, async _ => await Until(() => Statuses().GetValueOrDefault("pending") == 1));

        // The index of the next start knows the grant already: no evidence will come again.
        using var index = NewIndex();
        await WithRunAsync(0, async _ => await Until(() => Statuses().GetValueOrDefault("pending") == 1), index);
        Learn(index, TrailEvents.Grant("g-1"));
        await WithRunAsync(0, async _ => await Until(() => Statuses().GetValueOrDefault("attributed") == 1), index);
    }

    [Fact]
    public async Task SecondCallerForTheKey_DocumentsThatNamedTheFirstAreCorrected()
    {
        Feed(TrailEvents.Grant("g-1"), TrailEvents.Use("u-1"));
        await WithRunAsync(2, async _ => await Until(() => Statuses().GetValueOrDefault("attributed") == 1));

        using var index = NewIndex();
        Learn(index, TrailEvents.Grant("g-1"));
        Feed(TrailEvents.Grant("g-2").Replace("alice\"", "mallory\"", StringComparison.Ordinal).Replace("AIDAQWERTYUIOPASDFGHJ", "AIDAMALLORYIOPASDFGHJ", StringComparison.Ordinal));
        await WithRunAsync(1, async _ => await Until(() => Attribution("u-1").GetProperty("reason").GetString() == "conflict"), index);
        Assert.Equal("unattributed", Attribution("u-1").GetProperty("status").GetString());
        Assert.Equal(2, Attribution("u-1").GetProperty("revision").GetInt32());
    }

    /// <summary>A session found by its name and second, and then another of the same: the grant with the key may still come, so the document waits for it as
    /// one whose evidence came in order does.</summary>
    [Fact]
    public async Task SecondSessionOfTheSameNameAndSecond_DocumentThatNamedTheFirstWaitsAgain()
    {
        var first = TrailEvents.Grant("g-1", "ASIAYYYYYYYYYYYYYYAA");
        Feed(first, TrailEvents.Use("u-1"));
        await WithRunAsync(2, async _ => await Until(() => Statuses().GetValueOrDefault("attributed") == 1));

        using var index = NewIndex();
        Learn(index, first);
        var rival = TrailEvents.Rival("g-2", "ASIAYYYYYYYYYYYYYYBA");
        Feed(rival);
        await WithRunAsync(1, async _ => await Until(() => Attribution("u-1").GetProperty("reason").GetString() == "ambiguous"), index);
        Assert.Equal("pending", Status("u-1"));

        // When the time for evidence is over it stays so.
        Learn(index, rival);
        Feed(TrailEvents.Use("u-2", "ASIAZZZZZZZZZZZZZZZZ", "bob").Replace("2026-03-01T10:05:00Z", "2026-03-01T11:05:00Z", StringComparison.Ordinal));
        await WithRunAsync(1, async _ => await Until(() => Status("u-1") == "unattributed"), index, TimeSpan.FromMilliseconds(200));
        Assert.Equal("ambiguous", Attribution("u-1").GetProperty("reason").GetString());
    }

    [Fact]
    public async Task GraceOverInEventTime_SweepMakesPendingFinal()
    {
        Feed(TrailEvents.Use("u-1"));
        await WithRunAsync(1, async _ => await Until(() => Statuses().GetValueOrDefault("pending") == 1));
        Feed(TrailEvents.Use("u-2", "ASIAZZZZZZZZZZZZZZZZ", "bob").Replace("2026-03-01T10:05:00Z", "2026-03-01T11:05:00Z", StringComparison.Ordinal));
        await WithRunAsync(1, async _ => await Until(() => Status("u-1") == "unattributed"), sweepInterval: TimeSpan.FromMilliseconds(200));
        Assert.Equal("no_grant", Attribution("u-1").GetProperty("reason").GetString());
        Assert.Equal(2, Attribution("u-1").GetProperty("revision").GetInt32());
    }

    /// <summary>A backlog is read: hours of event time pass between a grant and the question about its uses.</summary>
    [Fact]
    public async Task EventTimeRunsAheadOfTheQuestion_TheGrantIsStillKnownWhenItIsAnswered()
    {
        Feed(TrailEvents.Use("u-1"));
        await WithRunAsync(1, async _ => await Until(() => Statuses().GetValueOrDefault("pending") == 1));
        Feed(
            TrailEvents.Grant("g-1"),
            TrailEvents.Use("u-2", "ASIAZZZZZZZZZZZZZZZZ", "bob").Replace("2026-03-01T10:05:00Z", "2026-03-02T10:05:00Z", StringComparison.Ordinal));
        await WithRunAsync(2, async _ => await Until(() => Status("u-1") == "attributed"));
    }

    /// <summary>A question that takes longer than the store's time must not be repeated as it is, for ever.</summary>
    [Fact]
    public async Task StoreAnswersOnlySmallQuestions_TheyBecomeSmaller()
    {
        string[] keys = [.. Enumerable.Range(0, 12).Select(i => $"ASIAYYYYYYYYYYYYYY{(char)('A' + i)}A")];
        Feed([.. keys.Select((key, i) => TrailEvents.Use($"u-{i}", key, $"s-{i}"))]);
        await WithRunAsync(12, async _ => await Until(() => Statuses()["pending"] == 12));

        Feed([.. keys.Select((key, i) => TrailEvents.Grant($"g-{i}", key, $"s-{i}"))]);
        LoadedStore? store = null;
        await WithRunAsync(12, async _ => await Until(() => Statuses().GetValueOrDefault("attributed") == 12), around: sink => store = new LoadedStore(sink, changesMax: 3));
        Assert.Contains(store!.Asked, changes => changes > 3);
    }

    private static SessionIndex NewIndex() => new(SessionIndexOptions.Default with { SessionsMax = 100_000 });

    private static void Learn(SessionIndex index, string record)
    {
        var decoder = new TrailStream.Core.CloudTrail.EventDecoder();
        var events = new TrailStream.Core.CloudTrail.EventBatch();
        decoder.Decode(Encoding.UTF8.GetBytes(record), 0, events, []);
        index.EnterWrite();
        new Attributor(index).Learn(events.Record(0), in events[0].Fields, []);
        index.ExitWrite();
    }

    /// <summary>One life of the process: what it holds in memory is gone after it.</summary>
    private async Task WithRunAsync(
        long records, Func<StreamRun, Task> work, SessionIndex? index = null, TimeSpan? sweepInterval = null, Func<SqliteSink, ISink>? around = null)
    {
        using var own = NewIndex();
        var sqlite = new SqliteSink(Path);
        await using var sink = around is null ? sqlite : around(sqlite);
        var options = new StreamOptions
        {
            Kafka = new KafkaOptions { Brokers = _broker.Address, GroupProtocol = "consumer", CheckTopics = false },
            Sessions = new SessionsOptions { Enabled = false },
            Late = new LateOptions { HoldTime = TimeSpan.Zero, SweepInterval = sweepInterval ?? TimeSpan.FromMinutes(10) },
        };
        await using var run = await StreamRun.StartAsync(options, [sink], _letters, TimeProvider.System, NullLoggerFactory.Instance, index ?? own, _patience.Token);
        await run.WaitForIdleAsync(records, _patience.Token);
        await work(run);
        await run.DrainAsync(_patience.Token);

        // Not delivered again: what was corrected was corrected in the store.
        Assert.Equal(records, run.Status.Records);
    }

    private Dictionary<string, long> Statuses()
    {
        using var reader = SqliteReader.Open(Path);
        return reader.CountByStatus().ToDictionary(row => row.Status, row => row.Events);
    }

    private string? Status(string id)
    {
        using var reader = SqliteReader.Open(Path);
        return reader.EventById(id)?.Status;
    }

    private JsonElement Attribution(string id)
    {
        using var reader = SqliteReader.Open(Path);
        using var document = JsonDocument.Parse(reader.EventById(id)!.Document);
        return document.RootElement.GetProperty("trailstream").GetProperty("attribution").Clone();
    }

    private void Feed(params string[] records)
    {
        using var feeder = new TopicFeeder(_broker.Address, "cloudtrail");
        foreach (var record in records)
        {
            feeder.Send(Encoding.UTF8.GetBytes(record), 0);
        }

        feeder.Flush(_patience.Token);
    }

    private async Task Until(Func<bool> condition)
    {
        while (!condition())
        {
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, _patience.Token);
        }
    }
}
