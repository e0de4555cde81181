using TrailStream.Core.CloudTrail;
using TrailStream.Core.Documents;
using TrailStream.Core.Sessions;

namespace TrailStream.Core.Attribution;

/// <summary>The verdict on one event; valid while the index lock under which it was made is held (it refers to sessions).</summary>
public struct Verdict
{
    public AttributionStatus Status;
    public AttributionMethod Method;
    public AttributionConfidence Confidence;

    /// <summary>AttributionReason as a number; <see cref="Attributor.ReasonName"/> gives its snake_case name.</summary>
    public byte Reason;

    /// <summary>Evidence rank for the version rule of the stores: pending 10, unattributed 20, partial 30, asserted 35, everything
    /// traced or direct 40, conflict 50.</summary>
    public byte Rank;

    /// <summary>True while evidence that may still come could improve the verdict: worth holding and waking.</summary>
    public bool Waits;

    /// <summary>Hashes of the evidence the event waits for (its key; its session); 0 = none. <see cref="Attributor.Learn"/> reports the same
    /// numbers as wakes.</summary>
    public ulong WaitsFor1;
    public ulong WaitsFor2;

    /// <summary>Internal reference to the acting session.</summary>
    public int Session;
}

/// <summary>CONTRACT STUB (lead implements). Stages 3 and 4. One per worker; the index is shared.</summary>
public sealed class Attributor(SessionIndex index)
{
    public SessionIndex Index { get; } = index;

    /// <summary>True for the few events that <see cref="Learn"/> has a use for (grants, console sign-in, twins, identity carriers). No lock needed.</summary>
    public bool IsEvidence(ReadOnlySpan<byte> record, in RecordFields fields) => throw new NotImplementedException();

    /// <summary>Under the write lock: puts what the event proves into the index. Idempotent and order-free. Appends to
    /// <paramref name="wakes"/> the hashes whose waiting events should be attributed again.</summary>
    /// <returns>True when the event is a grant (an event that issued credentials).</returns>
    public bool Learn(ReadOnlySpan<byte> record, in RecordFields fields, List<ulong> wakes) => throw new NotImplementedException();

    /// <summary>Under the read lock: the verdict. While <paramref name="graceOver"/> is false an unexplained event is pending.</summary>
    public Verdict Attribute(ReadOnlySpan<byte> record, in RecordFields fields, bool graceOver) => throw new NotImplementedException();

    /// <summary>Under the same read lock: the verdict as JSON, valid until the next call.</summary>
    /// <param name="resolvedAt">Unix milliseconds of the decision.</param>
    /// <param name="revision">1 for the first document of an event, more for corrections.</param>
    /// <param name="coveragePartial">True while the index has not seen a whole window.</param>
    public AttributionText Write(ReadOnlySpan<byte> record, in RecordFields fields, in Verdict verdict, long resolvedAt, int revision, bool coveragePartial) =>
        throw new NotImplementedException();

    public static string ReasonName(byte reason) => throw new NotImplementedException();
}
