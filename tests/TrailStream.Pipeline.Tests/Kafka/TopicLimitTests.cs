using System.Diagnostics;
using Microsoft.Extensions.Logging.Abstractions;
using TrailStream.Core.Documents;
using TrailStream.Pipeline.DeadLetters;
using TrailStream.Pipeline.Kafka;
using TrailStream.Pipeline.Options;
using TrailStream.Pipeline.Sinks;
using TrailStream.Pipeline.Tests.Sinks;
using TrailStream.Testing.Kafka;
using Xunit;

namespace TrailStream.Pipeline.Tests.Kafka;

/// <summary>Against a real Kafka: a topic's limit counts for a whole batch of the client, and must refuse nobody who is not too large himself.</summary>
public sealed class TopicLimitTests(EngineFixture engines)
{
    [Fact]
    public async Task BatchAboveTheTopicsLimit_OnlyWhatIsTooLargeItselfIsRefused()
    {
        var (brokers, cancellation) = (await engines.KafkaAsync(), TestContext.Current.CancellationToken);
        Assert.SkipWhen(brokers is null, EngineFixture.Absent);
        var options = new KafkaOptions { Brokers = brokers!, Properties = new Dictionary<string, string> { ["compression.type"] = "none", ["linger.ms"] = "200" } };
        var topic = $"limit-{Stopwatch.GetTimestamp()}";
        await TopicSetup.EnsureAsync(
            options, [new TopicSpec(topic, 1, 1, new Dictionary<string, string> { ["max.message.bytes"] = "20000" })], TimeProvider.System, NullLogger.Instance, cancellation);
        var letters = new MemoryDeadLetters();
        await using var sink = new KafkaSink(options, topic, DocumentForm.CloudTrail, letters);
        await sink.PrepareAsync(cancellation);
        var documents = Enumerable.Range(0, 100).Select(n => ($"e{n}", $$"""{"n":"{{new string('x', n == 50 ? 30_000 : 1000)}}"}""", (byte)40)).ToArray();
        var report = await sink.WriteAsync([TestBatch.Of(documents)], cancellation);

        Assert.Equal(new WriteReport(99, 0, 0, 1, 0), report);
        Assert.Equal(("e50", DeadLetterReason.SinkTooLarge), (letters.Letters.Single().EventId, letters.Letters.Single().Reason));
    }
}
