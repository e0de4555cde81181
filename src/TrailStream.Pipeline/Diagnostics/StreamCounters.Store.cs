namespace TrailStream.Pipeline.Diagnostics;

/// <content>What is asked of the stores for late evidence, and snapshots.</content>
internal sealed partial class StreamCounters
{
    private long _storeQuestions;
    private long _storeReads;
    private long _storeCorrections;
    private long _storeUnreadable;
    private long _storeElsewhere;
    private long _storeOverflows;
    private long _storeTroubles;
    private long _sweeps;
    private long _sweepLooked;
    private long _sweepTotal;
    private long _snapshots;
    private long _snapshotBytes;
    private long _snapshotFailures;
    private long _snapshotsDiscarded;

    /// <summary>Questions for documents of changed sessions that were answered to the end.</summary>
    public long StoreQuestions => Volatile.Read(ref _storeQuestions);

    /// <summary>Stored documents read back and looked at.</summary>
    public long StoreReads => Volatile.Read(ref _storeReads);

    /// <summary>Stored documents sent back with a better verdict.</summary>
    public long StoreCorrections => Volatile.Read(ref _storeCorrections);

    /// <summary>Documents of which no event could be made any more: left alone.</summary>
    public long StoreUnreadables => Volatile.Read(ref _storeUnreadable);

    /// <summary>Documents in another index than theirs: left alone.</summary>
    public long StoreElsewheres => Volatile.Read(ref _storeElsewhere);

    /// <summary>Sessions that were not asked for because the queue was full; a sweep makes up for them.</summary>
    public long StoreOverflows => Volatile.Read(ref _storeOverflows);

    /// <summary>Questions that had to be repeated.</summary>
    public long StoreTroubles => Volatile.Read(ref _storeTroubles);

    public long Sweeps => Volatile.Read(ref _sweeps);

    /// <summary>Documents that the sweep under way has looked at; 0 without one.</summary>
    public long SweepLooked => Volatile.Read(ref _sweepLooked);

    /// <summary>Documents that it has in all.</summary>
    public long SweepTotal => Volatile.Read(ref _sweepTotal);

    public long Snapshots => Volatile.Read(ref _snapshots);

    /// <summary>Size of the latest.</summary>
    public long SnapshotBytes => Volatile.Read(ref _snapshotBytes);

    /// <summary>Snapshots that the disk did not take.</summary>
    public long SnapshotFailures => Volatile.Read(ref _snapshotFailures);

    /// <summary>Snapshots found at the start and not used.</summary>
    public long SnapshotsDiscarded => Volatile.Read(ref _snapshotsDiscarded);

    public void SnapshotWritten(long bytes)
    {
        Interlocked.Increment(ref _snapshots);
        Volatile.Write(ref _snapshotBytes, bytes);
    }

    public void SnapshotFailed() => Interlocked.Increment(ref _snapshotFailures);

    public void SnapshotDiscarded() => Interlocked.Increment(ref _snapshotsDiscarded);

    public void StoreAsked() => Interlocked.Increment(ref _storeQuestions);

    public void StoreRead(int documents) => Interlocked.Add(ref _storeReads, documents);

    public void StoreCorrected() => Interlocked.Increment(ref _storeCorrections);

    public void StoreUnreadable() => Interlocked.Increment(ref _storeUnreadable);

    public void StoreElsewhere() => Interlocked.Increment(ref _storeElsewhere);

    public void StoreOverflow(int sessions) => Interlocked.Add(ref _storeOverflows, sessions);

    public void StoreTrouble() => Interlocked.Increment(ref _storeTroubles);

    public void Sweeping(long looked, long total)
    {
        Volatile.Write(ref _sweepLooked, looked);
        Volatile.Write(ref _sweepTotal, total);
    }

    public void Swept()
    {
        Interlocked.Increment(ref _sweeps);
        Sweeping(0, 0);
    }
}
