using System.Diagnostics;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Confluent.Kafka;
using Microsoft.Extensions.Logging.Abstractions;
using TrailStream.Core.Attribution;
using TrailStream.Core.Documents;
using TrailStream.Core.Generation;
using TrailStream.Core.Sessions;
using TrailStream.Pipeline.Actors;
using TrailStream.Pipeline.Elasticsearch;
using TrailStream.Pipeline.Kafka;
using TrailStream.Pipeline.Options;
using TrailStream.Pipeline.Sinks;
using TrailStream.Testing.Kafka;
using Xunit;

namespace TrailStream.Engine.Tests;

/// <summary>The whole stream between real servers: in every sink exactly the generator's event ids, every attribution the ground truth, everything
/// committed.</summary>
public sealed class StreamTests(EngineFixture engines, ITestOutputHelper output)
{
    private const int Partitions = 4;

    [Theory]
    [InlineData(1, 100_000, 64)]
    [InlineData(2, 100_000, 512)]
    public async Task KafkaToAllSinks_HoldsExactlyTheTruth(ulong seed, long events, int batchRecords)
    {
        var (kafka, elasticsearch, openSearch) = (await engines.KafkaAsync(), await engines.ElasticsearchAsync(), await engines.OpenSearchAsync());
        Assert.SkipWhen(kafka is null || elasticsearch is null || openSearch is null, EngineFixture.Absent);
        var cancellation = TestContext.Current.CancellationToken;
        var name = $"stream-{seed}-{batchRecords}-{Stopwatch.GetTimestamp()}";
        var truths = await FeedAsync(kafka!, name, seed, events, cancellation);
        await ClearAsync(elasticsearch!, cancellation);
        await ClearAsync(openSearch!, cancellation);

        var options = Options(kafka!, name, batchRecords);
        await using var deadLetters = new KafkaDeadLetters(options.Kafka, TimeProvider.System, NullLogger.Instance);
        var began = Stopwatch.GetTimestamp();
        await using (var elastic = new BulkSink(Bulk(elasticsearch!), deadLetters, TimeProvider.System, NullLogger.Instance))
        await using (var open = new BulkSink(Bulk(openSearch!), deadLetters, TimeProvider.System, NullLogger.Instance))
        await using (var topic = new KafkaSink(options.Kafka, name + "-out", DocumentForm.CloudTrail, deadLetters))
        {
            await RunAsync(options, [elastic, open, topic], deadLetters, truths.Sent, cancellation);
        }

        output.WriteLine($"seed {seed}: {truths.Sent} records into three sinks in {Stopwatch.GetElapsedTime(began).TotalSeconds:F1} s");
        Compare(truths.ById, await ReadIndexAsync(elasticsearch!, cancellation), "elasticsearch");
        Compare(truths.ById, await ReadIndexAsync(openSearch!, cancellation), "opensearch");
        Compare(truths.ById, ReadTopic(kafka!, name + "-out"), "kafka");
        AssertCommitted(kafka!, options.Kafka);
    }

    [Fact]
    public async Task KilledInTheMiddle_LosesNothing()
    {
        var kafka = await engines.KafkaAsync();
        Assert.SkipWhen(kafka is null, EngineFixture.Absent);
        var cancellation = TestContext.Current.CancellationToken;
        var name = $"killed-{Stopwatch.GetTimestamp()}";
        var truths = await FeedAsync(kafka!, name, 9, 60_000, cancellation);
        await CreateAsync(kafka!, name + "-out", cancellation);

        // The real process, killed while it writes, then started again.
        using (var first = Start(kafka!, name))
        {
            while (CountTopic(kafka!, name + "-out") < 5_000)
            {
                Assert.False(first.HasExited, "the process ended by itself");
                await Task.Yield();
            }

            first.Kill();
            await first.WaitForExitAsync(cancellation);
        }

        var atKill = CountTopic(kafka!, name + "-out");
        using var second = Start(kafka!, name);
        var ids = new HashSet<string>();
        var deadline = Stopwatch.GetTimestamp();
        while (ids.Count < truths.ById.Count && Stopwatch.GetElapsedTime(deadline) < TimeSpan.FromMinutes(2))
        {
            Assert.False(second.HasExited, "the process ended by itself");
            ids = [.. ReadTopic(kafka!, name + "-out").Keys];
        }

        second.Kill();
        await second.WaitForExitAsync(cancellation);
        output.WriteLine($"killed after {atKill} of {truths.ById.Count} documents; {CountTopic(kafka!, name + "-out")} messages in the end");
        Assert.True(atKill < truths.ById.Count, "it was too late to kill it");
        Assert.Empty(truths.ById.Keys.Except(ids).Take(5));
        Assert.Empty(ids.Except(truths.ById.Keys).Take(5));
    }

    private static Process Start(string kafka, string name)
    {
        var program = Path.Combine(AppContext.BaseDirectory, "trailstream.dll");
        var start = new ProcessStartInfo("dotnet") { RedirectStandardError = true, RedirectStandardOutput = true };
        foreach (var argument in (string[])["exec", program, "run", "--set", $"kafka.brokers={kafka}", "--set", $"kafka.topic={name}", "--set", $"kafka.group={name}",
            "--set", $"output_topic.name={name}-out", "--set", $"sessions.topic={name}-sessions", "--set", "http.port=0", "--set", "late.hold=1s",
            "--set", "kafka.client.session.timeout.ms=6000"])
        {
            start.ArgumentList.Add(argument);
        }

        var process = Process.Start(start)!;
        process.BeginErrorReadLine();
        process.BeginOutputReadLine();
        return process;
    }

    private static StreamOptions Options(string kafka, string name, int batchRecords) => new()
    {
        Kafka = new KafkaOptions { Brokers = kafka, Topics = [name], GroupId = name },
        Read = new ReadLimits { BatchRecords = batchRecords },
        Late = new LateOptions { HoldTime = TimeSpan.FromSeconds(1) },
        Sessions = new SessionsOptions { Topic = name + "-sessions", Partitions = 4 },
        TrackCoverage = false,
    };

    /// <summary>Index by index: deleting by pattern is switched off by default.</summary>
    private static async Task ClearAsync(string url, CancellationToken cancellation)
    {
        using var http = new HttpClient();
        var indices = await http.GetStringAsync($"{url}/_cat/indices/trailstream-cloudtrail-*?h=index", cancellation);
        foreach (var index in indices.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            (await http.DeleteAsync($"{url}/{index}", cancellation)).EnsureSuccessStatusCode();
        }
    }

    private static BulkOptions Bulk(string url) => new() { Urls = [new Uri(url)] };

    private static async Task RunAsync(StreamOptions options, IReadOnlyList<ISink> sinks, IDeadLetters deadLetters, long records, CancellationToken cancellation)
    {
        using var index = new SessionIndex(SessionIndexOptions.Default with { SessionsMax = 1_000_000 });
        await using var run = await StreamRun.StartAsync(
            options, sinks, deadLetters, TimeProvider.System, NullLoggerFactory.Instance, index, cancellation);
        await run.FinishAsync(records, cancellation);
        Assert.Equal(0, run.Status.DeadLetters);
        await run.DrainAsync(cancellation);
    }

    private static async Task CreateAsync(string kafka, string topic, CancellationToken cancellation) =>
        await TopicSetup.EnsureAsync(
            new KafkaOptions { Brokers = kafka }, [new TopicSpec(topic, Partitions, 1, new Dictionary<string, string>())], TimeProvider.System, NullLogger.Instance, cancellation);

    private static async Task<(long Sent, Dictionary<string, TrailTruth> ById)> FeedAsync(
        string kafka, string topic, ulong seed, long events, CancellationToken cancellation)
    {
        await CreateAsync(kafka, topic, cancellation);
        await CreateAsync(kafka, topic + "-out", cancellation);
        using var feeder = new TopicFeeder(kafka, topic);
        var generator = new TrailGenerator(new TrailGeneratorOptions { Seed = seed, Events = events, Start = DateTimeOffset.UtcNow.AddHours(-4) });
        var record = new ByteBuffer();
        var byId = new Dictionary<string, TrailTruth>();
        var truth = new TrailTruth();
        long sent = 0;
        while (generator.Next(record, truth))
        {
            feeder.Send(record.Written, (int)(sent++ % Partitions));
            record.Clear();
            byId[truth.EventId] = truth;
            truth = new TrailTruth();
        }

        feeder.Flush(cancellation);
        return (sent, byId);
    }

    private void Compare(Dictionary<string, TrailTruth> truths, Dictionary<string, JsonElement> found, string sink)
    {
        Assert.Empty(truths.Keys.Except(found.Keys).Take(3).Select(id => $"{sink} lacks {id}"));
        Assert.Empty(found.Keys.Except(truths.Keys).Take(3).Select(id => $"{sink} has {id} too"));
        var wrong = truths.Where(truth => Describe(truth.Value) != Describe(found[truth.Key])).Take(3)
            .Select(truth => $"{sink}: {truth.Value.Story} {Describe(truth.Value)} <> {found[truth.Key].GetRawText()}").ToList();
        wrong.ForEach(output.WriteLine);
        Assert.Empty(wrong);
    }

    private static string Describe(TrailTruth truth) =>
        $"{Codes.NameOf(truth.Status)} {truth.OriginType} {truth.OriginId ?? truth.OriginName} {(truth.Status == AttributionStatus.Attributed ? truth.Depth : 0)}";

    private static string Describe(JsonElement attribution)
    {
        var status = attribution.GetProperty("status").GetString();
        var origin = attribution.TryGetProperty("origin", out var found) ? found : default;
        var type = origin.ValueKind == JsonValueKind.Object ? origin.GetProperty("type").GetString() : "Unknown";
        var id = origin.ValueKind != JsonValueKind.Object ? null
            : origin.TryGetProperty("id", out var value) || origin.TryGetProperty("name", out value) ? value.GetString() : null;
        return $"{status} {type} {id} {(status == "attributed" ? attribution.GetProperty("depth").GetInt32() : 0)}";
    }

    private static async Task<Dictionary<string, JsonElement>> ReadIndexAsync(string url, CancellationToken cancellation)
    {
        using var http = new HttpClient { BaseAddress = new Uri(url) };
        await http.PostAsync("/trailstream-cloudtrail-*/_refresh", null, cancellation);
        var found = new Dictionary<string, JsonElement>();
        string? scroll = null;
        while (true)
        {
            using var response = scroll is null
                ? await http.PostAsJsonAsync("/trailstream-cloudtrail-*/_search?scroll=1m&size=5000&_source_includes=trailstream.attribution", new { sort = (string[])["_doc"] }, cancellation)
                : await http.PostAsJsonAsync("/_search/scroll", new { scroll = "1m", scroll_id = scroll }, cancellation);
            response.EnsureSuccessStatusCode();
            using var page = await JsonDocument.ParseAsync(await response.Content.ReadAsStreamAsync(cancellation), default, cancellation);
            scroll = page.RootElement.GetProperty("_scroll_id").GetString();
            var hits = page.RootElement.GetProperty("hits").GetProperty("hits");
            if (hits.GetArrayLength() == 0)
            {
                return found;
            }

            foreach (var hit in hits.EnumerateArray())
            {
                found.Add(hit.GetProperty("_id").GetString()!, hit.GetProperty("_source").GetProperty("trailstream").GetProperty("attribution").Clone());
            }
        }
    }

    /// <summary>The last document of every key.</summary>
    private static Dictionary<string, JsonElement> ReadTopic(string kafka, string topic)
    {
        var found = new Dictionary<string, JsonElement>();
        Read(kafka, topic, message =>
        {
            using var document = JsonDocument.Parse(message.Value);
            found[Encoding.UTF8.GetString(message.Key)] = document.RootElement.GetProperty("trailstream").GetProperty("attribution").Clone();
        });
        return found;
    }

    private static long CountTopic(string kafka, string topic)
    {
        using var consumer = Consumer(kafka);
        return Enumerable.Range(0, Partitions).Sum(p => consumer.QueryWatermarkOffsets(new TopicPartition(topic, p), TimeSpan.FromSeconds(10)).High.Value);
    }

    private static void Read(string kafka, string topic, Action<Message<byte[], byte[]>> take)
    {
        using var consumer = Consumer(kafka);
        consumer.Assign(Enumerable.Range(0, Partitions).Select(p => new TopicPartitionOffset(topic, p, Offset.Beginning)));
        var ended = 0;
        while (ended < Partitions)
        {
            var result = consumer.Consume(TimeSpan.FromSeconds(10)) ?? throw new TimeoutException($"{topic} does not end");
            if (result.IsPartitionEOF)
            {
                ended++;
            }
            else
            {
                take(result.Message);
            }
        }
    }

    private static IConsumer<byte[], byte[]> Consumer(string kafka, string group = "reader") =>
        new ConsumerBuilder<byte[], byte[]>(new ConsumerConfig { BootstrapServers = kafka, GroupId = group, EnablePartitionEof = true, EnableAutoCommit = false }).Build();

    private static void AssertCommitted(string kafka, KafkaOptions options)
    {
        using var consumer = Consumer(kafka, options.GroupId);
        var partitions = Enumerable.Range(0, Partitions).Select(p => new TopicPartition(options.Topics[0], p)).ToList();
        foreach (var committed in consumer.Committed(partitions, TimeSpan.FromSeconds(10)))
        {
            Assert.Equal(consumer.QueryWatermarkOffsets(committed.TopicPartition, TimeSpan.FromSeconds(10)).High, committed.Offset);
        }
    }
}
