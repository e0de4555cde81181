using System.Text;
using Confluent.Kafka;
using TrailStream.Core.Documents;
using TrailStream.Pipeline.DeadLetters;
using TrailStream.Pipeline.Kafka;
using TrailStream.Pipeline.Options;
using TrailStream.Pipeline.Sinks;
using TrailStream.Pipeline.Tests.Sinks;
using TrailStream.Testing.Kafka;
using Xunit;

namespace TrailStream.Pipeline.Tests.Kafka;

public sealed class KafkaSinkTests : IDisposable
{
    private readonly EmbeddedBroker _broker = EmbeddedBroker.Start();
    private readonly MemoryDeadLetters _letters = new();

    public void Dispose() => _broker.Dispose();

    [Fact]
    public async Task Documents_AreKeyedByEventId_AndNameTheirRank()
    {
        await using var sink = await OpenAsync([]);
        var report = await sink.WriteAsync([TestBatch.Of(("e1", """{"n":1}""", 40), ("e2", """{"n":2}""", 10))], TestContext.Current.CancellationToken);

        Assert.Equal(new WriteReport(2, 0, 0, 0, 0), report);
        var messages = Read(2);
        Assert.Equal(("""{"n":1}""", "40"), messages["e1"]);
        Assert.Equal(("""{"n":2}""", "10"), messages["e2"]);
        Assert.True(sink.Healthy);
    }

    [Fact]
    public async Task TooLarge_IsADeadLetterWithTheRecord_TheRestIsWritten()
    {
        await using var sink = await OpenAsync(new Dictionary<string, string> { ["message.max.bytes"] = "2000" });
        var large = "{\"n\":\"" + new string('x', 4000) + "\"}";
        var report = await sink.WriteAsync([TestBatch.Of(("e1", """{"n":1}""", 40), ("e2", large, 40))], TestContext.Current.CancellationToken);

        Assert.Equal((1, 1), (report.Created, report.DeadLettered));
        var letter = Assert.Single(_letters.Letters);
        Assert.Equal((DeadLetterReason.SinkTooLarge, "e2", "topic/0@1#0", "kafka"), (letter.Reason, letter.EventId, letter.Place.ToString(), letter.Sink));
        Assert.Equal("record 1", Encoding.UTF8.GetString(letter.Payload.Span));
    }

    [Fact]
    public async Task EmptyGroup_IsWrittenAtOnce()
    {
        await using var sink = await OpenAsync([]);
        Assert.Equal(default, await sink.WriteAsync([], TestContext.Current.CancellationToken));
    }

    private async Task<KafkaSink> OpenAsync(Dictionary<string, string> properties)
    {
        var sink = new KafkaSink(new KafkaOptions { Brokers = _broker.Address, Properties = properties }, "out", DocumentForm.CloudTrail, _letters);
        await sink.PrepareAsync(TestContext.Current.CancellationToken);
        return sink;
    }

    private Dictionary<string, (string Document, string Rank)> Read(int count)
    {
        var config = new ConsumerConfig { BootstrapServers = _broker.Address, GroupId = "reader", EnableAutoCommit = false };
        using var consumer = new ConsumerBuilder<string, string>(config).Build();
        consumer.Assign(Enumerable.Range(0, EmbeddedBroker.PartitionsPerTopic).Select(p => new TopicPartitionOffset("out", p, Offset.Beginning)));
        var found = new Dictionary<string, (string, string)>();
        while (found.Count < count)
        {
            var message = (consumer.Consume(TimeSpan.FromSeconds(20)) ?? throw new TimeoutException("no message")).Message;
            found[message.Key] = (message.Value, Encoding.ASCII.GetString(message.Headers.GetLastBytes("trailstream-rank")));
        }

        return found;
    }
}
