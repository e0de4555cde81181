using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Confluent.Kafka;
using Microsoft.Extensions.Logging.Abstractions;
using TrailStream.Core.Attribution;
using TrailStream.Core.Documents;
using TrailStream.Core.Generation;
using TrailStream.Pipeline.Kafka;
using TrailStream.Pipeline.Options;
using Xunit;

namespace TrailStream.Engine.Tests;

/// <summary>Feeds a topic with the generator's events, reads what the sinks have, and compares with the generator's truth.</summary>
internal static class TrailCheck
{
    public const int Partitions = 4;

    public static async Task CreateAsync(string kafka, string topic, CancellationToken cancellation) =>
        await TopicSetup.EnsureAsync(
            new KafkaOptions { Brokers = kafka }, [new TopicSpec(topic, Partitions, 1, new Dictionary<string, string>())], TimeProvider.System, NullLogger.Instance, cancellation);

    public static async Task<(long Sent, Dictionary<string, TrailTruth> ById)> FeedAsync(
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

    public static void Compare(Dictionary<string, TrailTruth> truths, Dictionary<string, JsonElement> found, string sink, ITestOutputHelper output)
    {
        Assert.Empty(truths.Keys.Except(found.Keys).Take(3).Select(id => $"{sink} lacks {id}"));
        Assert.Empty(found.Keys.Except(truths.Keys).Take(3).Select(id => $"{sink} has {id} too"));
        var wrong = truths.Where(truth => Describe(truth.Value) != Describe(found[truth.Key])).Take(3)
            .Select(truth => $"{sink}: {truth.Value.Story} {Describe(truth.Value)} <> {found[truth.Key].GetRawText()}").ToList();
        wrong.ForEach(output.WriteLine);
        Assert.Empty(wrong);
    }

    /// <summary>The same ids, and nobody's name in place of another's.</summary>
    /// <returns>How many say less than the truth.</returns>
    public static int CompareNames(Dictionary<string, TrailTruth> truths, Dictionary<string, JsonElement> found)
    {
        Assert.Empty(truths.Keys.Except(found.Keys).Take(3));
        Assert.Empty(found.Keys.Except(truths.Keys).Take(3));
        var less = truths.Where(truth => Describe(truth.Value) != Describe(found[truth.Key])).ToList();
        Assert.Empty(less.Where(truth => found[truth.Key].TryGetProperty("origin", out var origin) && origin.TryGetProperty("name", out var name)
            && name.GetString() != truth.Value.OriginName).Take(3).Select(truth => found[truth.Key].GetRawText()));
        return less.Count;
    }

    public static string Describe(TrailTruth truth) =>
        $"{Codes.NameOf(truth.Status)} {truth.OriginType} {truth.OriginId ?? truth.OriginName} {(truth.Status == AttributionStatus.Attributed ? truth.Depth : 0)}";

    public static string Describe(JsonElement attribution)
    {
        var status = attribution.GetProperty("status").GetString();
        var origin = attribution.TryGetProperty("origin", out var found) ? found : default;
        var type = origin.ValueKind == JsonValueKind.Object ? origin.GetProperty("type").GetString() : "Unknown";
        var id = origin.ValueKind != JsonValueKind.Object ? null
            : origin.TryGetProperty("id", out var value) || origin.TryGetProperty("name", out value) ? value.GetString() : null;
        return $"{status} {type} {id} {(status == "attributed" ? attribution.GetProperty("depth").GetInt32() : 0)}";
    }

    public static async Task<Dictionary<string, JsonElement>> ReadIndexAsync(string url, CancellationToken cancellation)
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

    /// <summary>How many documents a query string finds, as of now.</summary>
    public static async Task<long> CountAsync(string url, string query, CancellationToken cancellation)
    {
        using var http = new HttpClient { BaseAddress = new Uri(url) };
        await http.PostAsync("/trailstream-cloudtrail-*/_refresh", null, cancellation);
        var count = await http.GetFromJsonAsync<JsonObject>($"/trailstream-cloudtrail-*/_count?q={Uri.EscapeDataString(query)}", cancellation);
        return count!["count"]!.GetValue<long>();
    }

    /// <summary>The last document of every key.</summary>
    public static Dictionary<string, JsonElement> ReadTopic(string kafka, string topic)
    {
        var found = new Dictionary<string, JsonElement>();
        Read(kafka, topic, message =>
        {
            using var document = JsonDocument.Parse(message.Value);
            found[Encoding.UTF8.GetString(message.Key)] = document.RootElement.GetProperty("trailstream").GetProperty("attribution").Clone();
        });
        return found;
    }

    public static long CountTopic(string kafka, string topic)
    {
        using var consumer = Consumer(kafka);
        return Enumerable.Range(0, Partitions).Sum(p => consumer.QueryWatermarkOffsets(new TopicPartition(topic, p), TimeSpan.FromSeconds(10)).High.Value);
    }

    public static void Read(string kafka, string topic, Action<Message<byte[], byte[]>> take, int partitions = Partitions)
    {
        using var consumer = Consumer(kafka);
        consumer.Assign(Enumerable.Range(0, partitions).Select(p => new TopicPartitionOffset(topic, p, Offset.Beginning)));
        var ended = 0;
        while (ended < partitions)
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

    public static IConsumer<byte[], byte[]> Consumer(string kafka, string group = "reader") =>
        new ConsumerBuilder<byte[], byte[]>(new ConsumerConfig { BootstrapServers = kafka, GroupId = group, EnablePartitionEof = true, EnableAutoCommit = false }).Build();

    /// <summary>Index by index: deleting by pattern is switched off by default.</summary>
    public static async Task ClearAsync(string url, CancellationToken cancellation)
    {
        using var http = new HttpClient();
        var indices = await http.GetStringAsync($"{url}/_cat/indices/trailstream-cloudtrail-*?h=index", cancellation);
        foreach (var index in indices.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            (await http.DeleteAsync($"{url}/{index}", cancellation)).EnsureSuccessStatusCode();
        }
    }

    /// <summary>What the group has committed.</summary>
    public static List<TopicPartitionOffset> Committed(IConsumer<byte[], byte[]> consumer, string topic) =>
        consumer.Committed(Enumerable.Range(0, Partitions).Select(p => new TopicPartition(topic, p)), TimeSpan.FromSeconds(10));

    public static void AssertCommitted(string kafka, string topicAndGroup)
    {
        using var consumer = Consumer(kafka, topicAndGroup);
        foreach (var committed in Committed(consumer, topicAndGroup))
        {
            Assert.Equal(consumer.QueryWatermarkOffsets(committed.TopicPartition, TimeSpan.FromSeconds(10)).High, committed.Offset);
        }
    }
}
