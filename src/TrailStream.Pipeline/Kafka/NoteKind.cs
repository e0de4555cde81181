namespace TrailStream.Pipeline.Kafka;

/// <summary>What a <see cref="PartitionNote"/> says of its partition of the input.</summary>
internal enum NoteKind : byte
{
    /// <summary>Whatever was published in the sessions topic before a moment needs no question to the stores any more, as far as the node knows that
    /// reads the partition; by Kafka's timestamps there.</summary>
    Asked = 0,

    /// <summary>The partition has more to read, and its events have come to a moment; by event time.</summary>
    Lagging,
}
