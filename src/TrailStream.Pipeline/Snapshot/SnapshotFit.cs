using Confluent.Kafka;

namespace TrailStream.Pipeline.Snapshot;

/// <summary>A snapshot that was found usable, and where it lies.</summary>
internal sealed record FoundSnapshot(string Path, SnapshotHeader Header);

/// <summary>Whether the sessions topic still goes on from where a snapshot stands.</summary>
internal static class SnapshotFit
{
    private static readonly TimeSpan AskTime = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan PollTime = TimeSpan.FromMilliseconds(100);

    /// <summary>Why the topic cannot be read on from the snapshot's places; null when it can. Leaves the consumer with an assignment of its
    /// own.</summary>
    /// <exception cref="KafkaException">Kafka did not answer.</exception>
    public static string? Mismatch(
        IConsumer<Ignore, byte[]> consumer, SnapshotHeader header, IReadOnlyCollection<int> partitions, CancellationToken cancellationToken)
    {
        if (!header.Places.Select(place => place.Partition).Order().SequenceEqual(partitions.Order()))
        {
            return $"the topic has {partitions.Count} partitions, the snapshot {header.Places.Count}";
        }

        foreach (var place in header.Places)
        {
            var marks = consumer.QueryWatermarkOffsets(new TopicPartition(header.Topic, place.Partition), AskTime);
            if (place.Next > marks.High.Value)
            {
                return $"partition {place.Partition} ends at {marks.High.Value}, before the snapshot's {place.Next}: the topic was made anew";
            }

            if (place.Next < marks.Low.Value)
            {
                return $"partition {place.Partition} begins at {marks.Low.Value}, behind the snapshot's {place.Next}: retention has removed what lies between";
            }
        }

        return OtherRecord(consumer, header, cancellationToken);
    }

    /// <summary>The last record of each partition that went into the snapshot must still be that record: offsets alone would fit a topic that was
    /// deleted, made anew and filled again. One that compaction or retention has removed says nothing.</summary>
    private static string? OtherRecord(IConsumer<Ignore, byte[]> consumer, SnapshotHeader header, CancellationToken cancellationToken)
    {
        var places = header.Places.Where(place => place.LastTimestamp != 0).ToDictionary(place => place.Partition);
        consumer.Assign(places.Values.Select(place => new TopicPartitionOffset(header.Topic, place.Partition, place.Next - 1)));
        while (places.Count > 0)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var result = consumer.Consume(PollTime);
            if (result is null || !places.Remove(result.Partition.Value, out var place) || result.IsPartitionEOF || result.Offset.Value != place.Next - 1)
            {
                continue;
            }

            if (result.Message.Timestamp.UnixTimestampMs != place.LastTimestamp)
            {
                return $"partition {place.Partition} holds another record at {place.Next - 1} than the snapshot: the topic was made anew";
            }
        }

        return null;
    }
}
