using TrailStream.Core.Attribution;

namespace TrailStream.Pipeline.Diagnostics;

/// <summary>The numbers of one stream. Written by every thread through <see cref="Interlocked"/>, read by metrics and status.</summary>
internal sealed partial class StreamCounters
{
    private readonly long[] _statuses = new long[Enum.GetValues<AttributionStatus>().Length];
    private long _records;
    private long _recordBytes;
    private long _emptyRecords;
    private long _events;
    private long _control;
    private long _decodeFailures;
    private long _grants;
    private long _bytesInFlight;
    private long _documentBytesInFlight;
    private long _documentBytesPeak;
    private long _fencedAcks;
    private long _commits;
    private long _commitFailures;
    private long _retentionGapRecords;
    private long _rebalances;
    private long _corrections;
    private long _evicted;
    private long _heldReleasedEarly;
    private long _keyOverflows;
    private long _sinkRetries;
    private long _repeated;
    private long _storesRejected;
    private long _sessionsTooLarge;
    private long _laggingUnheard;
    private long _membersFenced;
    private long _sessionsUnreadable;

    public long Records => Volatile.Read(ref _records);

    public long RecordBytes => Volatile.Read(ref _recordBytes);

    /// <summary>Tombstones and empty values: they carry nothing.</summary>
    public long EmptyRecords => Volatile.Read(ref _emptyRecords);

    public long Events => Volatile.Read(ref _events);

    /// <summary>Messages of the transport itself (subscription confirmations and the like), dropped by rule.</summary>
    public long Control => Volatile.Read(ref _control);

    public long DeadLetters => Volatile.Read(ref _decodeFailures);

    public long Grants => Volatile.Read(ref _grants);

    /// <summary>Raw bytes read and not settled.</summary>
    public long BytesInFlight => Volatile.Read(ref _bytesInFlight);

    /// <summary>Document bytes that a sink still owes.</summary>
    public long DocumentBytesInFlight => Volatile.Read(ref _documentBytesInFlight);

    public long DocumentBytesPeak => Volatile.Read(ref _documentBytesPeak);

    /// <summary>Settlements that came after the partition had gone to somebody else.</summary>
    public long FencedAcks => Volatile.Read(ref _fencedAcks);

    public long Commits => Volatile.Read(ref _commits);

    public long CommitFailures => Volatile.Read(ref _commitFailures);

    public long RetentionGapRecords => Volatile.Read(ref _retentionGapRecords);

    public long Rebalances => Volatile.Read(ref _rebalances);

    /// <summary>How often Kafka has fenced this node as a static member.</summary>
    public long MembersFenced => Volatile.Read(ref _membersFenced);

    /// <summary>Documents written again with better evidence, or because their time was over.</summary>
    public long Corrections => Volatile.Read(ref _corrections);

    /// <summary>Waiting events that left memory for want of room.</summary>
    public long Evicted => Volatile.Read(ref _evicted);

    /// <summary>Events written before their hold time was over.</summary>
    public long HeldReleasedEarly => Volatile.Read(ref _heldReleasedEarly);

    /// <summary>Events not kept because too many wait for the same key already.</summary>
    public long KeyOverflows => Volatile.Read(ref _keyOverflows);

    public long SinkRetries => Volatile.Read(ref _sinkRetries);

    /// <summary>Records that the client delivered twice in one assignment.</summary>
    public long RepeatedRecords => Volatile.Read(ref _repeated);

    /// <summary>Offsets that the client did not accept: the partition was on its way to another member.</summary>
    public long StoresRejected => Volatile.Read(ref _storesRejected);

    /// <summary>Evidence that the sessions topic did not take for its size: known to this node alone, until it ends.</summary>
    public long SessionsTooLarge => Volatile.Read(ref _sessionsTooLarge);

    /// <summary>Notes of other nodes about partitions that lag for which there was no room: the index may forget what their events need.</summary>
    public long LaggingUnheardOf => Volatile.Read(ref _laggingUnheard);

    /// <summary>Records that the client could not read where only evidence is looked for: the sessions topic, the look back at the first start.</summary>
    public long SessionsUnreadable => Volatile.Read(ref _sessionsUnreadable);

    public long OfStatus(AttributionStatus status) => Volatile.Read(ref _statuses[(int)status]);

    public void Read(int records, long bytes)
    {
        Interlocked.Add(ref _records, records);
        Interlocked.Add(ref _recordBytes, bytes);
    }

    public void Empty() => Interlocked.Increment(ref _emptyRecords);

    public void Decoded(int events) => Interlocked.Add(ref _events, events);

    public void ControlDropped() => Interlocked.Increment(ref _control);

    public void DeadLettered(int letters) => Interlocked.Add(ref _decodeFailures, letters);

    public void Granted(int grants) => Interlocked.Add(ref _grants, grants);

    public void InFlight(long bytes) => Interlocked.Add(ref _bytesInFlight, bytes);

    public void DocumentsInFlight(long bytes)
    {
        var now = Interlocked.Add(ref _documentBytesInFlight, bytes);
        if (now > Volatile.Read(ref _documentBytesPeak))
        {
            Volatile.Write(ref _documentBytesPeak, now);
        }
    }

    public void FencedAck() => Interlocked.Increment(ref _fencedAcks);

    public void Committed() => Interlocked.Increment(ref _commits);

    public void CommitFailed() => Interlocked.Increment(ref _commitFailures);

    public void RetentionGap(long records) => Interlocked.Add(ref _retentionGapRecords, records);

    public void Rebalanced() => Interlocked.Increment(ref _rebalances);

    public void MemberFenced() => Interlocked.Increment(ref _membersFenced);

    public void Corrected() => Interlocked.Increment(ref _corrections);

    public void Evict() => Interlocked.Increment(ref _evicted);

    public void ReleasedEarly() => Interlocked.Increment(ref _heldReleasedEarly);

    public void KeyOverflow() => Interlocked.Increment(ref _keyOverflows);

    public void SinkRetried() => Interlocked.Increment(ref _sinkRetries);

    public void Repeated() => Interlocked.Increment(ref _repeated);

    public void StoreRejected() => Interlocked.Increment(ref _storesRejected);

    public void SessionTooLarge() => Interlocked.Increment(ref _sessionsTooLarge);

    public void LaggingUnheard() => Interlocked.Increment(ref _laggingUnheard);

    public void SessionsPassedOver(long records) => Interlocked.Add(ref _sessionsUnreadable, records);

    /// <summary>An event has its first verdict.</summary>
    public void Enter(AttributionStatus status) => Interlocked.Increment(ref _statuses[(int)status]);

    /// <summary>A correction moved an event from one status to another.</summary>
    public void Move(AttributionStatus from, AttributionStatus to)
    {
        if (from != to)
        {
            Interlocked.Decrement(ref _statuses[(int)from]);
            Interlocked.Increment(ref _statuses[(int)to]);
        }
    }
}
