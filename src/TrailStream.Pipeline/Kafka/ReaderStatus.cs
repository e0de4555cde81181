namespace TrailStream.Pipeline.Kafka;

/// <summary>One partition as the reader saw it a moment ago.</summary>
/// <param name="Lag">Records behind the end; -1 while the end is not known; at least this many while it is paused.</param>
/// <param name="Settled">The offset behind the settled prefix.</param>
/// <param name="Open">Records read and not yet settled.</param>
/// <param name="OldestUnsettled">Age of the oldest of them; with none open and more to read, the time since the last record came. The one number
/// that shows every stuck partition.</param>
public sealed record PartitionStatus(
    string Topic, int Partition, int Epoch, long Lag, long Settled, int Open, TimeSpan OldestUnsettled, bool Paused, bool AtEnd);

/// <summary>The reader as it saw itself a moment ago; immutable.</summary>
/// <param name="Partitions">Its partitions.</param>
/// <param name="Refused">True while Kafka refuses access.</param>
/// <param name="Sequence">Rises by one with every look.</param>
/// <param name="At">When it looked, in the clock's timestamps.</param>
internal sealed record ReaderStatus(IReadOnlyList<PartitionStatus> Partitions, bool Refused, long Sequence, long At)
{
    public static ReaderStatus Empty { get; } = new([], false, 0, 0);
}
