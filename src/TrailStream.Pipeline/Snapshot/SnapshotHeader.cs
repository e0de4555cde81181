namespace TrailStream.Pipeline.Snapshot;

/// <summary>How far one partition of the sessions topic is contained in a snapshot.</summary>
/// <param name="Partition">Its number.</param>
/// <param name="Next">The offset to go on from.</param>
/// <param name="LastTimestamp">Kafka's timestamp of the record before it, Unix milliseconds: tells a topic that was made anew. 0 where none was
/// read.</param>
internal sealed record SnapshotPlace(int Partition, long Next, long LastTimestamp);

/// <summary>What a snapshot says of itself.</summary>
internal sealed record SnapshotHeader
{
    /// <summary>The layout of the index's records; another one cannot be read.</summary>
    public required string Layout { get; init; }

    /// <summary>The sessions topic.</summary>
    public required string Topic { get; init; }

    public required DateTimeOffset WrittenAt { get; init; }

    /// <summary>Event time from which the index had seen everything, Unix seconds; null where it is not known.</summary>
    public required long? CoverageSince { get; init; }

    public required IReadOnlyList<SnapshotPlace> Places { get; init; }
}
