using System.Diagnostics;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Confluent.Kafka;
using Microsoft.Extensions.Logging.Abstractions;
using TrailStream.Core.Documents;
using TrailStream.Core.Generation;
using TrailStream.Core.Sessions;
using TrailStream.Pipeline.Actors;
using TrailStream.Pipeline.DeadLetters;
using TrailStream.Pipeline.Elasticsearch;
using TrailStream.Pipeline.Kafka;
using TrailStream.Pipeline.Options;
using TrailStream.Pipeline.Verification;
using TrailStream.Testing.Kafka;
using Xunit;

namespace TrailStream.Engine.Tests.Verify;

/// <summary>After an incident, between real servers: what is gone is named, what was refused is a dead letter, and a replay brings it in as if it had come
/// the first time.</summary>
public sealed class VerifyTests(EngineFixture engines, ITestOutputHelper output)
{
    private const int Partitions = 2;
    private const ulong Seed = 11;

    private readonly CancellationTokenSource _patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);

    [Theory]
    [InlineData("elasticsearch")]
    [InlineData("opensearch")]
    public async Task WhatIsGoneIsNamed_WhatWasRefusedComesBack(string engine)
    {
        var kafka = await engines.KafkaAsync();
        var elasticsearch = engine == "opensearch" ? await engines.OpenSearchAsync() : await engines.ElasticsearchAsync();
        Assert.SkipWhen(kafka is null || elasticsearch is null, EngineFixture.Absent);
        _patience.CancelAfter(TimeSpan.FromMinutes(5));
        var name = $"verify-{Stopwatch.GetTimestamp()}";
        var options = Options(kafka!, name);
        await TopicSetup.EnsureAsync(
            options.Kafka,
            [new(name, Partitions, 1, new Dictionary<string, string>()), new(name + "-out", Partitions, 1, new Dictionary<string, string>()), .. TopicSetup.TopicsOf(options)],
            TimeProvider.System, NullLogger.Instance, _patience.Token);
        using var http = new HttpClient { BaseAddress = new Uri(elasticsearch!) };

        // A day whose index refuses every form of a document, whatever the templates say, if they are there already.
        var brokenDay = DateTimeOffset.UtcNow.AddDays(-40);
        var brokenIndex = $"/trailstream-cloudtrail-{brokenDay:yyyy.MM.dd}";
        await http.DeleteAsync(brokenIndex, _patience.Token);
        var refusing = JsonDocument.Parse("""{"settings":{"index.mapping.ignore_malformed":false},"mappings":{"properties":{"@timestamp":{"type":"boolean"}}}}""");
        (await http.PutAsJsonAsync(brokenIndex, refusing, _patience.Token)).EnsureSuccessStatusCode();

        var gzip = Gzip($$"""{"Records":[{{Event("gzip-1", DateTimeOffset.UtcNow)}},{{Event("gzip-2", DateTimeOffset.UtcNow)}}]}""");
        var sent = Feed(kafka!, name, 3000, [
            gzip[..^30],
            Encoding.UTF8.GetBytes($"[{Event("good", DateTimeOffset.UtcNow)},{Event("refused", brokenDay)}]"),
            [],
        ]);
        await StreamAsync(options, elasticsearch!, sent);
        var before = await VerifyAsync(options, elasticsearch!);
        Assert.True(before.IsClean, string.Join(", ", before.Named));
        Assert.Equal((sent, 1, 1), (before.Records, before.DeadRecords, before.Tombstones));
        Assert.Equal([(1L, "elasticsearch"), (0L, "kafka")], before.Destinations.Select(to => (to.DeadLettered, to.Name)));

        var gone = await DeleteSomeAsync(http, options.Kafka, 3);
        var spoiled = await VerifyAsync(options, elasticsearch!);
        Assert.Equal(gone.Order(), spoiled.Named.Select(finding => finding.Id).Order());
        Assert.All(spoiled.Named, finding => Assert.Equal((FindingKind.Missing, "elasticsearch"), (finding.Kind, finding.Destination)));
        Assert.False(spoiled.IsClean);

        // Mended: the index, and the record.
        await http.DeleteAsync(brokenIndex, _patience.Token);
        using var store = new KafkaDeadLetterStore(options.Kafka, TimeProvider.System);
        Assert.Equal(
            [DeadLetterReason.BadCompression, DeadLetterReason.SinkMapping],
            DeadLetterBook.Read(store, new(), _patience.Token).States.Select(state => Enum.Parse<DeadLetterReason>(state.Letter.Reason.Replace("_", ""), true)).Order());
        await ReplayAsync(store, options, new() { Reasons = ["sink_mapping"] }, null);
        await ReplayAsync(store, options, new() { Reasons = ["bad_compression"] }, gzip);
        await StreamAsync(options, elasticsearch!, 2);
        var after = await VerifyAsync(options, elasticsearch!);
        Assert.Equal((sent + 2, 2), (after.Records, after.Replayed));
        Assert.Equal((3, 0, 0, 0), (Of(after).Missing, Of(after).DeadLettered, Of(after).Doubled, Of(after).SafeForm));
        Assert.Equal(Of(before).Indexed + 1 + 2 - 3, Of(after).Indexed);
        output.WriteLine($"seed {Seed}: {after.Events} events, {after.Repeated} repeated, {Of(after).Indexed} indexed");

        // Once more does no harm.
        await ReplayAsync(store, options, new() { Reasons = ["sink_mapping"] }, null, again: true);
        await StreamAsync(options, elasticsearch!, 1);
        var again = await VerifyAsync(options, elasticsearch!);
        Assert.Equal((Of(after).Indexed, 0), (Of(again).Indexed, Of(again).Doubled));
        await http.DeleteAsync(brokenIndex, _patience.Token);
    }

    [Fact]
    public async Task TooLargeForTheTopic_IsCut_AndReplayedWhole()
    {
        var kafka = await engines.KafkaAsync();
        Assert.SkipWhen(kafka is null, EngineFixture.Absent);
        _patience.CancelAfter(TimeSpan.FromMinutes(2));
        var name = $"large-{Stopwatch.GetTimestamp()}";
        var options = Options(kafka!, name);
        var large = new Dictionary<string, string> { ["max.message.bytes"] = "5000000" };
        var small = new Dictionary<string, string> { ["max.message.bytes"] = "1000000" };
        await TopicSetup.EnsureAsync(
            options.Kafka, [new(name, 1, 1, large), new(options.Kafka.DeadLetterTopic, 1, 1, small)], TimeProvider.System, NullLogger.Instance, _patience.Token);
        // The broker counts compressed bytes: this does not compress.
        const string Letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        var record = Encoding.UTF8.GetBytes("{ broken " + new string(new Random((int)Seed).GetItems<char>(Letters, 2_000_000)));
        using (var producer = new ProducerBuilder<Null, byte[]>(new ProducerConfig { BootstrapServers = kafka, MessageMaxBytes = 5_000_000 }).Build())
        {
            await producer.ProduceAsync(name, new Message<Null, byte[]> { Value = record }, _patience.Token);
        }

        var place = new RecordPlace(name, 0, 0);
        await using (var letters = new KafkaDeadLetters(options.Kafka, TimeProvider.System, NullLogger.Instance))
        {
            await letters.WriteAsync([new(record, DeadLetterReason.BadJson, DeadLetterStage.Decode, "", place)], _patience.Token);
        }

        using var store = new KafkaDeadLetterStore(options.Kafka, TimeProvider.System);
        var letter = Assert.Single(store.Read(_patience.Token));
        Assert.Equal((true, 512 * 1024), (letter.IsTruncated, letter.Payload.Length));
        await ReplayAsync(store, options, new(), null);
        using var reader = new TopicRangeReader(options.Kafka, TimeProvider.System, "topic");
        var records = reader.Read(reader.WholeTopic(name), _patience.Token).ToList();
        Assert.Equal(2, records.Count);
        Assert.Equal(record, records[1].Message.Value);
        Assert.True(RecordPlace.TryReadMark(records[1].Message.Key, out var mark) && mark == place with { Replays = 1 });
    }

    private static DestinationCounts Of(VerifyReport report) => report.Destinations[0];

    private static StreamOptions Options(string kafka, string name) => new()
    {
        Kafka = new KafkaOptions { Brokers = kafka, Topics = [name], GroupId = name, DeadLetterTopic = name + "-dlq" },
        Late = new LateOptions { HoldTime = TimeSpan.FromMilliseconds(200) },
        Sessions = new SessionsOptions { Topic = name + "-sessions", Partitions = 2 },
        TrackCoverage = false,
    };

    private static string Event(string id, DateTimeOffset time) =>
        $$$"""
        {"eventVersion":"1.08","userIdentity":{"type":"IAMUser","principalId":"AIDAQWERTYUIOPASDFGHJ","arn":"arn:aws:iam::111111111111:user/alice",
        "accountId":"111111111111","accessKeyId":"AKIAQWERTYUIOPASDFGH","userName":"alice"},"eventTime":"{{{time:yyyy-MM-ddTHH:mm:ssZ}}}",
        "eventSource":"s3.amazonaws.com","eventName":"GetObject","awsRegion":"eu-west-1","sourceIPAddress":"198.51.100.7","userAgent":"cli",
        "requestParameters":{"bucketName":"b"},"responseElements":null,"requestID":"r","eventID":"{{{id}}}","readOnly":true,"eventType":"AwsApiCall",
        "managementEvent":false,"recipientAccountId":"111111111111"}
        """;

    private static byte[] Gzip(string text)
    {
        using var memory = new MemoryStream();
        using (var gzip = new System.IO.Compression.GZipStream(memory, System.IO.Compression.CompressionLevel.Fastest, leaveOpen: true))
        {
            gzip.Write(Encoding.UTF8.GetBytes(text));
        }

        return memory.ToArray();
    }

    private long Feed(string kafka, string topic, long events, byte[][] more)
    {
        using var feeder = new TopicFeeder(kafka, topic);
        var generator = new TrailGenerator(new TrailGeneratorOptions { Seed = Seed, Events = events, Start = DateTimeOffset.UtcNow.AddHours(-4) });
        var record = new ByteBuffer();
        while (generator.Next(record, new TrailTruth()))
        {
            feeder.Send(record.Written, (int)(feeder.Sent % Partitions));
            record.Clear();
        }

        foreach (var poison in more)
        {
            feeder.Send(poison, 1);
        }

        feeder.Flush(_patience.Token);
        return feeder.Sent;
    }

    private async Task StreamAsync(StreamOptions options, string elasticsearch, long records)
    {
        await using var letters = new KafkaDeadLetters(options.Kafka, TimeProvider.System, NullLogger.Instance);
        await using var elastic = new BulkSink(new BulkOptions { Urls = [new Uri(elasticsearch)] }, letters, TimeProvider.System, NullLogger.Instance);
        await using var topic = new KafkaSink(options.Kafka, options.Kafka.Topics[0] + "-out", DocumentForm.CloudTrail, letters);
        using var index = new SessionIndex(SessionIndexOptions.Default with { SessionsMax = 100_000 });
        await using var run = await StreamRun.StartAsync(options, [elastic, topic], letters, TimeProvider.System, NullLoggerFactory.Instance, index, _patience.Token);
        await run.FinishAsync(records, _patience.Token);
        await run.DrainAsync(_patience.Token);
    }

    private async Task<VerifyReport> VerifyAsync(StreamOptions options, string elasticsearch)
    {
        using var elastic = new ElasticsearchLookup(new BulkOptions { Urls = [new Uri(elasticsearch)] }, TimeProvider.System);
        using var topic = new TopicLookup(options.Kafka, options.Kafka.Topics[0] + "-out", null, TimeProvider.System);
        using var store = new KafkaDeadLetterStore(options.Kafka, TimeProvider.System);
        using var verifier = new TrailVerifier(new VerifyOptions { Kafka = options.Kafka }, [elastic, topic], store, TimeProvider.System);
        return await verifier.RunAsync(new Progress<VerifyProgress>(), _patience.Token);
    }

    private async Task ReplayAsync(IDeadLetterStore store, StreamOptions options, DeadLetterFilter filter, byte[]? mended, bool again = false)
    {
        using var target = new KafkaReplayTarget(options.Kafka, null, TimeProvider.System);
        var replay = new DeadLetterReplay(store, target, TimeProvider.System) { Again = again, Corrected = mended };
        Assert.Equal(ReplayOutcome.Sent, Assert.Single(await replay.RunAsync(filter, _patience.Token)).Outcome);
    }

    /// <summary>Documents of this test: other tests fill the same indices.</summary>
    private async Task<List<string>> DeleteSomeAsync(HttpClient http, KafkaOptions options, int count)
    {
        using var reader = new TopicRangeReader(options, TimeProvider.System, "topic");
        var ids = reader.Read(reader.WholeTopic(options.Topics[0] + "-out"), _patience.Token).Select(result => Encoding.UTF8.GetString(result.Message.Key))
            .Distinct().Take(count).ToList();
        await http.PostAsync("/trailstream-cloudtrail-*/_refresh", null, _patience.Token);
        using var answer = await http.PostAsJsonAsync("/trailstream-cloudtrail-*/_search", new { query = new { ids = new { values = ids } } }, _patience.Token);
        using var found = await JsonDocument.ParseAsync(await answer.Content.ReadAsStreamAsync(_patience.Token), default, _patience.Token);
        var hits = found.RootElement.GetProperty("hits").GetProperty("hits").EnumerateArray().ToList();
        Assert.Equal(count, hits.Count);
        foreach (var hit in hits)
        {
            (await http.DeleteAsync($"/{hit.GetProperty("_index").GetString()}/_doc/{hit.GetProperty("_id").GetString()}", _patience.Token)).EnsureSuccessStatusCode();
        }

        return ids;
    }
}
