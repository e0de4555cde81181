namespace TrailStream.Pipeline.Kafka;

/// <summary>One partition as the reader saw it a moment ago.</summary>
/// <param name="Lag">Records behind the end; -1 while the end is not known.</param>
/// <param name="Settled">The offset behind the settled prefix; -1 before the first.</param>
/// <param name="Open">Records read and not yet settled.</param>
/// <param name="OldestUnsettled">Age of the oldest of them.</param>
public sealed record PartitionStatus(
    string Topic, int Partition, int Epoch, long Lag, long Settled, int Open, TimeSpan OldestUnsettled, bool Paused, bool AtEnd);

/// <summary>The reader as it saw itself a moment ago; immutable.</summary>
internal sealed record ReaderStatus(IReadOnlyList<PartitionStatus> Partitions, bool Refused, long Sequence)
{
    public static ReaderStatus Empty { get; } = new([], false, 0);
}
