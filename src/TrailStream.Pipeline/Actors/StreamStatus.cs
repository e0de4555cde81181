using TrailStream.Core.Attribution;
using TrailStream.Pipeline.Kafka;

namespace TrailStream.Pipeline.Actors;

/// <summary>The stream as it was a moment ago: for /readyz, progress lines and tests.</summary>
public sealed record StreamStatus
{
    /// <summary>True once the index is filled, the sinks are prepared and reading has begun.</summary>
    public required bool Ready { get; init; }

    /// <summary>What it is doing: <c>waiting for kafka</c>, <c>filling the index</c>, <c>running</c>, <c>draining</c>,
    /// <c>stopped</c>.</summary>
    public required string Phase { get; init; }

    public required long Records { get; init; }

    public required long Events { get; init; }

    /// <summary>Events by their latest status. Events that are held count as what their first verdict was.</summary>
    public required IReadOnlyDictionary<AttributionStatus, long> ByStatus { get; init; }

    public required long DeadLetters { get; init; }

    public required long Grants { get; init; }

    /// <summary>Events in memory that wait for evidence; of them not yet written.</summary>
    public required long Waiting { get; init; }

    public required long Held { get; init; }

    public required long Corrections { get; init; }

    /// <summary>Documents that stores gave back because new evidence may concern them.</summary>
    public required long StoreReads { get; init; }

    /// <summary>Changed sessions and named principals that stores have not answered for: while there are any, a document may still become better.</summary>
    public required long StoreQueued { get; init; }

    public required long BytesInFlight { get; init; }

    public required long DocumentBytesInFlight { get; init; }

    /// <summary>Look back at the first start: records done and in all; 0 without one.</summary>
    public required long LookBackDone { get; init; }

    public required long LookBackTotal { get; init; }

    /// <summary>True while Kafka refuses access.</summary>
    public required bool KafkaRefuses { get; init; }

    /// <summary>Names of sinks whose last contact failed.</summary>
    public required IReadOnlyList<string> UnhealthySinks { get; init; }

    public required IReadOnlyList<PartitionStatus> Partitions { get; init; }

    /// <summary>Records behind the ends, where they are known.</summary>
    public long Lag => Partitions.Sum(p => Math.Max(0, p.Lag));

    public TimeSpan OldestUnsettled => Partitions.Count == 0 ? TimeSpan.Zero : Partitions.Max(p => p.OldestUnsettled);

    public bool Paused => Partitions.Any(p => p.Paused);
}
