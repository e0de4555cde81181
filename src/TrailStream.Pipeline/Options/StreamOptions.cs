using TrailStream.Core.Documents;

namespace TrailStream.Pipeline.Options;

/// <summary>Where a consumer group without committed offsets begins.</summary>
public enum StartPosition
{
    /// <summary>At the oldest record that is still there.</summary>
    Earliest = 0,

    /// <summary>At the end: only new records.</summary>
    Latest,

    /// <summary>One session window (and a margin) ago, by the records' Kafka timestamps.</summary>
    Window,
}

/// <summary>Everything the stream (Kafka to sinks) can be told.</summary>
public sealed record StreamOptions
{
    public required KafkaOptions Kafka { get; init; }

    public ReadLimits Read { get; init; } = new();

    public LateOptions Late { get; init; } = new();

    public SessionsOptions Sessions { get; init; } = new();

    /// <summary>How documents of the ECS form look, in whatever sink.</summary>
    public DocumentOptions Documents { get; init; } = DocumentOptions.Default;

    /// <summary>Longest wait for documents under way when the stream is told to stop; Kubernetes gives 30 s by default, 5 s are for
    /// closing.</summary>
    public TimeSpan DrainTime { get; init; } = TimeSpan.FromSeconds(25);

    /// <summary>True marks unresolved events <c>coverage: partial</c> until the index has seen a whole window. Off where the input is
    /// known to be whole (demo).</summary>
    public bool TrackCoverage { get; init; } = true;
}
