using Akka.Actor;
using TrailStream.Core.Attribution;
using TrailStream.Core.CloudTrail;
using TrailStream.Core.Documents;
using TrailStream.Pipeline.Late;
using TrailStream.Pipeline.Settlement;

namespace TrailStream.Pipeline.Actors;

/// <summary>The waiting room. Events whose evidence may still come are held unsettled for a short while, then written as they are and
/// kept in memory; new evidence or the end of their time sends them through attribution again. Owns the buffer.</summary>
internal sealed class LateActor : UntypedActor, IWithTimers
{
    private static readonly TimeSpan TickTime = TimeSpan.FromMilliseconds(250);

    /// <summary>Evidence remembered for events that are on their way here: seconds of it at any rate.</summary>
    private const int RecentWakesMax = 100_000;

    /// <summary>Events looked at under one read lock, so that writers get their turn: about 2 ms.</summary>
    private const int LockedEventsMax = 1024;

    private readonly StreamState _state;
    private readonly LateGauges _gauges;
    private readonly LateBuffer _buffer;
    private readonly RecentWakes _recent = new(RecentWakesMax);
    private readonly Attributor _attributor;
    private readonly RecordScanner _scanner = new();
    private readonly DocumentAssembler _assembler;
    private readonly List<LateEvent> _work = [];
    private readonly ExpiryHold _hold;
    private long _round;
    private long _advancedTo = long.MinValue;

    public LateActor(StreamState state, LateGauges gauges)
    {
        (_state, _gauges) = (state, gauges);
        _buffer = new LateBuffer(state.Options.Late);
        _hold = new ExpiryHold(state.Clock);
        _attributor = new Attributor(state.Index);
        _assembler = new DocumentAssembler(_attributor, state);
    }

    /// <summary>Why an event is looked at.</summary>
    private enum Cause
    {
        /// <summary>There is evidence that may concern it.</summary>
        Woken,

        /// <summary>It has been held long enough: written as it stands.</summary>
        HoldOver,

        /// <summary>The time for evidence is over: the verdict is final.</summary>
        GraceOver,
    }

    public ITimerScheduler Timers { get; set; } = null!;

    protected override void PreStart() => Timers.StartPeriodicTimer(Tick.Instance, Tick.Instance, TickTime);

    protected override void OnReceive(object message)
    {
        try
        {
            Handle(message);
        }
        catch (Exception e)
        {
            _state.Fail("late", message.GetType().Name, e);
        }

        _gauges.Set(_buffer.Count, _buffer.Held, _buffer.Bytes);
    }

    private void Handle(object message)
    {
        _work.Clear();
        switch (message)
        {
            case Waiting waiting:
                Receive(waiting);
                break;
            case Wakes wakes:
                Wake(wakes);
                break;
            case ReleaseHeld release:
                _buffer.CollectHeld(release.Topic, release.Partition, release.Epoch, _work);
                ReleaseEarly();
                break;
            case ReleaseAllHeld:
                _buffer.CollectHeld(long.MaxValue, 0, _work);
                ReleaseEarly();
                break;
            case CloseGrace close:
                Close(close.Done);
                break;
            case Barrier barrier:
                barrier.Reached.TrySetResult();
                break;
            case Tick:
                OnTick();
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    private void Receive(Waiting waiting)
    {
        var now = _state.Clock.GetTimestamp();
        foreach (var late in waiting.Events)
        {
            late.ArrivedAt = now;
            if (!_buffer.Add(late))
            {
                _state.Counters.KeyOverflow();
                late.Gone = true;
                if (late.IsHeld)
                {
                    _work.Add(late);
                }
            }
            else if (_recent.MayHaveMissed(late.WaitsFor1, late.WaitsFor2, late.Generation))
            {
                _work.Add(late);
            }
        }

        // An event that is not kept and not held is written already; the others are looked at once more.
        Look(_work, Cause.Woken, null);
        if (_state.NoHold)
        {
            _work.Clear();
            _buffer.CollectHeld(long.MaxValue, 0, _work);
            ReleaseEarly();
        }

        Forget();
    }

    private void Wake(Wakes wakes)
    {
        _round++;
        foreach (var evidence in wakes.Evidence)
        {
            _recent.Add(evidence, wakes.Generation);
            _buffer.Collect(evidence, _round, _work);
        }

        Look(_work, Cause.Woken, null);
    }

    private void ReleaseEarly()
    {
        foreach (var _ in _work)
        {
            _state.Counters.ReleasedEarly();
        }

        Look(_work, Cause.HoldOver, null);
    }

    private void OnTick()
    {
        var clock = _state.Clock;
        var options = _state.Options.Late;
        var watermark = _state.Watermark.Current;
        var forget = _hold.Until(_state.Watermark.LeastAnywhere, _state.OldestOpen);
        if (forget > _advancedTo)
        {
            _advancedTo = forget;
            _state.Index.EnterWrite();
            try
            {
                _state.Index.Advance(forget);
            }
            finally
            {
                _state.Index.ExitWrite();
            }
        }

        _buffer.CollectHeld(Ago(clock, options.HoldTime), options.HoldBytes, _work);
        Look(_work, Cause.HoldOver, null);
        _work.Clear();
        var eventTimeUntil = watermark == long.MinValue ? watermark : watermark - (long)options.Grace.TotalSeconds;
        _buffer.CollectOver(Ago(clock, options.Grace), eventTimeUntil, _work);
        Look(_work, Cause.GraceOver, null);
        Forget();
    }

    /// <summary>Everything that waits gets its final verdict now; done when that is durable.</summary>
    private void Close(TaskCompletionSource done)
    {
        _buffer.CollectOpen(_work);
        Look(_work, Cause.GraceOver, done);
    }

    /// <summary>Memory is for speed only: what it lets go has been written.</summary>
    private void Forget()
    {
        _work.Clear();
        while (_buffer.Excess() is { } late)
        {
            _state.Counters.Evict();
            if (late.IsHeld)
            {
                _work.Add(late);
            }

            _buffer.Remove(late, keepHold: true);
        }

        Look(_work, Cause.HoldOver, null);
    }

    /// <summary>Attributes again, and writes what must be written: held events whose waiting is over or that are explained, written ones
    /// whose verdict is better than the one in the stores.</summary>
    private void Look(List<LateEvent> events, Cause cause, TaskCompletionSource? done)
    {
        if (events.Count == 0)
        {
            done?.TrySetResult();
            return;
        }

        var origin = new LateOrigin();
        var gate = new SettlementGate(() =>
        {
            origin.Settled();
            done?.TrySetResult();
        });
        _assembler.Begin(gate, origin);
        for (var start = 0; start < events.Count; start += LockedEventsMax)
        {
            _state.Index.EnterRead();
            try
            {
                for (var i = start; i < Math.Min(events.Count, start + LockedEventsMax); i++)
                {
                    Look(events[i], cause, origin);
                }
            }
            finally
            {
                _state.Index.ExitRead();
            }
        }

        _assembler.Flush();
        gate.Release(1);
    }

    private void Look(LateEvent late, Cause cause, LateOrigin origin)
    {
        var fields = default(RecordFields);
        var status = _scanner.Scan(late.Record, ref fields, out _);
        if (status != DecodeStatus.Event)
        {
            throw new InvalidOperationException($"An event that was decoded once is {status} now.");
        }

        var verdict = _attributor.Attribute(late.Record, fields, graceOver: cause == Cause.GraceOver || late.Closed);
        var better = late.Revision == 0
            ? verdict.Status != AttributionStatus.Pending || cause != Cause.Woken || late.Gone
            : verdict.Rank > late.Rank;
        if (better)
        {
            Write(late, fields, verdict, origin);
        }

        if (late.Gone)
        {
            return;
        }

        // A final verdict without a head is kept as long as memory lets it: evidence that comes after all still corrects the document.
        if (verdict.Waits || (late.Closed && verdict.Status is AttributionStatus.Unattributed or AttributionStatus.Partial))
        {
            if ((verdict.WaitsFor1 | verdict.WaitsFor2) != 0)
            {
                _buffer.WaitFor(late, verdict.WaitsFor1, verdict.WaitsFor2);
            }
        }
        else
        {
            _buffer.Remove(late);
        }
    }

    private void Write(LateEvent late, in RecordFields fields, in Verdict verdict, LateOrigin origin)
    {
        var source = late.Batch is null ? -1 : origin.Add(late.Batch, late.Source);
        ReadOnlySpan<byte> id = late.DerivedId ?? DocumentId.Own(late.Record, fields);
        _state.Counters.Move(late.Status, verdict.Status);
        if (late.Revision > 0)
        {
            _state.Counters.Corrected();
        }
        else
        {
            late.IngestedAt = _assembler.Now;
        }

        late.Revision++;
        (late.Status, late.Rank) = (verdict.Status, verdict.Rank);
        _assembler.Add(late.Record, fields, verdict, late.Revision, late.IngestedAt, late.EventTime, source, id, late.Index);
        if (late.Gone)
        {
            late.Batch = null;
        }
        else
        {
            _buffer.Unhold(late);
        }
    }

    private static long Ago(TimeProvider clock, TimeSpan time) => clock.GetTimestamp() - (long)(time.TotalSeconds * clock.TimestampFrequency);
}
