using TrailStream.Pipeline.Options;

namespace TrailStream.Pipeline.Verification;

/// <summary>One end of the range to verify.</summary>
public abstract record RangeBound
{
    private RangeBound()
    {
    }

    /// <summary>By the records' Kafka timestamps.</summary>
    public sealed record At(DateTimeOffset Time) : RangeBound;

    /// <summary>By offsets; partitions that are not named are left out.</summary>
    public sealed record Offsets(IReadOnlyDictionary<(string Topic, int Partition), long> Of) : RangeBound;
}

/// <summary>What to verify.</summary>
public sealed record VerifyOptions
{
    public required KafkaOptions Kafka { get; init; }

    /// <summary>Null: the oldest records that are there.</summary>
    public RangeBound? From { get; init; }

    /// <summary>Null: as far as the group has committed. Never further than that.</summary>
    public RangeBound? To { get; init; }

    /// <summary>How long an event may be <c>pending</c>; a sweep comes every 10 minutes, hence twice that on top.</summary>
    public TimeSpan Grace { get; init; } = TimeSpan.FromMinutes(15);

    /// <summary>Findings of each kind that are named; the rest is counted.</summary>
    public int NamedMax { get; init; } = 10;

    /// <summary>Events remembered to tell repeated ones and id conflicts, about 100 bytes each. Beyond it both go unnoticed; nothing else
    /// depends on it.</summary>
    public int RememberedMax { get; init; } = 4_000_000;

    /// <summary>Events asked for at once: small enough for any server's limits, large enough that requests do not dominate.</summary>
    public int BatchEvents { get; init; } = 1000;
}
