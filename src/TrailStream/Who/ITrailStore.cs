using System.Text.Json;
using TrailStream.Pipeline.Sqlite;

namespace TrailStream.Who;

/// <summary>What <c>who</c> asks a store.</summary>
internal interface ITrailStore : IAsyncDisposable
{
    /// <summary>The document of an event.</summary>
    Task<JsonDocument?> EventAsync(string id, CancellationToken cancellationToken);

    /// <summary>The best attributed document of an event that a key signed.</summary>
    Task<JsonDocument?> UseOfKeyAsync(string key, CancellationToken cancellationToken);

    /// <summary>The grant that issued a key.</summary>
    Task<JsonDocument?> GrantOfKeyAsync(string key, CancellationToken cancellationToken);

    /// <summary>The best attributed document of an event by a session, user or role ARN.</summary>
    Task<JsonDocument?> UseOfArnAsync(string arn, CancellationToken cancellationToken);

    /// <summary>When and from where a key was used; null where it never was.</summary>
    Task<KeyUse?> KeyUseAsync(string key, CancellationToken cancellationToken);

    /// <summary>Who used a role, by its ARN; the busiest first.</summary>
    Task<IReadOnlyList<StoredRoleUse>> UsersOfRoleAsync(string roleArn, CancellationToken cancellationToken);

    /// <summary>Sessions of a person, by name, ARN or principal id.</summary>
    Task<IReadOnlyList<StoredSession>> SessionsAsync(string person, CancellationToken cancellationToken);
}

/// <summary>A SQLite file as a store.</summary>
internal sealed class SqliteTrailStore(SqliteReader reader) : ITrailStore
{
    private const int SessionsMax = 500;
    private const int UsersMax = 500;

    public Task<JsonDocument?> EventAsync(string id, CancellationToken cancellationToken) => Task.FromResult(Parse(reader.EventById(id)));

    public Task<JsonDocument?> UseOfKeyAsync(string key, CancellationToken cancellationToken) => Task.FromResult(Parse(First(reader.EventsByKey(key, 1))));

    public Task<JsonDocument?> GrantOfKeyAsync(string key, CancellationToken cancellationToken) => Task.FromResult(Parse(First(reader.GrantsOfKey(key, 1))));

    public Task<JsonDocument?> UseOfArnAsync(string arn, CancellationToken cancellationToken) => Task.FromResult(Parse(First(reader.EventsByActor(arn, 1))));

    public Task<KeyUse?> KeyUseAsync(string key, CancellationToken cancellationToken) =>
        Task.FromResult(reader.UseOfKey(key) is { } use ? new KeyUse(use.First, use.Last, use.Events, use.SourceIps) : null);

    public Task<IReadOnlyList<StoredRoleUse>> UsersOfRoleAsync(string roleArn, CancellationToken cancellationToken) =>
        Task.FromResult(reader.UsersOfRole(roleArn, UsersMax));

    public Task<IReadOnlyList<StoredSession>> SessionsAsync(string person, CancellationToken cancellationToken) =>
        Task.FromResult(reader.SessionsOf(person, SessionsMax));

    public ValueTask DisposeAsync()
    {
        reader.Dispose();
        return ValueTask.CompletedTask;
    }

    private static StoredEvent? First(IReadOnlyList<StoredEvent> events) => events is [var first, ..] ? first : null;

    private static JsonDocument? Parse(StoredEvent? stored) => stored is null ? null : JsonDocument.Parse(stored.Document);
}
