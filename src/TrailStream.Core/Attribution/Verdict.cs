namespace TrailStream.Core.Attribution;

/// <summary>The verdict on one event; valid while the index lock under which it was made is held (it refers to sessions).</summary>
public struct Verdict
{
    public AttributionStatus Status;
    public AttributionMethod Method;
    public AttributionConfidence Confidence;
    public AttributionReason Reason;

    /// <summary>Evidence rank for the version rule of the stores, see <see cref="EvidenceRank"/>.</summary>
    public byte Rank;

    /// <summary>True while evidence that may still come could improve the verdict: worth holding and waking.</summary>
    public bool Waits;

    /// <summary>Hashes of the evidence the event waits for; 0 = none. <see cref="Attributor.Learn"/> reports the same numbers as wakes.</summary>
    public ulong WaitsFor1;
    public ulong WaitsFor2;

    /// <summary>The acting session in the index, 0 without one.</summary>
    internal int Session;

    /// <summary>The record whose caller is the origin: a head, or a claim; 0 when the event names the origin itself or nobody does.</summary>
    internal int Origin;

    internal CallerKind Caller;
}

/// <summary>Ranks of evidence: a store never replaces a document by one of a lower rank, and evidence that makes a verdict better must give it a
/// higher one, or the better document would never be written.</summary>
public static class EvidenceRank
{
    public const byte Pending = 10;
    public const byte Unattributed = 20;

    /// <summary>Plus the number of known hops, up to <see cref="PartialHopsMax"/>: each grant found on the way up is better evidence.</summary>
    public const byte Partial = 30;
    public const byte PartialHopsMax = 16;
    public const byte Asserted = 50;

    /// <summary>The origin stands, but more evidence could still come: a grant that adds a hop, a name for a bare id.</summary>
    public const byte Improvable = 60;
    public const byte Proven = 70;
    public const byte Conflict = 80;
}
