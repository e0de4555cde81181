using Confluent.Kafka;
using TrailStream.Pipeline.Options;
using TrailStream.Pipeline.Settlement;

namespace TrailStream.Pipeline.Kafka;

/// <summary>What the reader knows of one partition in one assignment. Owned by the reader's thread.</summary>
internal sealed class AssignedPartition(TopicPartition place, int epoch, IPartitionProcessor processor)
{
    public TopicPartition Place { get; } = place;

    public int Epoch { get; } = epoch;

    public IPartitionProcessor Processor { get; } = processor;

    public Frontier Frontier { get; } = new();

    /// <summary>The batch that records are being added to.</summary>
    public RecordBatch? Open { get; set; }

    public long OpenSince { get; set; }

    public long StoredOffset { get; set; } = -1;

    public long NextOffset { get; set; } = -1;

    /// <summary>Null until pause or resume was said once: librdkafka keeps a pause across rebalances, so each assignment says it.</summary>
    public bool? Paused { get; set; }

    public bool SpanFull { get; private set; }

    /// <summary>True from half of the span: nothing is held any more, so that holding never limits throughput.</summary>
    public bool UnderPressure { get; private set; }

    public bool AtEnd { get; set; }

    public long FailingOffset { get; set; } = -1;

    public int FailuresThere { get; set; }

    /// <summary>Looks at the span again.</summary>
    /// <returns>True when pressure has begun: what is held should be released.</returns>
    public bool Measure(ReadLimits limits)
    {
        var before = UnderPressure;
        UnderPressure = Frontier.SpanRecords >= limits.SpanRecords / 2 || Frontier.SpanBytes >= limits.SpanBytes / 2;
        if (Frontier.SpanRecords >= limits.SpanRecords || Frontier.SpanBytes >= limits.SpanBytes)
        {
            SpanFull = true;
        }
        else if (!UnderPressure)
        {
            SpanFull = false;
        }

        return UnderPressure && !before;
    }
}
