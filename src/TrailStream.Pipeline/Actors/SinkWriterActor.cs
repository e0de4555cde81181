using Akka.Actor;
using TrailStream.Pipeline.Diagnostics;
using TrailStream.Pipeline.Sinks;

namespace TrailStream.Pipeline.Actors;

/// <summary>Stage 6 for one sink: gathers batches to the size that the sink wants and keeps its requests in flight. Never drops and never
/// settles by anything but success; how much can stand here is bounded by the reader's budgets. Owns the queue of its sink.</summary>
internal sealed class SinkWriterActor : UntypedActor, IWithTimers
{
    private static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(1);

    private readonly ISink _sink;
    private readonly StreamState _state;
    private readonly CancellationToken _stopping;
    private readonly Queue<List<DocumentBatch>> _again = new();
    private List<DocumentBatch> _open = [];
    private long _openBytes;
    private bool _lingering;
    private bool _due;
    private int _inFlight;

    public SinkWriterActor(ISink sink, StreamState state, CancellationToken stopping) => (_sink, _state, _stopping) = (sink, state, stopping);

    public ITimerScheduler Timers { get; set; } = null!;

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case DocumentBatch batch:
                _open.Add(batch);
                _openBytes += batch.Bytes.Length;
                Advance();
                break;
            case Tick:
                _lingering = false;
                _due = _open.Count > 0;
                Advance();
                break;
            case Written written:
                OnWritten(written);
                break;
            case Again again:
                _again.Enqueue(again.Group);
                Advance();
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    private void Advance()
    {
        while (_inFlight < _sink.Limits.InFlightMax)
        {
            if (_again.TryDequeue(out var again))
            {
                Send(again);
            }
            else if (_open.Count > 0 && (_due || _openBytes >= _sink.Limits.GroupBytesMax || _sink.Limits.Linger <= TimeSpan.Zero))
            {
                Send(NextGroup());
            }
            else
            {
                break;
            }
        }

        if (_open.Count > 0 && !_due && !_lingering)
        {
            _lingering = true;
            Timers.StartSingleTimer(Tick.Instance, Tick.Instance, _sink.Limits.Linger);
        }
    }

    /// <summary>Batches up to the sink's size, in order; at least one.</summary>
    private List<DocumentBatch> NextGroup()
    {
        long bytes = 0;
        var count = 0;
        while (count < _open.Count && (count == 0 || bytes + _open[count].Bytes.Length <= _sink.Limits.GroupBytesMax))
        {
            bytes += _open[count++].Bytes.Length;
        }

        List<DocumentBatch> group;
        if (count == _open.Count)
        {
            group = _open;
            _open = [];
            _due = false;
        }
        else
        {
            group = _open.GetRange(0, count);
            _open.RemoveRange(0, count);
        }

        _openBytes -= bytes;
        return group;
    }

    private void Send(List<DocumentBatch> group)
    {
        _inFlight++;
        _ = WriteAsync(group, Self);
    }

    private async Task WriteAsync(List<DocumentBatch> group, IActorRef self)
    {
        var started = _state.Clock.GetTimestamp();
        try
        {
            var report = await _sink.WriteAsync(group, _stopping).ConfigureAwait(false);
            self.Tell(new Written(group, report, _state.Clock.GetElapsedTime(started), null));
        }
        catch (Exception e)
        {
            // Becomes a message: the actor logs it and tries again.
            self.Tell(new Written(group, default, _state.Clock.GetElapsedTime(started), e));
        }
    }

    private void OnWritten(Written written)
    {
        _inFlight--;
        if (written.Failure is null)
        {
            _state.Metrics.RecordWrite(_sink.Name, written.Time, written.Report);
            foreach (var batch in written.Group)
            {
                _state.Counters.DocumentsInFlight(-batch.HeldBytes);
                batch.Done();
            }
        }
        else if (!_stopping.IsCancellationRequested)
        {
            _state.Counters.SinkRetried();
            Log.SinkThrew(_state.Logger, _sink.Name, written.Group.Count, RetryDelay, written.Failure);
            Timers.StartSingleTimer(written.Group, new Again(written.Group), RetryDelay);
        }

        Advance();
    }

    private sealed record Written(List<DocumentBatch> Group, WriteReport Report, TimeSpan Time, Exception? Failure);

    private sealed record Again(List<DocumentBatch> Group);
}
