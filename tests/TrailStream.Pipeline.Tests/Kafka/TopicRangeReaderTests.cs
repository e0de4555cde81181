using System.Text;
using TrailStream.Pipeline.Kafka;
using TrailStream.Pipeline.Options;
using Xunit;

namespace TrailStream.Pipeline.Tests.Kafka;

public sealed class TopicRangeReaderTests : IDisposable
{
    private readonly EmbeddedBroker _broker = EmbeddedBroker.Start();

    public void Dispose() => _broker.Dispose();

    /// <summary>Kafka's client keeps a partition paused that is assigned anew.</summary>
    [Fact]
    public void OneRangeAfterTheOther_OfTheSamePartition()
    {
        using (var feeder = new TopicFeeder(_broker.Address, "cloudtrail"))
        {
            for (var i = 0; i < 10; i++)
            {
                feeder.Send(Encoding.UTF8.GetBytes($"{i}"), 0);
            }

            feeder.Flush(TestContext.Current.CancellationToken);
        }

        using var reader = new TopicRangeReader(new KafkaOptions { Brokers = _broker.Address }, TimeProvider.System, "topic");
        Assert.Equal("2 3 4", Read(2, 5));
        Assert.Equal("5 6 7 8 9", Read(5, 10));
        Assert.Equal("0", Read(0, 1));

        string Read(long from, long to) => string.Join(' ', reader.Read([new OffsetRange("cloudtrail", 0, from, to)], TestContext.Current.CancellationToken)
            .Select(result => Encoding.UTF8.GetString(result.Message.Value!)));
    }
}
