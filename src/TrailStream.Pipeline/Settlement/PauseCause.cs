namespace TrailStream.Pipeline.Settlement;

/// <summary>Why nothing is read from a partition. A metric label.</summary>
internal enum PauseCause : byte
{
    /// <summary>It is read.</summary>
    None = 0,

    /// <summary>The stream is being stopped.</summary>
    Stopping,

    /// <summary>A sink takes nothing: it is away, or refuses access.</summary>
    SinkStalled,

    /// <summary>All partitions together hold as much as memory allows.</summary>
    Budget,

    /// <summary>This partition holds as much as a crash may repeat.</summary>
    Span,
}
