using Microsoft.Extensions.Logging;
using TrailStream.Core.Attribution;
using TrailStream.Core.CloudTrail;
using TrailStream.Core.Sessions;
using TrailStream.Pipeline.Diagnostics;
using TrailStream.Pipeline.Late;
using TrailStream.Pipeline.Options;

namespace TrailStream.Pipeline.Actors;

/// <summary>What the actors of one stream share. Its members are immutable or thread-safe; the index has a lock of its own.</summary>
internal sealed class StreamState(StreamOptions options, SessionIndex index, IReadOnlyList<FormRoute> routes, StreamMetrics metrics,
    StreamCounters counters, TimeProvider clock, ILogger logger)
{
    private long _generation;
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

    public DocumentBufferPool Buffers { get; } = new();

    public required DeadLetterPost DeadLetters { get; init; }

    /// <summary>For payloads compressed with zstd; null: they become dead letters.</summary>
    public IPayloadInflater? Zstd { get; init; }

    /// <summary>Set once something has failed that must never be passed over; ends the stream.</summary>
    public TaskCompletionSource Failure { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>How often the index has learned something that may wake an event. Changes only under the index's write lock, so that a
    /// verdict made under the read lock knows exactly what it could have seen.</summary>
    public long Generation => Volatile.Read(ref _generation);

    /// <summary>True while the stream is being finished or drained: nothing is held for evidence any more.</summary>
    public bool NoHold
    {
        get => _noHold;
        set => _noHold = value;
    }

    public bool CoveragePartial => Options.TrackCoverage && CoverageIsPartial();

    /// <summary>Event time from which the index has seen everything, where the start has looked back; null otherwise.</summary>
    public long? LookedBackTo { get; set; }

    /// <summary>Stage 3: puts evidence into the index and says what it may wake.</summary>
    /// <param name="attributor">The caller's own.</param>
    /// <param name="events">Decoded events.</param>
    /// <param name="evidence">Which of them are evidence.</param>
    /// <param name="news">Gets those that other nodes must learn too: grants, and whatever else told the index something new.</param>
    /// <param name="wakes">Gets the hashes whose waiting events should be attributed again.</param>
    /// <returns>The generation after it.</returns>
    public long Learn(Attributor attributor, EventBatch events, List<int> evidence, List<int> news, List<ulong> wakes)
    {
        Index.EnterWrite();
        try
        {
            foreach (var i in evidence)
            {
                var before = wakes.Count;
                var granted = attributor.Learn(events.Record(i), events[i].Fields, wakes);
                if (granted)
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

            return _generation;
        }
        finally
        {
            Index.ExitWrite();
        }
    }

    public void Fail(string stage, string place, Exception exception)
    {
        Log.StageFailed(Logger, stage, place, exception);
        Failure.TrySetException(exception);
    }

    private bool CoverageIsPartial()
    {
        var since = LookedBackTo ?? Watermark.First;
        return since == long.MaxValue || Watermark.Current - since < (long)Options.Sessions.Window.TotalSeconds;
    }
}
