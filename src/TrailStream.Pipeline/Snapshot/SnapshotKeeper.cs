using TrailStream.Pipeline.Actors;
using TrailStream.Pipeline.Diagnostics;
using TrailStream.Pipeline.Kafka;
using TrailStream.Pipeline.Options;

namespace TrailStream.Pipeline.Snapshot;

/// <summary>Writes the index into its file now and then, and at the end. Trouble with the disk costs nothing but a slower restart.</summary>
internal sealed class SnapshotKeeper(SessionsOptions options, StreamState state, SessionsTopic sessions) : IAsyncDisposable
{
    private readonly CancellationTokenSource _stopping = new();
    private Task _loop = Task.CompletedTask;

    /// <summary>The snapshot in <paramref name="options"/>' place; null without one, after saying why.</summary>
    public static FoundSnapshot? Find(SessionsOptions options, StreamState state)
    {
        if (options.Snapshot is null)
        {
            return null;
        }

        var outcome = SnapshotFile.Check(options.Snapshot, options.Topic, out var header);
        if (outcome == SnapshotOutcome.Usable)
        {
            return new FoundSnapshot(options.Snapshot, header!);
        }

        if (outcome != SnapshotOutcome.Missing)
        {
            state.Counters.SnapshotDiscarded();
            Log.SnapshotDiscarded(state.Logger, options.Snapshot, outcome switch
            {
                SnapshotOutcome.Damaged => "it is damaged (checksum or shape)",
                SnapshotOutcome.OtherLayout => "another version has written it",
                SnapshotOutcome.OtherTopic => "it belongs to another sessions topic",
                _ => "it cannot be read",
            });
        }

        return null;
    }

    public void Start() => _loop = Task.Run(LoopAsync);

    /// <summary>Stops, and writes once more: nothing is learnt any more. After a failure not: what the index was left like is not known.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _loop.ConfigureAwait(false);
        if (!state.Failure.Task.IsCompleted)
        {
            Write();
        }

        _stopping.Dispose();
    }

    private async Task LoopAsync()
    {
        try
        {
            while (true)
            {
                await Task.Delay(options.SnapshotInterval, state.Clock, _stopping.Token).ConfigureAwait(false);
                Write();
            }
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            // Told to stop.
        }
        catch (Exception e)
        {
            state.Fail("snapshot", options.Snapshot!, e);
        }
    }

    private void Write()
    {
        var began = state.Clock.GetTimestamp();
        var header = new SnapshotHeader
        {
            Layout = Core.Sessions.SessionIndex.SnapshotLayout,
            Topic = options.Topic,
            WrittenAt = state.Clock.GetUtcNow(),
            CoverageSince = state.CoverageSince,

            // Before the index: what is learnt meanwhile is in it and is read again, which is harmless; the other way round it would be missed.
            Places = sessions.Places,
        };
        try
        {
            var bytes = SnapshotFile.Write(options.Snapshot!, state.Index, header);
            state.Counters.SnapshotWritten(bytes);
            Log.SnapshotWritten(state.Logger, options.Snapshot!, state.Index.Count, bytes, state.Clock.GetElapsedTime(began).TotalSeconds);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            state.Counters.SnapshotFailed();
            Log.SnapshotFailed(state.Logger, options.Snapshot!, e.Message);
        }
    }
}
