using TrailStream.Core.Documents;
using TrailStream.Core.Sessions;
using TrailStream.Pipeline.Sinks;
using TrailStream.Pipeline.Sqlite;
using TrailStream.Pipeline.Store;

namespace TrailStream.Pipeline.Tests.Store;

/// <summary>A store that answers only questions of few changes before their time is over. It writes as fast as ever.</summary>
internal sealed class LoadedStore(SqliteSink store, int changesMax) : ISink, IDocumentStore
{
    private readonly List<int> _asked = [];

    /// <summary>How many changes each question had, in order.</summary>
    public IReadOnlyList<int> Asked
    {
        get
        {
            lock (_asked)
            {
                return [.. _asked];
            }
        }
    }

    public string Name => store.Name;

    public DocumentForm Form => store.Form;

    public SinkLimits Limits => store.Limits;

    public bool Healthy => store.Healthy;

    public TimeSpan VisibleAfter => store.VisibleAfter;

    public Task PrepareAsync(CancellationToken cancellationToken) => store.PrepareAsync(cancellationToken);

    public Task<WriteReport> WriteAsync(IReadOnlyList<DocumentBatch> group, CancellationToken cancellationToken) => store.WriteAsync(group, cancellationToken);

    public Task<StoreOutcome> FindConcernedAsync(IReadOnlyList<IndexChange> changes, Func<StoredPage, Task> take, CancellationToken cancellationToken)
    {
        lock (_asked)
        {
            _asked.Add(changes.Count);
        }

        return changes.Count > changesMax ? Task.FromResult(StoreOutcome.Unavailable) : store.FindConcernedAsync(changes, take, cancellationToken);
    }

    public Task<StoreOutcome> FindUnexplainedAsync(long? finalSince, Func<StoredPage, Task> take, CancellationToken cancellationToken) =>
        store.FindUnexplainedAsync(finalSince, take, cancellationToken);

    public bool CanReplace(StoredHit hit, long eventTime) => store.CanReplace(hit, eventTime);

    public ValueTask DisposeAsync() => store.DisposeAsync();
}
