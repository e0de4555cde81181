using System.Globalization;
using Microsoft.Extensions.Logging;
using TrailStream.Cli;
using TrailStream.Core.Attribution;
using TrailStream.Core.Sessions;
using TrailStream.Pipeline.Actors;
using TrailStream.Pipeline.Elasticsearch;
using TrailStream.Pipeline.Kafka;
using TrailStream.Pipeline.Ndjson;
using TrailStream.Pipeline.Options;
using TrailStream.Pipeline.Sinks;
using TrailStream.Pipeline.Sqlite;

namespace TrailStream.Demo;

/// <summary>The verb <c>demo</c>: a made-up organisation's trail through the same stages as production, and what they found.</summary>
internal static class DemoVerb
{
    /// <summary>Short, because the whole trail passes in seconds: what is unexplained until then is written and corrected.</summary>
    private static readonly TimeSpan Hold = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan ProgressInterval = TimeSpan.FromMilliseconds(250);

    public static async Task<int> RunAsync(DemoArguments arguments, TextWriter output, TextWriter progress, TimeProvider clock, CancellationToken cancellationToken)
    {
        foreach (var leftover in (ReadOnlySpan<string>)["", "-wal", "-shm"])
        {
            File.Delete(arguments.Store + leftover);
        }

        using var broker = arguments.Kafka is null ? EmbeddedBroker.Start() : null;
        var options = Options(arguments, broker?.Address ?? arguments.Kafka!, clock);
        await using var deadLetters = new NdjsonDeadLetters(arguments.Store + ".dead-letters.ndjson", clock);
        using var index = new SessionIndex(SessionIndexOptions.Default with { SessionsMax = 2_000_000, HashSeed = arguments.Seed ^ 0x5bd1e995 });
        // Warnings only: that a server is not there.
        using var loggers = ConsoleLogging.Create(LogLevel.Warning, json: false);
        var sinks = Sinks(arguments, deadLetters, clock, loggers);
        try
        {
            if (broker is null)
            {
                var topic = new TopicSpec(options.Kafka.Topics[0], EmbeddedBroker.PartitionsPerTopic, -1, new Dictionary<string, string>());
                await TopicSetup.EnsureAsync(options.Kafka, [topic], clock, loggers.CreateLogger("TrailStream"), cancellationToken).ConfigureAwait(false);
            }

            using var feeder = new TopicFeeder(options.Kafka.Brokers, options.Kafka.Topics[0]);
            var feed = new DemoFeed(feeder, arguments, clock);
            feed.Begin(cancellationToken);
            await using var run = await StreamRun.StartAsync(
                options, sinks, deadLetters, clock, loggers, index, cancellationToken).ConfigureAwait(false);
            var began = clock.GetTimestamp();
            using var shown = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            var showing = ShowAsync(run, arguments, progress, began, clock, shown.Token);
            var sent = await Task.Run(() => feed.RunAsync(run, cancellationToken), cancellationToken).ConfigureAwait(false);
            await run.FinishAsync(sent, cancellationToken).ConfigureAwait(false);
            await shown.CancelAsync().ConfigureAwait(false);
            await showing.ConfigureAwait(false);
            var took = clock.GetElapsedTime(began);
            await run.DrainAsync(cancellationToken).ConfigureAwait(false);
            await output.WriteLineAsync(
                $"{run.Status.Events.ToString("N0", CultureInfo.InvariantCulture)} events of a made-up organisation in {took.TotalSeconds:F1} s, "
                + $"{(arguments.Kafka is null ? "through a Kafka broker inside this process (for the demo only)" : "through " + arguments.Kafka)}.").ConfigureAwait(false);
        }
        finally
        {
            foreach (var sink in sinks)
            {
                await sink.DisposeAsync().ConfigureAwait(false);
            }
        }

        using var reader = SqliteReader.Open(arguments.Store);
        DemoReport.Write(reader, arguments, output);
        return 0;
    }

    private static StreamOptions Options(DemoArguments arguments, string brokers, TimeProvider clock)
    {
        // Against a real Kafka every demo reads its own topic, so that a second one does not meet the first one's events.
        var embedded = arguments.Kafka is null;
        var name = embedded ? "cloudtrail" : $"trailstream-demo-{clock.GetUtcNow().ToUnixTimeSeconds()}";
        return new StreamOptions
        {
            Kafka = new KafkaOptions
            {
                Brokers = brokers,
                Topics = [name],
                GroupId = name,
                GroupProtocol = embedded ? "consumer" : "classic",
                CheckTopics = !embedded,
            },
            Late = new LateOptions { HoldTime = Hold },
            Sessions = new SessionsOptions { Enabled = false },
            TrackCoverage = false,
        };
    }

    private static List<ISink> Sinks(DemoArguments arguments, NdjsonDeadLetters deadLetters, TimeProvider clock, ILoggerFactory loggers)
    {
        var sinks = new List<ISink> { new SqliteSink(arguments.Store) };
        if (arguments.Elasticsearch is not null)
        {
            sinks.Add(new BulkSink(new BulkOptions { Urls = [new Uri(arguments.Elasticsearch)] }, deadLetters, clock, loggers.CreateLogger("TrailStream.Elasticsearch")));
        }

        return sinks;
    }

    /// <summary>One line that is written over while the stream works; nothing where the output is no terminal.</summary>
    private static async Task ShowAsync(
        StreamRun run, DemoArguments arguments, TextWriter progress, long began, TimeProvider clock, CancellationToken cancellationToken)
    {
        if (arguments.Quiet || !arguments.Color)
        {
            return;
        }

        try
        {
            while (true)
            {
                var status = run.Status;
                var attributed = status.ByStatus[AttributionStatus.Attributed] + status.ByStatus[AttributionStatus.Direct];
                var rate = status.Events / Math.Max(0.1, clock.GetElapsedTime(began).TotalSeconds);
                await progress.WriteAsync(
                    $"\r{status.Events,9:N0} events  {rate,8:N0}/s  {attributed,9:N0} attributed  {status.Waiting + status.Held,7:N0} waiting ").ConfigureAwait(false);
                await Task.Delay(ProgressInterval, clock, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException)
        {
            await progress.WriteAsync("\r" + new string(' ', 70) + "\r").ConfigureAwait(false);
        }
    }
}
