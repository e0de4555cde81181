using TrailStream.Core.Attribution;
using TrailStream.Core.CloudTrail;
using TrailStream.Pipeline.Kafka;

namespace TrailStream.Pipeline.Late;

/// <summary>One event that waits for evidence, with a copy of its bytes. Made by a partition actor, owned by the late actor from then
/// on.</summary>
internal sealed class LateEvent
{
    /// <summary>Bookkeeping of one waiting event beside its bytes: object, queue and map entries.</summary>
    public const int Overhead = 320;

    public LateEvent(ReadOnlySpan<byte> record)
    {
        // The scanner loads whole vectors beyond the record's end.
        Bytes = GC.AllocateUninitializedArray<byte>(record.Length + EventBatch.Slack);
        record.CopyTo(Bytes);
        Bytes.AsSpan(record.Length).Clear();
        Length = record.Length;
    }

    public byte[] Bytes { get; }

    public int Length { get; }

    public ReadOnlySpan<byte> Record => Bytes.AsSpan(0, Length);

    public long Cost => Bytes.Length + Overhead;

    public long EventTime { get; init; }

    /// <summary>The document's id where the event has no usable eventID of its own.</summary>
    public byte[]? DerivedId { get; init; }

    /// <summary>The Kafka batch that stays unsettled as long as the event is held; null once it is written.</summary>
    public RecordBatch? Batch { get; set; }

    /// <summary>Number of its record in <see cref="Batch"/>.</summary>
    public int Source { get; init; }

    /// <summary>Its number in that record.</summary>
    public int Index { get; init; }

    /// <summary>The index's generation when the verdict was made: a wake with a higher one may have been missed.</summary>
    public long Generation { get; init; }

    public long ArrivedAt { get; set; }

    public AttributionStatus Status { get; set; }

    public long Rank { get; set; }

    /// <summary>0 before the first document.</summary>
    public int Revision { get; set; }

    public ulong WaitsFor1 { get; set; }

    public ulong WaitsFor2 { get; set; }

    /// <summary>Where it stands in the buffer's list of <see cref="WaitsFor1"/>.</summary>
    public int Slot1 { get; set; }

    /// <summary>Where it stands in the buffer's list of <see cref="WaitsFor2"/>, unless both are the same.</summary>
    public int Slot2 { get; set; }

    /// <summary>When its first document was written, Unix milliseconds; corrections keep it, so that rules which look at what is new do not fire again.</summary>
    public long IngestedAt { get; set; }

    /// <summary>True when the time for evidence is over and the final verdict is written; evidence still corrects it.</summary>
    public bool Closed { get; set; }

    /// <summary>True when it has left the buffer.</summary>
    public bool Gone { get; set; }

    /// <summary>Number of the last round that looked at it, so that two wakes of one round look once.</summary>
    public long Round { get; set; }

    public bool IsHeld => Batch is not null;
}
