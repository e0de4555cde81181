using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging.Abstractions;
using TrailStream.Core.Documents;
using TrailStream.Core.Generation;
using TrailStream.Core.Sessions;
using TrailStream.Pipeline.Actors;
using TrailStream.Pipeline.Elasticsearch;
using TrailStream.Pipeline.Kafka;
using TrailStream.Pipeline.Options;
using TrailStream.Testing.Kafka;
using Xunit;

namespace TrailStream.Engine.Tests.Late;

/// <summary>Evidence that comes after the process has forgotten: every event is written pending by a life that ends, its grants come in the next.
/// The documents must then be those of a stream in which everything came in order.</summary>
public sealed class LateEvidenceTests(EngineFixture engines, ITestOutputHelper output)
{
    private const int Events = 3_000;
    private const string Pending = "trailstream.attribution.status:pending";
    private const string Corrected = "trailstream.attribution.revision:[2 TO *]";

    [Theory]
    [InlineData(false, DocumentForm.Ecs)]
    [InlineData(false, DocumentForm.CloudTrail, Traits = ["Suite", "Slow"])]
    [InlineData(true, DocumentForm.Ecs)]
    public async Task UsesInOneLife_GrantsInTheNext_DocumentsAreThoseOfOrderlyEvidence(bool openSearch, DocumentForm form)
    {
        var (kafka, search) = (await engines.KafkaAsync(), openSearch ? await engines.OpenSearchAsync() : await engines.ElasticsearchAsync());
        Assert.SkipWhen(kafka is null || search is null, EngineFixture.Absent);
        var cancellation = TestContext.Current.CancellationToken;
        var name = $"late-{form}-{openSearch}-{Stopwatch.GetTimestamp()}".ToLowerInvariant();
        var (uses, grants) = Trail();

        await using var orderly = new MemorySink(form);
        await TrailCheck.ClearAsync(search!, cancellation);
        var options = Options(kafka!, name, Late());
        await CreateAsync(kafka!, options.Kafka.Topics[0], cancellation);
        Feed(kafka!, options, uses, cancellation);
        await LifeAsync(options, search!, form, uses.Count, async _ => await UntilAsync(search!, Pending, count => count > Events / 4, cancellation), cancellation);
        var pending = await TrailCheck.CountAsync(search!, Pending, cancellation);

        Feed(kafka!, options, grants, cancellation);
        var began = Stopwatch.GetTimestamp();
        await LifeAsync(
            options, search!, form, grants.Count,
            async run =>
            {
                await UntilAsync(search!, Corrected, count => count > 0, cancellation);
                await Faults.Poll.Until(() => run.Status.StoreQueued == 0, cancellation);
                Assert.Equal(0, run.Status.DeadLetters);
            },
            cancellation);
        output.WriteLine($"{pending} pending, all questions answered {Stopwatch.GetElapsedTime(began).TotalSeconds:F0} s after the restart");

        // The same in order, into memory, by the same settings.
        var reference = Options(kafka!, name + "-orderly", Late());
        await CreateAsync(kafka!, reference.Kafka.Topics[0], cancellation);
        Feed(kafka!, reference, grants, cancellation);
        using (var index = NewIndex())
        {
            await using var run = await StreamRun.StartAsync(
                reference, [orderly], new MemoryDeadLetters(), TimeProvider.System, NullLoggerFactory.Instance, index, cancellation);
            await run.WaitForIdleAsync(grants.Count, cancellation);
            Feed(kafka!, reference, uses, cancellation);
            await run.WaitForIdleAsync(grants.Count + uses.Count, cancellation);
            await run.DrainAsync(cancellation);
        }

        var found = await ReadAsync(search!, cancellation);
        Assert.Equal(orderly.Documents.Keys.Order(), found.Keys.Order());
        var corrected = found.Values.Count(document => Revision(document) > 1);
        var wrong = orderly.Documents.Where(pair => Comparable(pair.Value.Document) != Comparable(found[pair.Key])).Take(3).ToList();
        wrong.ForEach(pair => output.WriteLine($"{Comparable(pair.Value.Document)}\n{Comparable(found[pair.Key])}\n"));
        Assert.Empty(wrong);
        Assert.True(corrected > Events / 10, $"only {corrected} of {found.Count} were corrected");
        output.WriteLine($"{found.Count} documents, {corrected} corrected, all as in order");
    }

    /// <summary>Only grants of people and services, and uses of them, none missing: then nothing depends on the grace.</summary>
    private static (List<byte[]> Uses, List<byte[]> Grants) Trail()
    {
        var generator = new TrailGenerator(new TrailGeneratorOptions
        {
            Seed = 41,
            Events = Events,
            Start = DateTimeOffset.UtcNow.AddHours(-1),
            MissingGrantShare = 0,
            DuplicateShare = 0,
        });
        var (uses, grants) = (new List<byte[]>(), new List<byte[]>());
        var record = new ByteBuffer();
        while (generator.Next(record, new TrailTruth()))
        {
            var isUse = record.Written.IndexOf("\"type\":\"AssumedRole\""u8) >= 0 && record.Written.IndexOf("\"credentials\":{"u8) < 0
                && record.Written.IndexOf("onBehalfOf"u8) < 0 && record.Written.IndexOf("SwitchRole"u8) < 0;
            (isUse ? uses : grants).Add(record.Written.ToArray());
            record.Clear();
        }

        return (uses, grants);
    }

    private static LateOptions Late() => new() { HoldTime = TimeSpan.Zero, Grace = TimeSpan.FromHours(30) };

    private static SessionIndex NewIndex() => new(SessionIndexOptions.Default with { SessionsMax = 1_000_000 });

    private static StreamOptions Options(string kafka, string name, LateOptions late) => new()
    {
        Kafka = new KafkaOptions { Brokers = kafka, Topics = [name], GroupId = name, DeadLetterTopic = name + "-dlq" },
        Sessions = new SessionsOptions { Topic = name + "-sessions", Partitions = 2 },
        Late = late,
        TrackCoverage = false,
    };

    private static async Task LifeAsync(
        StreamOptions options, string search, DocumentForm form, long records, Func<StreamRun, Task> work, CancellationToken cancellation)
    {
        using var index = NewIndex();
        await using var letters = new MemoryDeadLetters();
        await using var sink = new BulkSink(new BulkOptions { Urls = [new Uri(search)], Form = form }, letters, TimeProvider.System, NullLogger.Instance);
        await using var run = await StreamRun.StartAsync(options, [sink], letters, TimeProvider.System, NullLoggerFactory.Instance, index, cancellation);
        await run.WaitForIdleAsync(records, cancellation);
        await work(run);
        await run.DrainAsync(cancellation);
    }

    private static Task CreateAsync(string kafka, string topic, CancellationToken cancellation) => TopicSetup.EnsureAsync(
        new KafkaOptions { Brokers = kafka }, [new TopicSpec(topic, 2, 1, new Dictionary<string, string>())], TimeProvider.System, NullLogger.Instance, cancellation);

    private static void Feed(string kafka, StreamOptions options, List<byte[]> records, CancellationToken cancellation)
    {
        using var feeder = new TopicFeeder(kafka, options.Kafka.Topics[0]);
        records.ForEach(record => feeder.Send(record));
        feeder.Flush(cancellation);
    }

    private static Task UntilAsync(string url, string query, Func<long, bool> condition, CancellationToken cancellation) => Faults.Poll.Until(
        async () => condition(await TrailCheck.CountAsync(url, query, cancellation)), cancellation, interval: TimeSpan.FromMilliseconds(500));

    private static async Task<Dictionary<string, string>> ReadAsync(string url, CancellationToken cancellation)
    {
        using var http = new HttpClient { BaseAddress = new Uri(url) };
        await http.PostAsync("/trailstream-cloudtrail-*/_refresh", null, cancellation);
        using var response = await http.PostAsync("/trailstream-cloudtrail-*/_search?size=10000", null, cancellation);
        using var page = JsonDocument.Parse(await response.Content.ReadAsStringAsync(cancellation));
        return page.RootElement.GetProperty("hits").GetProperty("hits").EnumerateArray()
            .ToDictionary(hit => hit.GetProperty("_id").GetString()!, hit => hit.GetProperty("_source").GetRawText());
    }

    private static int Revision(string document) =>
        JsonNode.Parse(document)!["trailstream"]!["attribution"]!["revision"]!.GetValue<int>();

    /// <summary>Everything but when and how often it was decided, and when it was first written; the order of members stays as it is.</summary>
    private static string Comparable(string document)
    {
        var root = JsonNode.Parse(document)!.AsObject();
        root["trailstream"]!["attribution"]!.AsObject().Remove("resolved_at");
        root["trailstream"]!["attribution"]!.AsObject().Remove("revision");
        root["event"]?.AsObject().Remove("created");
        root["event"]?.AsObject().Remove("ingested");
        return root.ToJsonString();
    }
}
