namespace TrailStream.Core.Attribution;

/// <summary>The verdict on one event; valid while the index lock under which it was made is held (it refers to sessions).</summary>
public struct Verdict
{
    public AttributionStatus Status;
    public AttributionMethod Method;
    public AttributionConfidence Confidence;
    public AttributionReason Reason;

    /// <summary>Evidence rank for the version rule of the stores, see <see cref="EvidenceRank"/>.</summary>
    public long Rank;

    /// <summary>True while evidence that may still come could change the document: worth remembering, and to be told by <c>"final":false</c>. Only an
    /// event of status pending is worth holding back.</summary>
    public bool Waits;

    /// <summary>Hashes of the evidence the event waits for; 0 = none. <see cref="Attributor.Learn"/> reports the same numbers as wakes.</summary>
    public ulong WaitsFor1;
    public ulong WaitsFor2;

    /// <summary>The acting session in the index, 0 without one.</summary>
    internal int Session;

    /// <summary>The record whose caller is the origin: a head, or a claim; 0 when the event names the origin itself or nobody does.</summary>
    internal int Origin;

    /// <summary>The grant of the event's key, which speaks against the event; 0 without one.</summary>
    internal int Contrary;

    /// <summary>True when the claim behind <see cref="Origin"/> is about the acting session itself.</summary>
    internal bool IsClaimed;

    internal CallerKind Caller;

    internal RankCode Code;
}
