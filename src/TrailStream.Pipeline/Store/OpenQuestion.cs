using TrailStream.Core.Sessions;

namespace TrailStream.Pipeline.Store;

/// <summary>Changes that one loop asks a store for: open from one <see cref="StoreQueue.Take"/> to the loop's next. Written by the queue, under its
/// lock; while it is open its loop reads it.</summary>
internal sealed class OpenQuestion
{
    public List<IndexChange> Changes { get; } = [];

    /// <summary>When the first of them fell due.</summary>
    public long Due { get; set; }
}
