namespace TrailStream.Pipeline.Options;

/// <summary>How to reach Kafka and what to read there.</summary>
public sealed record KafkaOptions
{
    /// <summary>host:port, comma-separated.</summary>
    public required string Brokers { get; init; }

    /// <summary>Input topics.</summary>
    public IReadOnlyList<string> Topics { get; init; } = ["cloudtrail"];

    public string GroupId { get; init; } = "trailstream";

    /// <summary><c>classic</c> (cooperative-sticky) or <c>consumer</c> (KIP-848, Kafka 4).</summary>
    public string GroupProtocol { get; init; } = "classic";

    /// <summary>Static membership: the ordinal of the pod. Null: dynamic.</summary>
    public string? GroupInstanceId { get; init; }

    public StartPosition StartAt { get; init; } = StartPosition.Earliest;

    /// <summary>How far back <see cref="StartPosition.Window"/> goes: 36 h and a margin of 2 h for late delivery.</summary>
    public TimeSpan WindowReach { get; init; } = TimeSpan.FromHours(38);

    /// <summary>Goes on where retention has removed records that were never read, instead of stopping.</summary>
    public bool AcceptGap { get; init; }

    /// <summary>A member that is silent this long is out of the group (classic protocol). 45 s: Kafka's own default since 3.0.</summary>
    public TimeSpan SessionTimeout { get; init; } = TimeSpan.FromSeconds(45);

    /// <summary>Raw librdkafka properties (security, client.rack, …) for every client. They win over what is set here.</summary>
    public IReadOnlyDictionary<string, string> Properties { get; init; } = new Dictionary<string, string>();

    /// <summary>What librdkafka may fetch ahead, for all partitions together. Part of the memory budget; its own default (64 MB) is for
    /// one topic of large records.</summary>
    public int PrefetchKilobytes { get; init; } = 32 * 1024;

    /// <summary>Creates missing topics of the program's own (sessions, dead letters).</summary>
    public bool CreateTopics { get; init; } = true;

    /// <summary>Waits at the start until all topics are there. Off for the embedded broker, which makes topics when they are first
    /// used.</summary>
    public bool CheckTopics { get; init; } = true;

    /// <summary>Topic of the dead letters; empty where they go elsewhere.</summary>
    public string DeadLetterTopic { get; init; } = "trailstream.dlq";
}
