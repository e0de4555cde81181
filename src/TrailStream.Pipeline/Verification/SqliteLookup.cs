using TrailStream.Core.Attribution;
using TrailStream.Pipeline.Sqlite;

namespace TrailStream.Pipeline.Verification;

/// <summary>What a SQLite store holds; the stream may be writing to it.</summary>
public sealed class SqliteLookup(SqliteReader reader) : IDocumentLookup
{
    private static readonly string Pending = Codes.NameOf(AttributionStatus.Pending);

    public string Name => "sqlite";

    public Task<IReadOnlyList<FoundDocument>> FindAsync(IReadOnlyList<SoughtEvent> events, CancellationToken cancellationToken)
    {
        var found = new FoundDocument[events.Count];
        for (var i = 0; i < found.Length; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            found[i] = reader.StatusOf(events[i].Id) is { } status ? new FoundDocument(1, status == Pending) : default;
        }

        return Task.FromResult<IReadOnlyList<FoundDocument>>(found);
    }

    public void Dispose() => reader.Dispose();
}
