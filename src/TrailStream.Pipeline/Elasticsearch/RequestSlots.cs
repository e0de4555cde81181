namespace TrailStream.Pipeline.Elasticsearch;

/// <summary>Lets in as many at once as <paramref name="capacity"/> says at the moment; the others wait in order. Thread-safe.</summary>
internal sealed class RequestSlots(Func<int> capacity)
{
    private readonly Lock _lock = new();
    private readonly Queue<TaskCompletionSource> _waiting = new();
    private int _taken;

    public Task EnterAsync(CancellationToken cancellationToken)
    {
        TaskCompletionSource turn;
        lock (_lock)
        {
            if (_waiting.Count == 0 && _taken < capacity())
            {
                _taken++;
                return Task.CompletedTask;
            }

            turn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiting.Enqueue(turn);
        }

        return WaitAsync(turn, cancellationToken);
    }

    public void Leave()
    {
        lock (_lock)
        {
            _taken--;
            while (_taken < capacity() && _waiting.TryDequeue(out var next))
            {
                // One that was cancelled meanwhile takes nothing.
                if (next.TrySetResult())
                {
                    _taken++;
                }
            }
        }
    }

    private static async Task WaitAsync(TaskCompletionSource turn, CancellationToken cancellationToken)
    {
        using var cancelled = cancellationToken.Register(() => turn.TrySetCanceled(cancellationToken));
        await turn.Task.ConfigureAwait(false);
    }
}
