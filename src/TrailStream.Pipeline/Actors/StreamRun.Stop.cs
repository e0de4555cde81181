using Akka.Actor;
using TrailStream.Pipeline.Diagnostics;
using TrailStream.Pipeline.Kafka;

namespace TrailStream.Pipeline.Actors;

/// <content>Waiting, finishing, draining, stopping.</content>
public sealed partial class StreamRun
{
    private static readonly TimeSpan LookInterval = TimeSpan.FromMilliseconds(20);

    /// <summary>Waits until everything that stands in the input has been read, written and settled, and nothing is held.</summary>
    /// <param name="recordsAtLeast">Not idle before this many records were read; 0: what is there now.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    public Task WaitForIdleAsync(long recordsAtLeast, CancellationToken cancellationToken) =>
        WaitAsync(status => IsIdle(status, atEnd: true) && _counters.Records >= recordsAtLeast, cancellationToken);

    /// <summary>No more input will come: waits for what is under way, and gives everything that still waits for evidence its final
    /// verdict. Reading goes on; what comes afterwards is not held.</summary>
    public async Task FinishAsync(long recordsAtLeast, CancellationToken cancellationToken)
    {
        _state.NoHold = true;
        _lateActor.Tell(ReleaseAllHeld.Instance);
        await WaitForIdleAsync(recordsAtLeast, cancellationToken).ConfigureAwait(false);
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _lateActor.Tell(new CloseGrace(done));
        await OrFailure(done.Task, cancellationToken).ConfigureAwait(false);
        await WaitForIdleAsync(recordsAtLeast, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Stops reading, writes what is held, waits for the sinks (at most <c>DrainTime</c>), commits, leaves the group. What is
    /// not settled by then is read again by the next start.</summary>
    /// <returns>True when nothing was left open: the next start reads nothing again.</returns>
    public async Task<bool> DrainAsync(CancellationToken cancellationToken)
    {
        if (_reader is { } reader && !reader.Completion.IsCompleted && !_stopped)
        {
            _phase = "draining";
            Log.Draining(_state.Logger, reader.Status.Partitions.Sum(p => (long)p.Open));
            _state.NoHold = true;
            reader.StopIntake();
            _lateActor.Tell(ReleaseAllHeld.Instance);
            await StopAskingAsync().ConfigureAwait(false);
            using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            using var timer = _state.Clock.CreateTimer(_ => deadline.Cancel(), null, _options.DrainTime, Timeout.InfiniteTimeSpan);
            try
            {
                await WaitAsync(status => IsIdle(status, atEnd: false), deadline.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                // The time is up: what is open stays uncommitted.
            }
        }

        return await StopAsync().ConfigureAwait(false);
    }

    private async Task<bool> StopAsync()
    {
        if (_stopped)
        {
            return true;
        }

        _stopped = true;
        long open = 0;
        if (_reader is { } reader)
        {
            open = reader.Status.Partitions.Sum(p => (long)p.Open);
            try
            {
                await reader.StopAsync().ConfigureAwait(false);
            }
            catch (Exception e)
            {
                // Already the reason why the stream ends.
                _completion.TrySetException(e);
            }
        }

        await StopAskingAsync().ConfigureAwait(false);
        await _stopping.CancelAsync().ConfigureAwait(false);
        if (_host is not null)
        {
            await _host.StopAsync(CancellationToken.None).ConfigureAwait(false);
            _host.Dispose();
        }

        if (_lagging is not null)
        {
            await _lagging.DisposeAsync().ConfigureAwait(false);
        }

        if (_sessions is not null)
        {
            await _sessions.DisposeAsync().ConfigureAwait(false);
        }

        if (_snapshots is not null)
        {
            await _snapshots.DisposeAsync().ConfigureAwait(false);
        }

        // Only now does nobody settle any more.
        _reader?.Dispose();
        _phase = "stopped";
        if (open > 0)
        {
            Log.StoppedOpen(_state.Logger, open);
        }
        else
        {
            Log.Stopped(_state.Logger);
        }

        _completion.TrySetResult();
        return open == 0;
    }

    /// <summary>What is not asked by now is asked by whoever gets the partitions next.</summary>
    private async Task StopAskingAsync()
    {
        if (_recent is not null)
        {
            await _recent.DisposeAsync().ConfigureAwait(false);
            _recent = null;
        }

        _state.BeginToAsk([]);
        foreach (var store in _stores)
        {
            await store.DisposeAsync().ConfigureAwait(false);
        }

        _stores.Clear();
    }

    private bool IsIdle(ReaderStatus reader, bool atEnd)
    {
        foreach (var partition in reader.Partitions)
        {
            if (partition.Open > 0 || (atEnd && !partition.AtEnd))
            {
                return false;
            }
        }

        return (reader.Partitions.Count > 0 || !atEnd) && _late.Held == 0 && _counters.BytesInFlight == 0 && _counters.DocumentBytesInFlight == 0;
    }

    /// <summary>Waits until two looks of the reader in a row agree: what moved between its look and the counters' is seen by the
    /// second.</summary>
    private async Task WaitAsync(Func<ReaderStatus, bool> isDone, CancellationToken cancellationToken)
    {
        var reader = _reader ?? throw new InvalidOperationException("The stream is not open.");
        var from = reader.Status.Sequence + 1;
        long agreed = 0;
        while (true)
        {
            if (_completion.Task.IsFaulted)
            {
                await _completion.Task.ConfigureAwait(false);
            }

            var status = reader.Status;
            if (status.Sequence < from || !isDone(status))
            {
                agreed = 0;
            }
            else if (agreed == 0)
            {
                agreed = status.Sequence;
            }
            else if (status.Sequence > agreed)
            {
                // Evidence of the last batches may still be on its way to the late actor, and cause corrections.
                var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                _lateActor.Tell(new Barrier(reached));
                await OrFailure(reached.Task, cancellationToken).ConfigureAwait(false);
                if (isDone(reader.Status))
                {
                    return;
                }

                agreed = 0;
            }

            await Task.Delay(LookInterval, _state.Clock, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task OrFailure(Task task, CancellationToken cancellationToken)
    {
        var first = await Task.WhenAny(task, _completion.Task).WaitAsync(cancellationToken).ConfigureAwait(false);
        await first.ConfigureAwait(false);
    }
}
