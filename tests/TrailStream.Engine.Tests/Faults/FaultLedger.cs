using System.Collections.Concurrent;
using System.Diagnostics;
using System.IO.Compression;
using System.Text;
using System.Text.Json;
using TrailStream.Core.Documents;
using TrailStream.Core.Generation;
using TrailStream.Pipeline.Kafka;
using TrailStream.Testing.Elasticsearch;
using TrailStream.Testing.Kafka;
using Xunit;

namespace TrailStream.Engine.Tests.Faults;

/// <summary>The test's own book of one topic: what went in, and what must therefore be in the store or among the dead letters.</summary>
internal sealed class FaultLedger(string kafka, string name)
{
    private readonly Dictionary<string, TrailTruth> _truths = [];
    private readonly Dictionary<string, int> _deadLetters = [];
    private readonly List<string> _whole = [];

    /// <summary>The events that were fed as they are.</summary>
    public Dictionary<string, TrailTruth> Events => _truths;

    /// <summary>Where the events of <see cref="FeedSlowlyAsync"/> and <see cref="FeedApart"/> went.</summary>
    public ConcurrentDictionary<string, int> PartitionOf { get; } = new(StringComparer.Ordinal);

    public long Records { get; private set; }

    /// <summary>How many of the records of <see cref="FeedSlowlyAsync"/> the broker has.</summary>
    public long Acknowledged { get; private set; }

    /// <summary>Begins a test of its own topic; skips it where there is no broker.</summary>
    /// <param name="engines">Where the broker is.</param>
    /// <param name="what">Beginning of the topic's name.</param>
    public static async Task<(string Kafka, string Name, FaultLedger Ledger, CancellationToken Cancellation)> BeginAsync(EngineFixture engines, string what)
    {
        var kafka = await engines.KafkaAsync();
        Assert.SkipWhen(kafka is null, EngineFixture.Absent);
        var name = $"{what}-{Stopwatch.GetTimestamp()}";
        var ledger = new FaultLedger(kafka!, name);
        await ledger.CreateAsync(TestContext.Current.CancellationToken);
        return (kafka!, name, ledger, TestContext.Current.CancellationToken);
    }

    /// <summary>Makes the topic and feeds it the generator's events, all at once.</summary>
    public async Task FeedAsync(ulong seed, long events, CancellationToken cancellation)
    {
        var (sent, byId) = await TrailCheck.FeedAsync(kafka, name, seed, events, cancellation);
        Records += sent;
        foreach (var (id, truth) in byId)
        {
            _truths.Add(id, truth);
        }
    }

    /// <summary>Makes the topic.</summary>
    public Task CreateAsync(CancellationToken cancellation) => TrailCheck.CreateAsync(kafka, name, cancellation);

    /// <summary>Feeds slowly until told to stop, nothing twice.</summary>
    public async Task FeedSlowlyAsync(ulong seed, int perSecond, CancellationToken stop)
    {
        using var feeder = new TopicFeeder(kafka, name);
        var generator = new TrailGenerator(new TrailGeneratorOptions
        {
            Seed = seed,
            Events = 10_000_000,

            // An hour after what FeedAsync begins: two worlds at one time would hold other sessions of the same name and second.
            Start = DateTimeOffset.UtcNow.AddHours(-3),
            LateGrantShare = 0,
            DuplicateShare = 0,
        });
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
        var fed = 0;
        foreach (var (record, truth) in Generate(generator))
        {
            var partition = (int)(Records++ % TrailCheck.Partitions);
            PartitionOf[truth.EventId] = partition;
            feeder.Send(record, partition);
            if (stop.IsCancellationRequested)
            {
                // The grants of what was fed come too.
                generator.TellNoMore();
            }
            else if (++fed % (perSecond / 10) == 0)
            {
                Acknowledged = feeder.Acknowledged;
                await timer.WaitForNextTickAsync(CancellationToken.None);
            }
        }

        feeder.Flush(CancellationToken.None);
    }

    /// <summary>Feeds the generator's events of twenty hours ago, grants to some partitions and what was done with them to others.</summary>
    public void FeedApart(ulong seed, long events, IReadOnlyList<int> grants, IReadOnlyList<int> uses, CancellationToken cancellation)
    {
        using var feeder = new TopicFeeder(kafka, name);
        var options = new TrailGeneratorOptions
        {
            Seed = seed,
            Events = events,
            Start = DateTimeOffset.UtcNow.AddHours(-20),
            LateGrantShare = 0,
            DuplicateShare = 0,
        };
        foreach (var (record, truth) in Generate(new TrailGenerator(options)))
        {
            var partitions = record.AsSpan().IndexOf("\"eventSource\":\"sts.amazonaws.com\""u8) >= 0 ? grants : uses;
            var partition = partitions[(int)(Records++ % partitions.Count)];
            feeder.Send(record, partition);
            PartitionOf[truth.EventId] = partition;
        }

        feeder.Flush(cancellation);
    }

    /// <summary>Feeds the generator's events of an hour ago that were done in roles, and keeps what explains them. No grant is missing.</summary>
    /// <returns>The rest, in order: for <see cref="Feed"/>.</returns>
    public List<byte[]> FeedUses(ulong seed, long events, CancellationToken cancellation)
    {
        var options = new TrailGeneratorOptions
        {
            Seed = seed,
            Events = events,
            Start = DateTimeOffset.UtcNow.AddHours(-1),
            MissingGrantShare = 0,
            DuplicateShare = 0,
        };
        var kinds = Generate(new TrailGenerator(options)).Select(pair => pair.Record).ToLookup(record =>
            record.AsSpan().IndexOf("\"type\":\"AssumedRole\""u8) >= 0 && record.AsSpan().IndexOf("\"credentials\":{"u8) < 0);
        Feed(kinds[true], cancellation);
        return [.. kinds[false]];
    }

    /// <summary>Feeds records whose truth is known, to all partitions by turns.</summary>
    public void Feed(IEnumerable<byte[]> records, CancellationToken cancellation)
    {
        using var feeder = new TopicFeeder(kafka, name);
        foreach (var record in records)
        {
            feeder.Send(record, (int)(Records++ % TrailCheck.Partitions));
        }

        feeder.Flush(cancellation);
    }

    /// <summary>The generator's events, each entered in this book.</summary>
    private IEnumerable<(byte[] Record, TrailTruth Truth)> Generate(TrailGenerator generator)
    {
        var (record, truth) = (new ByteBuffer(), new TrailTruth());
        for (; generator.Next(record, truth); truth = new TrailTruth())
        {
            lock (_truths)
            {
                _truths.Add(truth.EventId, truth);
            }

            yield return (record.Written.ToArray(), truth);
            record.Clear();
        }
    }

    /// <summary>Records that no decoder may take, spread over the partitions: each must become one dead letter of that reason.</summary>
    public void FeedPoison(int times, CancellationToken cancellation)
    {
        using var bomb = new MemoryStream();
        using (var gzip = new GZipStream(bomb, CompressionLevel.Fastest, leaveOpen: true))
        {
            var zeros = new byte[1 << 20];
            for (var i = 0; i < 96; i++)
            {
                gzip.Write(zeros);
            }
        }

        var deep = new string('[', 100_000);
        using var feeder = new TopicFeeder(kafka, name);
        for (var i = 0; i < times; i++)
        {
            Send("{ broken", "bad_json");
            Send("{\"no\":\"event\"}", "not_cloud_trail");
            Send($"{{\"eventVersion\":\"1.08\",\"eventID\":\"{Guid.NewGuid()}\",\"requestParameters\":{deep}", "too_deep");
            feeder.Send(bomb.ToArray(), i % TrailCheck.Partitions);
            Expect("bomb");
        }

        feeder.Flush(cancellation);

        void Send(string text, string reason)
        {
            feeder.Send(Encoding.UTF8.GetBytes(text), (int)(Records % TrailCheck.Partitions));
            Expect(reason);
        }

        void Expect(string reason)
        {
            Records++;
            _deadLetters[reason] = _deadLetters.GetValueOrDefault(reason) + 1;
        }
    }

    /// <summary>Events whose bytes hold line feeds and what would be action lines of <c>_bulk</c>: one document each, and nothing else.</summary>
    public void FeedInjections(int times, CancellationToken cancellation)
    {
        using var feeder = new TopicFeeder(kafka, name);
        for (var i = 0; i < times; i++)
        {
            var id = Guid.NewGuid().ToString();
            feeder.Send(Encoding.UTF8.GetBytes($$$"""
                {"eventVersion":"1.08","eventID":"{{{id}}}","eventTime":"{{{DateTimeOffset.UtcNow.AddHours(-4):yyyy-MM-ddTHH:mm:ssZ}}}","eventSource":"s3.amazonaws.com",
                "eventName":"PutObject","awsRegion":"eu-west-1","userIdentity":{"type":"IAMUser","principalId":"AIDAEXAMPLE","arn":"arn:aws:iam::111111111111:user/eve",
                "accountId":"111111111111","userName":"eve","accessKeyId":"AKIAIOSFODNN7EXAMPLE"},"requestParameters":{"a":[
                {"delete":{"_index":"trailstream-cloudtrail-outofrange","_id":"victim"}},
                {"index":{"_index":"injected","_id":"{{{id}}}"}},
                {}]},"responseElements":null}
                """), i % TrailCheck.Partitions);
            Records++;
            _whole.Add(id);
        }

        feeder.Flush(cancellation);
    }

    /// <summary>An event of a user with a long-lived key, which needs no evidence.</summary>
    /// <param name="id">Its eventID.</param>
    /// <param name="time">When; four hours ago by default, as the generator's begin.</param>
    /// <param name="user">Who.</param>
    public static byte[] Plain(string id, DateTimeOffset? time = null, string user = "eve") => Encoding.UTF8.GetBytes(
        $$"""
        {"eventVersion":"1.08","eventID":"{{id}}","eventTime":"{{time ?? DateTimeOffset.UtcNow.AddHours(-4):yyyy-MM-ddTHH:mm:ssZ}}","eventSource":"s3.amazonaws.com",
        "eventName":"GetObject","awsRegion":"eu-west-1","userIdentity":{"type":"IAMUser","principalId":"AIDAEXAMPLE","arn":"arn:aws:iam::111111111111:user/{{user}}",
        "accountId":"111111111111","userName":"{{user}}","accessKeyId":"AKIAIOSFODNN7EXAMPLE"},"requestParameters":null,"responseElements":null}
        """);

    /// <summary>Plain events, all into one partition or round.</summary>
    public void FeedPlain(int times, CancellationToken cancellation, int partition = -1, DateTimeOffset? time = null)
    {
        using var feeder = new TopicFeeder(kafka, name);
        for (var i = 0; i < times; i++)
        {
            var id = Guid.NewGuid().ToString();
            feeder.Send(Plain(id, time), partition < 0 ? i % TrailCheck.Partitions : partition);
            Expect(id);
        }

        feeder.Flush(cancellation);
    }

    /// <summary>An event that somebody else has fed, of a caller who needs no evidence.</summary>
    public void Expect(string id)
    {
        Records++;
        _whole.Add(id);
    }

    /// <summary>How many events are to be found in the store.</summary>
    public int Documents
    {
        get
        {
            lock (_truths)
            {
                return _truths.Count + _whole.Count;
            }
        }
    }

    /// <summary>0 missing, 0 doubled, 0 downgraded, every attribution the truth; every poisoned record a dead letter, and nothing else among them.</summary>
    /// <param name="store">The store at the end.</param>
    /// <param name="output">For what is wrong.</param>
    /// <param name="mayWait">True where a node was stopped or killed with corrections in its memory, and the store cannot be asked for them: documents
    /// may wait for ever or name the person by less evidence, but nobody else.</param>
    public string Check(FakeElasticsearch store, ITestOutputHelper output, bool mayWait = false)
    {
        var text = CheckDocuments(store, output, mayWait);
        TrailCheck.AssertCommitted(kafka, name);
        return text;
    }

    /// <summary>The same but for the committed offsets, which do not reach the end where a marker of a transaction stands there.</summary>
    public string CheckDocuments(FakeElasticsearch store, ITestOutputHelper output, bool mayWait = false)
    {
        Assert.Empty(store.Violations);
        var found = new Dictionary<string, JsonElement>();
        foreach (var (place, (_, document)) in store.Documents)
        {
            Assert.StartsWith("trailstream-cloudtrail-", place, StringComparison.Ordinal);
            using var parsed = JsonDocument.Parse(document);
            Assert.True(
                found.TryAdd(place[(place.IndexOf('/') + 1)..], parsed.RootElement.GetProperty("trailstream").GetProperty("attribution").Clone()), $"{place} is there twice");
        }

        foreach (var id in _whole)
        {
            Assert.True(found.Remove(id, out var attribution), $"{id} is missing");
            Assert.Equal("direct", attribution.GetProperty("status").GetString());
        }

        var left = mayWait ? TrailCheck.CompareNames(_truths, found) : 0;
        if (!mayWait)
        {
            TrailCheck.Compare(_truths, found, "store", output);
        }

        var letters = ReadDeadLetters();
        Assert.Equal(_deadLetters.OrderBy(d => d.Key), letters.Values.CountBy(reason => reason).OrderBy(d => d.Key));
        return $"{found.Count + _whole.Count} documents, {letters.Count} dead letters, {store.Repeated} documents delivered again, {left} with less than the truth";
    }

    /// <summary>Reasons by place: a crash may write a letter twice, under one key.</summary>
    public Dictionary<string, string> ReadDeadLetters()
    {
        var letters = new Dictionary<string, string>();
        TrailCheck.Read(kafka, name + "-dlq", message =>
        {
            Assert.True(message.Headers.TryGetLastBytes("ts-dlq-reason", out var reason));
            letters[Encoding.UTF8.GetString(message.Key)] = Encoding.UTF8.GetString(reason);
        }, partitions: 1);
        return letters;
    }
}
