using TrailStream.Core.Sessions;
using TrailStream.Pipeline.Actors;
using TrailStream.Pipeline.Diagnostics;
using TrailStream.Pipeline.Sinks;

namespace TrailStream.Pipeline.Store;

/// <summary>Late evidence and one store: asks it for documents that new evidence concerns, and sweeps through those that still wait, at the start
/// and every ten minutes. What memory has let go of, or a crash has taken, is corrected here. Two loops, one question each at a time; how fast they
/// go is up to the store, because a page is asked for only when few corrections are still on their way.</summary>
internal sealed class StoreCorrections : IAsyncDisposable
{
    /// <summary>Pages whose corrections may be on their way at once: about 4,000 documents.</summary>
    private const int PagesInFlight = 2;

    /// <summary>Changes in one question: as many as a store answers at ease when it has nothing else to do.</summary>
    public const int ChangesMost = 1000;

    /// <summary>Searches under way at once: a question and a sweep. Two questions at once were no faster (46 s for 73 questions, with two 42 to 75 s):
    /// what both find is written twice.</summary>
    public const int SearchesMax = 2;

    private static readonly TimeSpan LookTime = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan ProgressInterval = TimeSpan.FromSeconds(10);

    private readonly StreamState _state;
    private readonly ISink _sink;
    private readonly IDocumentStore _store;
    private readonly Action<DocumentBatch> _send;
    private readonly StoreQueue _queue;
    private readonly CancellationTokenSource _stopping = new();
    private readonly QuestionSize _size = new(ChangesMost);
    private readonly List<Task> _loops = [];
    private bool _saidRefused;

    public StoreCorrections(StreamState state, ISink sink, IDocumentStore store, Action<DocumentBatch> send)
    {
        (_state, _sink, _store, _send) = (state, sink, store, send);
        _queue = new StoreQueue(state.Options.Late.StoreQueueMax);
    }

    /// <summary>Changes that the store has not answered for yet.</summary>
    public int Queued => _queue.Count;

    /// <summary>When the oldest evidence was learnt that the store has not answered for: a timestamp of the clock. Null where there is none.</summary>
    public long? OldestOpen => _queue.OldestDue - VisibleAfter;

    /// <summary>False while corrections cannot be written.</summary>
    public bool Healthy => _sink.Healthy;

    private long VisibleAfter => (long)(_store.VisibleAfter.TotalSeconds * _state.Clock.TimestampFrequency);

    /// <summary>Begins to work; the index must be filled.</summary>
    public void Start()
    {
        _loops.Add(Task.Run(() => RunAsync(AskAsync)));
        _loops.Add(Task.Run(() => RunAsync(SweepAsync)));
    }

    /// <summary>New evidence. Returns at once.</summary>
    /// <returns>False when there was no room for all of them.</returns>
    public bool TryAsk(IReadOnlyList<IndexChange> changes)
    {
        var missed = _queue.Add(changes, _state.Clock.GetTimestamp() + VisibleAfter);
        _state.Counters.StoreOverflow(missed);
        return missed == 0;
    }

    /// <summary>Stops asking. What is unasked is asked by whoever gets the partitions next.</summary>
    public async Task StopAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        await Task.WhenAll(_loops).ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync().ConfigureAwait(false);
        _stopping.Dispose();
    }

    private async Task RunAsync(Func<CancellationToken, Task> loop)
    {
        try
        {
            await loop(_stopping.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            // Told to stop.
        }
        catch (Exception e)
        {
            _state.Fail("store", _sink.Name, e);
        }
    }

    private async Task AskAsync(CancellationToken cancellationToken)
    {
        var corrector = new DocumentCorrector(_state, _sink, _store, _send);
        var changes = new List<IndexChange>();
        while (true)
        {
            changes.Clear();
            _queue.Take(_state.Clock.GetTimestamp(), ChangesMost, changes);
            if (changes.Count == 0)
            {
                await Task.Delay(LookTime, _state.Clock, cancellationToken).ConfigureAwait(false);
                continue;
            }

            await AskAsync(corrector, changes, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task AskAsync(DocumentCorrector corrector, IReadOnlyList<IndexChange> changes, CancellationToken cancellationToken)
    {
        var (answered, pause) = (0, FirstPause);
        while (answered < changes.Count)
        {
            var size = Math.Min(_size.Now, changes.Count - answered);
            IndexChange[] part = [.. changes.Skip(answered).Take(size)];
            if (await TryAsync(take => _store.FindConcernedAsync(part, take, cancellationToken), corrector, null, cancellationToken).ConfigureAwait(false)
                is var outcome && outcome == StoreOutcome.Done)
            {
                _state.Counters.StoreAsked();
                _size.Answered(size);
                (answered, pause) = (answered + size, FirstPause);
                continue;
            }

            // A store that refuses has not looked at the size.
            if (outcome == StoreOutcome.Unavailable)
            {
                _size.Failed(size);
            }

            pause = await PauseAsync(outcome, pause, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task SweepAsync(CancellationToken cancellationToken)
    {
        // What came just before the last end may have been learnt and yet not have reached documents that were final already.
        var isWide = true;
        while (true)
        {
            await SweepAsync(isWide, cancellationToken).ConfigureAwait(false);
            var began = _state.Clock.GetTimestamp();
            do
            {
                await Task.Delay(LookTime, _state.Clock, cancellationToken).ConfigureAwait(false);
                isWide = _queue.TakeOverflow();
            }
            while (!isWide && _state.Clock.GetElapsedTime(began) < _state.Options.Late.SweepInterval);
        }
    }

    private async Task SweepAsync(bool isWide, CancellationToken cancellationToken)
    {
        var window = _state.Options.Sessions.Window + _state.Options.Sessions.WindowMargin;
        var since = isWide ? (_state.Clock.GetUtcNow() - window).ToUnixTimeSeconds() : (long?)null;
        var corrector = new DocumentCorrector(_state, _sink, _store, _send);
        var progress = new Progress(_state, _sink.Name, corrector);
        await UntilDoneAsync(
            take => _store.FindUnexplainedAsync(since, take, cancellationToken), corrector, progress, cancellationToken).ConfigureAwait(false);
        foreach (var changes in isWide ? _state.FindContradicted(ChangesMost) : [])
        {
            await AskAsync(corrector, changes, cancellationToken).ConfigureAwait(false);
        }

        progress.Ended(isWide);
    }

    /// <summary>Asks until the store has answered to the end. A repeated answer finds corrected what the first has corrected.</summary>
    private async Task UntilDoneAsync(
        Func<Func<StoredPage, Task>, Task<StoreOutcome>> ask, DocumentCorrector corrector, Progress? progress, CancellationToken cancellationToken)
    {
        var pause = FirstPause;
        while (await TryAsync(ask, corrector, progress, cancellationToken).ConfigureAwait(false) is var outcome && outcome != StoreOutcome.Done)
        {
            pause = await PauseAsync(outcome, pause, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Asks once, and waits for the corrections.</summary>
    private static async Task<StoreOutcome> TryAsync(
        Func<Func<StoredPage, Task>, Task<StoreOutcome>> ask, DocumentCorrector corrector, Progress? progress, CancellationToken cancellationToken)
    {
        var onTheWay = new Queue<Task>();
        var outcome = await ask(async page =>
        {
            onTheWay.Enqueue(corrector.Correct(page));
            progress?.Looked(page.Total);
            if (onTheWay.Count >= PagesInFlight)
            {
                await onTheWay.Dequeue().WaitAsync(cancellationToken).ConfigureAwait(false);
            }
        }).ConfigureAwait(false);
        await Task.WhenAll(onTheWay).WaitAsync(cancellationToken).ConfigureAwait(false);
        return outcome;
    }

    /// <summary>Waits after a question that was not answered.</summary>
    /// <returns>How long to wait after the next.</returns>
    private async Task<TimeSpan> PauseAsync(StoreOutcome outcome, TimeSpan pause, CancellationToken cancellationToken)
    {
        _state.Counters.StoreTrouble();
        if (outcome == StoreOutcome.Refused)
        {
            pause = LongestPause;
            SayRefused();
        }

        // While the sink itself is ill its own probes will tell when it is back.
        do
        {
            await Task.Delay(pause, _state.Clock, cancellationToken).ConfigureAwait(false);
            pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
        }
        while (!_sink.Healthy);
        return pause;
    }

    private void SayRefused()
    {
        if (!_saidRefused)
        {
            _saidRefused = true;
            Log.StoreRefuses(_state.Logger, _sink.Name);
        }
    }

    /// <summary>Tells how far a sweep is.</summary>
    private sealed class Progress(StreamState state, string sink, DocumentCorrector corrector)
    {
        private readonly long _began = state.Clock.GetTimestamp();
        private long _said = state.Clock.GetTimestamp();

        public void Looked(long total)
        {
            state.Counters.Sweeping(corrector.Looked, total);
            if (state.Clock.GetElapsedTime(_said) >= ProgressInterval)
            {
                _said = state.Clock.GetTimestamp();
                Log.SweepProgress(state.Logger, sink, corrector.Looked, total, corrector.Corrected);
            }
        }

        public void Ended(bool isWide)
        {
            state.Counters.Swept();
            if (corrector.Corrected > 0 || isWide)
            {
                Log.SweepEnded(state.Logger, sink, corrector.Looked, corrector.Corrected, state.Clock.GetElapsedTime(_began).TotalSeconds);
            }
        }
    }
}
