using System.Collections.Concurrent;
using System.Text;
using TrailStream.Core.Documents;
using TrailStream.Pipeline.Sinks;

namespace TrailStream.Testing.Kafka;

/// <summary>A sink in memory with the stores' version rule: a lower rank never replaces a higher one. Writes wait between
/// Close and Open, and fail once for every failure asked for.</summary>
public sealed class MemorySink(DocumentForm form = DocumentForm.CloudTrail) : ISink
{
    private readonly ConcurrentDictionary<string, (long Rank, string Document)> _documents = new(StringComparer.Ordinal);
    private volatile TaskCompletionSource? _closed;
    private int _failures;
    private long _writes;

    public string Name => "memory";

    public DocumentForm Form { get; } = form;

    public SinkLimits Limits { get; init; } = new(1024 * 1024, TimeSpan.FromMilliseconds(5), 2);

    public bool Healthy => true;

    /// <summary>Set by the test: reading stops.</summary>
    public bool Stalled { get; set; }

    /// <summary>Documents by id.</summary>
    public IReadOnlyDictionary<string, (long Rank, string Document)> Documents => _documents;

    /// <summary>Documents taken, repetitions included.</summary>
    public long Writes => Volatile.Read(ref _writes);

    public void Close() => _closed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Open()
    {
        var closed = _closed;
        _closed = null;
        closed?.TrySetResult();
    }

    public void FailNext(int times) => Volatile.Write(ref _failures, times);

    public Task PrepareAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public async Task<WriteReport> WriteAsync(IReadOnlyList<DocumentBatch> group, CancellationToken cancellationToken)
    {
        if (_closed is { } closed)
        {
            await closed.Task.WaitAsync(cancellationToken);
        }

        await Task.Yield();
        if (Interlocked.Decrement(ref _failures) >= 0)
        {
            throw new IOException("asked to fail");
        }

        int created = 0, updated = 0, stale = 0;
        foreach (var batch in group)
        {
            for (var i = 0; i < batch.Entries.Count; i++)
            {
                var id = Encoding.UTF8.GetString(batch.Id(i));
                var document = Encoding.UTF8.GetString(batch.Document(i));
                var rank = batch.Entries[i].Rank;
                var isNew = true;
                var isStale = false;
                _documents.AddOrUpdate(id, (rank, document), (_, old) =>
                {
                    isNew = false;
                    isStale = rank < old.Rank;
                    return isStale ? old : (rank, document);
                });
                _ = isNew ? created++ : isStale ? stale++ : updated++;
                Interlocked.Increment(ref _writes);
            }
        }

        return new WriteReport(created, updated, stale, 0, 0);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
