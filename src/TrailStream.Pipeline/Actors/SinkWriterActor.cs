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
    private readonly GroupQueue _queue = new();
    private bool _lingering;
    private int _inFlight;

    public SinkWriterActor(ISink sink, StreamState state, CancellationToken stopping) => (_sink, _state, _stopping) = (sink, state, stopping);

    public ITimerScheduler Timers { get; set; } = null!;

    /// <summary>A failure in here is a bug: it ends the stream, because a restarted actor would have forgotten its queue and nothing in it
    /// would ever settle.</summary>
    protected override void OnReceive(object message)
    {
        try
        {
            Handle(message);
        }
        catch (Exception e)
        {
            _state.Fail("write", _sink.Name, e);
        }
    }

    private void Handle(object message)
    {
        switch (message)
        {
            case DocumentBatch batch:
                _queue.Add(batch);
                Advance();
                break;
            case Tick:
                _lingering = false;
                _queue.LingerOver();
                Advance();
                break;
            case Written written:
                OnWritten(written);
                break;
            case Again again:
                _queue.Again(again.Group);
                Advance();
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    private void Advance()
    {
        while (_inFlight < _sink.Limits.InFlightMax && _queue.TryNext(_sink.Limits, out var group))
        {
            Send(group);
        }

        if (_queue.Lingers && !_lingering)
        {
            _lingering = true;
            Timers.StartSingleTimer(Tick.Instance, Tick.Instance, _sink.Limits.Linger);
        }
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
