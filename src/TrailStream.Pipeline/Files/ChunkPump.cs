using System.Collections.Concurrent;

namespace TrailStream.Pipeline.Files;

/// <summary>A chunk on its way from the reader through a worker to the writer.</summary>
public abstract class ChunkWork
{
    public ValueChunk Chunk { get; } = new();

    internal long Sequence { get; set; }
}

/// <summary>One reader, several workers, one writer that gets the chunks in the reader's order. The number of chunks is fixed, so that
/// memory is bounded and a slow writer stops the reader.</summary>
public sealed class ChunkPump<TWork> : IDisposable
    where TWork : ChunkWork
{
    private readonly TWork[] _all;
    private readonly TWork?[] _done;
    private readonly BlockingCollection<TWork> _free = [];
    private readonly BlockingCollection<TWork> _ready = [];
    private readonly Lock _failureLock = new();
    private readonly Action<TWork>[] _workers;
    private Exception? _failure;
    private long _last = long.MaxValue;

    /// <param name="workers">What each worker does with a chunk; one thread each.</param>
    /// <param name="create">Makes a chunk.</param>
    public ChunkPump(IReadOnlyList<Action<TWork>> workers, Func<TWork> create)
    {
        _workers = [.. workers];

        // One in each worker's hands, one waiting for each, one with the reader and one with the writer.
        _all = [.. Enumerable.Range(0, (_workers.Length * 2) + 2).Select(_ => create())];
        _done = new TWork?[_all.Length];
    }

    /// <summary>Runs until the reader has no more and everything is written. Blocks; an exception of any part ends all of them and is
    /// thrown here.</summary>
    /// <param name="read">Fills a chunk; false at the end.</param>
    /// <param name="write">Takes the chunks in order; false ends it early, without an exception.</param>
    /// <param name="cancellationToken">Ends it early.</param>
    public void Run(Func<TWork, bool> read, Func<TWork, bool> write, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        foreach (var work in _all)
        {
            _free.Add(work, CancellationToken.None);
        }

        var threads = new List<Thread> { Start("enrich read", () => Read(read, stop.Token), stop) };
        foreach (var worker in _workers)
        {
            threads.Add(Start("enrich work", () => Work(worker, stop.Token), stop));
        }

        Guard(() => Write(write, stop), stop);
        foreach (var thread in threads)
        {
            thread.Join();
        }

        cancellationToken.ThrowIfCancellationRequested();
        if (_failure is not null)
        {
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(_failure);
        }
    }

    public void Dispose()
    {
        _free.Dispose();
        _ready.Dispose();
    }

    private Thread Start(string name, Action body, CancellationTokenSource stop)
    {
        var thread = new Thread(() => Guard(body, stop)) { IsBackground = true, Name = name };
        thread.Start();
        return thread;
    }

    /// <summary>The first failure stops the others and is the one that is thrown.</summary>
    private void Guard(Action body, CancellationTokenSource stop)
    {
        try
        {
            body();
        }
        catch (Exception e)
        {
            lock (_failureLock)
            {
                if (_failure is null && !stop.IsCancellationRequested)
                {
                    _failure = e;
                }
            }

            stop.Cancel();
            lock (_done)
            {
                Monitor.PulseAll(_done);
            }
        }
    }

    private void Read(Func<TWork, bool> read, CancellationToken stop)
    {
        for (var sequence = 0L; ; sequence++)
        {
            var work = _free.Take(stop);
            work.Sequence = sequence;
            if (!read(work))
            {
                lock (_done)
                {
                    _last = sequence;
                    Monitor.PulseAll(_done);
                }

                _ready.CompleteAdding();
                return;
            }

            _ready.Add(work, stop);
        }
    }

    private void Work(Action<TWork> worker, CancellationToken stop)
    {
        foreach (var work in _ready.GetConsumingEnumerable(stop))
        {
            worker(work);
            lock (_done)
            {
                _done[work.Sequence % _done.Length] = work;
                Monitor.PulseAll(_done);
            }
        }
    }

    private void Write(Func<TWork, bool> write, CancellationTokenSource stop)
    {
        for (var sequence = 0L; ; sequence++)
        {
            TWork work;
            lock (_done)
            {
                ref var slot = ref _done[sequence % _done.Length];
                while (slot is null)
                {
                    if (sequence == _last)
                    {
                        return;
                    }

                    stop.Token.ThrowIfCancellationRequested();
                    Monitor.Wait(_done);
                }

                work = slot;
                slot = null;
            }

            if (!write(work))
            {
                stop.Cancel();
                return;
            }

            _free.Add(work, stop.Token);
        }
    }
}
