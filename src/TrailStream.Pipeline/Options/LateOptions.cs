namespace TrailStream.Pipeline.Options;

/// <summary>How long events wait for evidence, and in how much memory.</summary>
public sealed record LateOptions
{
    /// <summary>An unexplained event waits this long unsettled before it is written <c>pending</c>: covers the nearest grants, and spares a
    /// second write.</summary>
    public TimeSpan HoldTime { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Bytes of events held that way; beyond, the oldest are written.</summary>
    public long HoldBytes { get; init; } = 64L * 1024 * 1024;

    /// <summary>After this the event is final without evidence. CloudTrail delivers within about 5 minutes, rarely 10.</summary>
    public TimeSpan Grace { get; init; } = TimeSpan.FromMinutes(15);

    /// <summary>Bytes of written events that still wait in memory; beyond, the oldest leave.</summary>
    public long MemoryBytes { get; init; } = 256L * 1024 * 1024;

    /// <summary>Events in memory that wait for one key or session: bounds the work that one grant can cause (about 0.2 s). Beyond, an event
    /// stays <c>pending</c> in the stores, as one does that <see cref="MemoryBytes"/> pushes out; both are counted.</summary>
    public int EventsPerKey { get; init; } = 100_000;

    /// <summary>Asks sinks that are stores for documents that new evidence concerns. Off, corrections reach as far as memory does.</summary>
    public bool AskStores { get; init; } = true;

    /// <summary>Time between two sweeps through the documents that still wait: bounds how long a correction can be missed whose question went
    /// astray.</summary>
    public TimeSpan SweepInterval { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Sessions that a store may still have to be asked for, about 300 bytes each. Beyond, a sweep through everything unexplained makes up
    /// for them.</summary>
    public int StoreQueueMax { get; init; } = 100_000;

    /// <summary>How much further back a node that gets a partition asks the stores again than the last one has noted as answered: for corrections that
    /// were on their way, and clocks of nodes that differ.</summary>
    public TimeSpan AskedMargin { get; init; } = TimeSpan.FromMinutes(2);
}
