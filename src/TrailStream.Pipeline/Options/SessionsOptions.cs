namespace TrailStream.Pipeline.Options;

/// <summary>The topic that every node fills its session index from.</summary>
public sealed record SessionsOptions
{
    public bool Enabled { get; init; } = true;

    public string Topic { get; init; } = "trailstream.sessions";

    /// <summary>Partitions when the topic is created. All are read by every node; the number only spreads brokers' work.</summary>
    public int Partitions { get; init; } = 12;

    /// <summary>Replication factor of topics that are created; -1: the broker's default.</summary>
    public short ReplicationFactor { get; init; } = -1;

    /// <summary>How far back the first start looks for grants: 36 h, the longest life of an STS credential.</summary>
    public TimeSpan Window { get; init; } = TimeSpan.FromHours(36);

    /// <summary>Added to the window, because Kafka finds places by the records' timestamps and CloudTrail delivers late.</summary>
    public TimeSpan WindowMargin { get; init; } = TimeSpan.FromHours(2);

    /// <summary>Retention of the topic when it is created: window + outage of a weekend's night.</summary>
    public TimeSpan Retention { get; init; } = TimeSpan.FromHours(40);

    /// <summary>File that the index is kept in for a fast restart; null: the topic is read whole.</summary>
    public string? Snapshot { get; init; }

    /// <summary>Time between two snapshots: what came after the last is read from the topic.</summary>
    public TimeSpan SnapshotInterval { get; init; } = TimeSpan.FromMinutes(5);
}
