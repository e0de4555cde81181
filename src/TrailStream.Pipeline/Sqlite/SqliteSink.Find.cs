using Microsoft.Data.Sqlite;
using TrailStream.Core.Sessions;
using TrailStream.Pipeline.Store;

namespace TrailStream.Pipeline.Sqlite;

/// <content>Late evidence: what is stored can be asked for.</content>
public sealed partial class SqliteSink : IDocumentStore
{
    /// <summary>A question sees every transaction that ended before it; a group may still be gathering.</summary>
    public TimeSpan VisibleAfter => TimeSpan.FromSeconds(1);

    public Task<StoreOutcome> FindConcernedAsync(IReadOnlyList<IndexChange> changes, Func<StoredPage, Task> take, CancellationToken cancellationToken) =>
        TryAsync(() => SqliteDocuments.FindConcernedAsync(_path, changes, take, cancellationToken));

    public Task<StoreOutcome> FindUnexplainedAsync(long? finalSince, Func<StoredPage, Task> take, CancellationToken cancellationToken) =>
        TryAsync(() => SqliteDocuments.FindUnexplainedAsync(_path, finalSince, take, cancellationToken));

    public bool CanReplace(StoredHit hit, long eventTime) => true;

    private static async Task<StoreOutcome> TryAsync(Func<Task> find)
    {
        try
        {
            await find().ConfigureAwait(false);
            return StoreOutcome.Done;
        }
        catch (SqliteException)
        {
            // Busy, or the disk is in trouble: the writer meets and tells the same.
            return StoreOutcome.Unavailable;
        }
    }
}
