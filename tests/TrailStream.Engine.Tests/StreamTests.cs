using System.Diagnostics;
using Microsoft.Extensions.Logging.Abstractions;
using TrailStream.Core.Documents;
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
    [Theory]
    [InlineData(1, 30_000, 64)]
    [InlineData(2, 100_000, 512, Traits = ["Suite", "Slow"])]
    public async Task KafkaToAllSinks_HoldsExactlyTheTruth(ulong seed, long events, int batchRecords)
    {
        var (kafka, elasticsearch, openSearch) = (await engines.KafkaAsync(), await engines.ElasticsearchAsync(), await engines.OpenSearchAsync());
        Assert.SkipWhen(kafka is null || elasticsearch is null || openSearch is null, EngineFixture.Absent);
        var cancellation = TestContext.Current.CancellationToken;
        var name = $"stream-{seed}-{batchRecords}-{Stopwatch.GetTimestamp()}";
        var truths = await TrailCheck.FeedAsync(kafka!, name, seed, events, cancellation);
        await TrailCheck.ClearAsync(elasticsearch!, cancellation);
        await TrailCheck.ClearAsync(openSearch!, cancellation);

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
        TrailCheck.Compare(truths.ById, await TrailCheck.ReadIndexAsync(elasticsearch!, cancellation), "elasticsearch", output);
        TrailCheck.Compare(truths.ById, await TrailCheck.ReadIndexAsync(openSearch!, cancellation), "opensearch", output);
        TrailCheck.Compare(truths.ById, TrailCheck.ReadTopic(kafka!, name + "-out"), "kafka", output);
        TrailCheck.AssertCommitted(kafka!, name);
    }

    [Fact]
    public async Task KilledInTheMiddle_LosesNothing()
    {
        var kafka = await engines.KafkaAsync();
        Assert.SkipWhen(kafka is null, EngineFixture.Absent);
        var cancellation = TestContext.Current.CancellationToken;
        var name = $"killed-{Stopwatch.GetTimestamp()}";
        var truths = await TrailCheck.FeedAsync(kafka!, name, 9, 60_000, cancellation);
        await TrailCheck.CreateAsync(kafka!, name + "-out", cancellation);

        // The real process, killed while it writes, then started again.
        using (var first = Start(kafka!, name))
        {
            while (TrailCheck.CountTopic(kafka!, name + "-out") < 5_000)
            {
                Assert.False(first.HasExited, "the process ended by itself");
                await Task.Yield();
            }

            first.Kill();
            await first.WaitForExitAsync(cancellation);
        }

        var atKill = TrailCheck.CountTopic(kafka!, name + "-out");
        using var second = Start(kafka!, name);
        var ids = new HashSet<string>();
        var deadline = Stopwatch.GetTimestamp();
        while (ids.Count < truths.ById.Count && Stopwatch.GetElapsedTime(deadline) < TimeSpan.FromMinutes(2))
        {
            Assert.False(second.HasExited, "the process ended by itself");
            ids = [.. TrailCheck.ReadTopic(kafka!, name + "-out").Keys];
        }

        second.Kill();
        await second.WaitForExitAsync(cancellation);
        output.WriteLine($"killed after {atKill} of {truths.ById.Count} documents; {TrailCheck.CountTopic(kafka!, name + "-out")} messages in the end");
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

    private static BulkOptions Bulk(string url) => new() { Urls = [new Uri(url)] };

    private async Task RunAsync(StreamOptions options, IReadOnlyList<ISink> sinks, IDeadLetters deadLetters, long records, CancellationToken cancellation)
    {
        using var index = new SessionIndex(SessionIndexOptions.Default with { SessionsMax = 1_000_000 });
        await using var run = await StreamRun.StartAsync(
            options, sinks, deadLetters, TimeProvider.System, NullLoggerFactory.Instance, index, cancellation);
        await run.FinishAsync(records, cancellation);
        Assert.Equal(0, run.Status.DeadLetters);
        output.WriteLine($"{run.Status.StoreReads} documents read back, {run.Status.Corrections} corrected");
        await run.DrainAsync(cancellation);
    }
}
