namespace TrailStream.Pipeline.Kafka;

/// <summary>Records of one partition.</summary>
/// <param name="Topic">The topic.</param>
/// <param name="Partition">The partition.</param>
/// <param name="From">First offset.</param>
/// <param name="To">The offset behind the last.</param>
public readonly record struct OffsetRange(string Topic, int Partition, long From, long To)
{
    public long Length => Math.Max(0, To - From);
}
