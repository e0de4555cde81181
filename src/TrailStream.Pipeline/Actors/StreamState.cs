using Microsoft.Extensions.Logging;
using TrailStream.Core.Attribution;
using TrailStream.Core.CloudTrail;
using TrailStream.Core.Sessions;
using TrailStream.Pipeline.Diagnostics;
using TrailStream.Pipeline.Late;
using TrailStream.Pipeline.Options;
using TrailStream.Pipeline.Store;

namespace TrailStream.Pipeline.Actors;

/// <summary>What the actors of one stream share. Its members are immutable or thread-safe; the index has a lock of its own.</summary>
internal sealed class StreamState(StreamOptions options, SessionIndex index, IReadOnlyList<FormRoute> routes, StreamMetrics metrics,
    StreamCounters counters, TimeProvider clock, ILogger logger)
{
    private readonly List<IndexChange> _changes = []; // under the index's write lock
    private long _generation;
    private long _unasked;
    private volatile bool _noHold;

    public StreamOptions Options { get; } = options;

    public SessionIndex Index { get; } = index;

    public IReadOnlyList<FormRoute> Routes { get; } = routes;

    public StreamMetrics Metrics { get; } = metrics;

    public StreamCounters Counters { get; } = counters;

    public TimeProvider Clock { get; } = clock;

    public ILogger Logger { get; } = logger;

    public Watermark Watermark { get; } = new(clock);

    public FeedHealth Feed { get; } = new();

    public EventFingerprints Fingerprints { get; } = new(index.Options.HashSeed);

    public DocumentBufferPool Buffers { get; } = new();

    public required DeadLetterPost DeadLetters { get; init; }

    /// <summary>For payloads compressed with zstd; null: they become dead letters.</summary>
    public IPayloadInflater? Zstd { get; init; }

    /// <summary>What asks the stores for documents that new evidence concerns; empty until the index is filled, because a sweep begins then.</summary>
    public IReadOnlyList<StoreCorrections> Stores { get; private set; } = [];

    /// <summary>Set once something has failed that must never be passed over; ends the stream.</summary>
    public TaskCompletionSource Failure { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>How often the index has learned something that may wake an event. Changes only under the index's write lock, so that a
    /// verdict made under the read lock knows exactly what it could have seen.</summary>
    public long Generation => Volatile.Read(ref _generation);

    /// <summary>How often evidence that was news concerned more sessions than the stores could still be asked for.</summary>
    public long Unasked => Volatile.Read(ref _unasked);

    /// <summary>When the oldest evidence was learnt that a store has not answered for: a timestamp of the clock. Null where there is none.</summary>
    public long? OldestOpen => Stores.Min(store => store.OldestOpen);

    /// <summary>Changes that stores have not answered for.</summary>
    public long StoreQueued => Stores.Sum(store => (long)store.Queued);

    /// <summary>True while the stream is being finished or drained: nothing is held for evidence any more.</summary>
    public bool NoHold
    {
        get => _noHold;
        set => _noHold = value;
    }

    public bool CoveragePartial => Options.TrackCoverage && CoverageIsPartial();

    /// <summary>Event time from which the index has seen everything, Unix seconds; null as long as there is none.</summary>
    public long? CoverageSince => (LookedBackTo ?? Watermark.First) is var since && since == long.MaxValue ? null : since;

    /// <summary>The same where the start has looked back; null otherwise.</summary>
    public long? LookedBackTo { get; set; }

    /// <summary>Stage 3: puts evidence into the index and says what it may wake.</summary>
    /// <param name="attributor">The caller's own.</param>
    /// <param name="events">Decoded events.</param>
    /// <param name="evidence">Which of them are evidence.</param>
    /// <param name="news">Gets those that other nodes must learn too: grants, and whatever else told the index something new.</param>
    /// <param name="wakes">Gets the hashes whose waiting events should be attributed again.</param>
    /// <param name="source">Where the events come from.</param>
    /// <returns>The generation after it.</returns>
    public long Learn(Attributor attributor, EventBatch events, List<int> evidence, List<int> news, List<ulong> wakes, EvidenceSource source)
    {
        Index.EnterWrite();
        try
        {
            Index.TracksRepeats = source == EvidenceSource.Again;
            foreach (var i in evidence)
            {
                var before = wakes.Count;
                var granted = attributor.Learn(events.Record(i), events[i].Fields, wakes);
                if (granted && source != EvidenceSource.Again)
                {
                    Counters.Granted(1);
                }

                if (granted || wakes.Count > before)
                {
                    news.Add(i);
                }
            }

            if (wakes.Count > 0)
            {
                Volatile.Write(ref _generation, _generation + 1);
            }

            AskStores(source);
            return _generation;
        }
        finally
        {
            Index.ExitWrite();
        }
    }

    /// <summary>From now on the stores are asked for what new evidence concerns.</summary>
    public void BeginToAsk(IReadOnlyList<StoreCorrections> stores)
    {
        Index.EnterWrite();
        Stores = stores;
        Index.TracksChanges = stores.Count > 0;
        Index.ExitWrite();
    }

    /// <summary>Questions about all sessions in conflict, in portions of at most <paramref name="most"/>: documents that name an origin wrongly say
    /// nothing of it, only the index knows.</summary>
    public IEnumerable<IndexChange[]> FindContradicted(int most)
    {
        var contradicted = new List<IndexChange>();
        Index.EnterRead();
        Index.FindContradicted(contradicted);
        Index.ExitRead();
        return contradicted.Chunk(most);
    }

    private void AskStores(EvidenceSource source)
    {
        if (!Index.TracksChanges)
        {
            return;
        }

        _changes.Clear();
        Index.TakeChanges(_changes);
        if (source == EvidenceSource.OtherNode)
        {
            _changes.RemoveAll(change => change is ChangedSession { IsNew: true });
        }

        if (_changes.Count == 0)
        {
            return;
        }

        foreach (var store in Stores)
        {
            // What does not fit when it is repeated never will: a sweep makes up for it.
            if (!store.TryAsk(_changes) && source != EvidenceSource.Again)
            {
                Volatile.Write(ref _unasked, _unasked + 1);
            }
        }
    }

    public void Fail(string stage, string place, Exception exception)
    {
        Log.StageFailed(Logger, stage, place, exception);
        Failure.TrySetException(exception);
    }

    private bool CoverageIsPartial()
    {
        return CoverageSince is not { } since || Watermark.Current - since < (long)Options.Sessions.Window.TotalSeconds;
    }
}
