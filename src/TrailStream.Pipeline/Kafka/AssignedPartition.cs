using Confluent.Kafka;
using TrailStream.Pipeline.Settlement;

namespace TrailStream.Pipeline.Kafka;

/// <summary>What the reader has of one partition in one assignment beside its lease. Owned by the reader's thread.</summary>
internal sealed class AssignedPartition(TopicPartition place, PartitionLease lease, IPartitionProcessor processor)
{
    public TopicPartition Place { get; } = place;

    public PartitionLease Lease { get; } = lease;

    public IPartitionProcessor Processor { get; } = processor;

    /// <summary>The batch that records are being added to.</summary>
    public RecordBatch? Open { get; set; }

    public long OpenSince { get; set; }

    /// <summary>Looks for the end of the batch that the client cannot read at this offset; what was found for another says nothing. Null without one.</summary>
    public (long First, Task<long> Last)? BatchEnd { get; set; }
}
