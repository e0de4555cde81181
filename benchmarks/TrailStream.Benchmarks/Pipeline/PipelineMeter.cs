using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using TrailStream.Core.Documents;
using TrailStream.Core.Generation;
using TrailStream.Core.Sessions;
using TrailStream.Pipeline.Actors;
using TrailStream.Pipeline.Elasticsearch;
using TrailStream.Pipeline.Kafka;
using TrailStream.Pipeline.Options;
using TrailStream.Pipeline.Sinks;
using TrailStream.Testing.Kafka;

namespace TrailStream.Benchmarks.Pipeline;

/// <summary>The stream as a whole between real servers: Kafka to nothing, to Kafka, to Elasticsearch, and beside the last the same bodies
/// sent by curl. Servers from <c>shared/engines</c>, or from TRAILSTREAM_TEST_KAFKA and TRAILSTREAM_TEST_ELASTICSEARCH.</summary>
internal sealed class PipelineMeter(string kafka, string? elasticsearch, long events, long elasticsearchEvents)
{
    private const int Partitions = 4;
    private const int Rounds = 3;
    private readonly string _run = $"meter-{Stopwatch.GetTimestamp()}";

    public static async Task<int> RunAsync(long events)
    {
        await using var engines = new EngineFixture();
        if (await engines.KafkaAsync() is not { } kafka)
        {
            await Console.Error.WriteLineAsync(EngineFixture.Absent);
            return 1;
        }

        await new PipelineMeter(kafka, await engines.ElasticsearchAsync(), events, Math.Max(1, events / 5)).MeasureAsync();
        return 0;
    }

    private async Task MeasureAsync()
    {
        Console.WriteLine($"{"path",-34} {"events",10} {"events/s",12} {"CPU µs/event",14} {"resident MB",12}");
        var topic = await FeedAsync("input", events);
        for (var round = 1; round <= Rounds; round++)
        {
            await StreamAsync("Kafka -> nothing, cloudtrail", topic, events, _ => new NullSink(DocumentForm.CloudTrail));
            await StreamAsync("Kafka -> nothing, ecs", topic, events, _ => new NullSink(DocumentForm.Ecs));
            var output = $"{_run}-out-{round}";
            await CreateAsync(output);
            await StreamAsync("Kafka -> Kafka, cloudtrail", topic, events, letters => new KafkaSink(Kafka(topic), output, DocumentForm.CloudTrail, letters));
        }

        if (elasticsearch is null)
        {
            return;
        }

        var small = await FeedAsync("small", elasticsearchEvents);
        for (var round = 1; round <= Rounds; round++)
        {
            await ClearAsync();
            var options = new BulkOptions { Urls = [new Uri(elasticsearch)] };
            await StreamAsync(
                "Kafka -> Elasticsearch, ecs", small, elasticsearchEvents, letters => new BulkSink(options, letters, TimeProvider.System, NullLogger.Instance));
            await CurlAsync(small, options.GroupBytes);
        }
    }

    private async Task<string> FeedAsync(string name, long count)
    {
        var topic = $"{_run}-{name}";
        await CreateAsync(topic);
        using var feeder = new TopicFeeder(kafka, topic);
        Console.WriteLine(await Measurement.OfAsync("generator -> Kafka", count, () =>
        {
            var generator = new TrailGenerator(new TrailGeneratorOptions { Seed = 1, Events = count, Start = DateTimeOffset.UtcNow.AddHours(-4) });
            var record = new ByteBuffer();
            var truth = new TrailTruth();
            for (long i = 0; generator.Next(record, truth); i++)
            {
                feeder.Send(record.Written, (int)(i % Partitions));
                record.Clear();
            }

            feeder.Flush(CancellationToken.None);
            return Task.CompletedTask;
        }));
        return topic;
    }

    private KafkaOptions Kafka(string topic) => new() { Brokers = kafka, Topics = [topic], GroupId = $"{topic}-{Stopwatch.GetTimestamp()}" };

    /// <summary>From the start of reading to the last acknowledged document; with a sessions topic, as in production.</summary>
    private async Task StreamAsync(string path, string topic, long count, Func<IDeadLetters, ISink> make)
    {
        var options = new StreamOptions
        {
            Kafka = Kafka(topic),
            Late = new LateOptions { HoldTime = TimeSpan.FromSeconds(2) },
            Sessions = new SessionsOptions { Topic = $"{_run}-sessions-{Stopwatch.GetTimestamp()}", Partitions = Partitions },
            TrackCoverage = false,
        };
        await using var letters = new KafkaDeadLetters(options.Kafka, TimeProvider.System, NullLogger.Instance);
        await using var sink = make(letters);
        using var index = new SessionIndex(SessionIndexOptions.Default with { SessionsMax = 4_000_000 });
        await using var run = await StreamRun.StartAsync(options, [sink], letters, TimeProvider.System, NullLoggerFactory.Instance, index, default);
        var measurement = await Measurement.OfAsync(path, count, () => run.FinishAsync(count, default));
        Console.WriteLine(measurement);
        await run.DrainAsync(default);
    }

    /// <summary>The bodies that the stream would send, sent by two curls at a time.</summary>
    private async Task CurlAsync(string topic, int groupBytes)
    {
        var folder = Directory.CreateTempSubdirectory("trailstream-bodies-");
        try
        {
            await StreamAsync("Kafka -> bodies in files, ecs", topic, elasticsearchEvents, _ => new BulkFileSink(folder.FullName, groupBytes));
            await ClearAsync();
            var command = $"ls {folder.FullName}/*.ndjson | xargs -P 2 -I FILE curl -sS -o /dev/null -H 'Content-Type: application/x-ndjson' "
                + $"--data-binary @FILE '{elasticsearch}/_bulk?filter_path=errors'";
            var measurement = await Measurement.OfAsync("curl _bulk, the same bodies", elasticsearchEvents, async () =>
            {
                using var shell = Process.Start(new ProcessStartInfo("sh", ["-c", command]))!;
                await shell.WaitForExitAsync();
            });
            Console.WriteLine(measurement with { Cpu = null, ResidentBytes = 0 });
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private Task CreateAsync(string topic) => TopicSetup.EnsureAsync(
        new KafkaOptions { Brokers = kafka }, [new TopicSpec(topic, Partitions, 1, new Dictionary<string, string>())], TimeProvider.System, NullLogger.Instance, default);

    /// <summary><c>[{"index":"trailstream-cloudtrail-2026.03.04"}]</c>, deleted one by one: deleting by pattern is off by default.</summary>
    private async Task ClearAsync()
    {
        using var http = new HttpClient { BaseAddress = new Uri(elasticsearch!) };
        var indices = await http.GetFromJsonAsync<JsonElement>("/_cat/indices/trailstream-cloudtrail-*?h=index&format=json");
        foreach (var index in indices.EnumerateArray())
        {
            (await http.DeleteAsync("/" + index.GetProperty("index").GetString())).EnsureSuccessStatusCode();
        }
    }
}
