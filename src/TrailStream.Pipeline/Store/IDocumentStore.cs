using TrailStream.Core.Sessions;

namespace TrailStream.Pipeline.Store;

/// <summary>How a question to a store ended.</summary>
public enum StoreOutcome : byte
{
    /// <summary>Every document that it found was handed over.</summary>
    Done = 0,

    /// <summary>The store could not be asked, or did not answer to the end; the same question may be asked again.</summary>
    Unavailable,

    /// <summary>The store does not allow this user to read.</summary>
    Refused,
}

/// <summary>One document that a store gave back.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Rank">The evidence rank that it was written with.</param>
/// <param name="Place">Where it stands (the index's name); null where there is one place only.</param>
/// <param name="Document">Its bytes.</param>
public readonly record struct StoredHit(string Id, long Rank, string? Place, ReadOnlyMemory<byte> Document);

/// <summary>Some documents. Owned by whoever asked from the moment it is handed over.</summary>
public sealed class StoredPage
{
    public List<StoredHit> Hits { get; } = [];

    /// <summary>Documents that the question has in all, where the store says so; else what this page holds.</summary>
    public long Total { get; set; }
}

/// <summary>A sink that can be asked for documents that better evidence may correct. Sinks that cannot (topics, files) keep what memory has not
/// corrected. Thread-safe; trouble that may pass is an outcome, never an exception.</summary>
public interface IDocumentStore
{
    /// <summary>How long a document that was written may still be missed by a question.</summary>
    TimeSpan VisibleAfter { get; }

    /// <summary>Documents of uses of changed sessions and of their grants by key; by ARN those that no key proves, and of sessions that
    /// <see cref="ChangedSession.MayContradict"/> all; those whose origin is the bare id of a principal that has a name now. Too many is harmless: their rank tells which become better.</summary>
    /// <param name="changes">At most 1,000.</param>
    /// <param name="take">Gets page after page; the next is read when it has taken the last.</param>
    /// <param name="cancellationToken">Ends it.</param>
    Task<StoreOutcome> FindConcernedAsync(IReadOnlyList<IndexChange> changes, Func<StoredPage, Task> take, CancellationToken cancellationToken);

    /// <summary>Documents that are pending, in any order.</summary>
    /// <param name="finalSince">Those too that were given up (partial, unattributed) then or later, Unix seconds; null: none of them.</param>
    /// <param name="take">As above.</param>
    /// <param name="cancellationToken">Ends it.</param>
    Task<StoreOutcome> FindUnexplainedAsync(long? finalSince, Func<StoredPage, Task> take, CancellationToken cancellationToken);

    /// <summary>False where a document of that time would be written elsewhere than this one stands (a backfill, a copy, an index that was closed for
    /// its age): it must be left alone, or there would be two.</summary>
    bool CanReplace(StoredHit hit, long eventTime);
}
