using Microsoft.Data.Sqlite;
using ZstdSharp;

namespace TrailStream.Pipeline.Sqlite;

/// <summary>One event of a store, as the questions need it. Texts come from events: attacker-controlled.</summary>
public sealed record StoredEvent(
    string Id, DateTimeOffset Time, string Status, string Reason, string? OriginType, string? OriginName, string? OriginId, string? RoleName,
    string? Account, string? Service, string? Action, string? SourceIp, string? ErrorCode, string? AccessKey, byte[] Document);

/// <summary>What one session of a person did.</summary>
public sealed record StoredSession(
    string Session, string? Role, string? Account, DateTimeOffset First, DateTimeOffset Last, IReadOnlyList<string> SourceIps, long Events);

/// <summary>Somebody's use of one role; null as a name where nobody is known.</summary>
public sealed record StoredRoleUse(string? Origin, string? Type, string Status, DateTimeOffset First, DateTimeOffset Last, IReadOnlyList<string> SourceIps, long Events);

/// <summary>Somebody behind roles.</summary>
public sealed record StoredOrigin(string Type, string Name, long Sessions, long Events, long Roles, long Accounts);

/// <summary>Role use that nobody explains.</summary>
public sealed record StoredUnexplained(string? Role, string? Account, string Status, string Reason, long Events, long Keys);

/// <summary>Questions to a store. Opens the file read-only; the stream may be writing to it.</summary>
public sealed class SqliteReader : IDisposable
{
    private const string EventColumns =
        "id, event_time, status, reason, origin_type, origin_name, origin_id, role_name, account, service, action, source_ip, error_code, access_key, document";

    private readonly SqliteConnection _connection;
    private readonly Decompressor _decompressor = new();

    private SqliteReader(SqliteConnection connection) => _connection = connection;

    /// <summary>Opens a store that exists.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">The file is no store of this version.</exception>
    public static SqliteReader Open(string path)
    {
        if (!File.Exists(path))
        {
            throw new FileNotFoundException($"{path} does not exist.", path);
        }

        var connection = new SqliteConnection(
            new SqliteConnectionStringBuilder { DataSource = path, Mode = SqliteOpenMode.ReadOnly, Pooling = false }.ToString());
        try
        {
            connection.Open();
            if (SqliteSchema.VersionOf(connection) != SqliteSchema.Version)
            {
                throw new InvalidDataException($"{path} is no store of this version of TrailStream.");
            }

            return new SqliteReader(connection);
        }
        catch (SqliteException e)
        {
            connection.Dispose();
            throw new InvalidDataException($"{path} is no SQLite file that can be read: {e.Message}", e);
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    public StoredEvent? EventById(string id) => Events("id = $a", 1, id) is [var found, ..] ? found : null;

    /// <summary>The attribution's status of one event; null where the store has no such event.</summary>
    public string? StatusOf(string id) => Query("SELECT status FROM events WHERE id = $a", row => row.GetString(0), ("$a", id)) is [var found, ..] ? found : null;

    /// <summary>Events signed with a key, the newest best-attributed first.</summary>
    public IReadOnlyList<StoredEvent> EventsByKey(string key, int most) => Events("access_key = $a", most, key, "rank DESC, event_time");

    /// <summary>First and last use of a key, events and source addresses; null where it was never used.</summary>
    public (DateTimeOffset First, DateTimeOffset Last, long Events, IReadOnlyList<string> SourceIps)? UseOfKey(string key) => Query(
        "SELECT min(event_time), max(event_time), count(*), group_concat(DISTINCT source_ip) FROM events WHERE access_key = $a HAVING count(*) > 0",
        row => (Time(row, 0), Time(row, 1), row.GetInt64(2), (IReadOnlyList<string>)(Text(row, 3)?.Split(',') ?? [])),
        ("$a", key)) is [var use, ..] ? use : null;

    /// <summary>Events that issued a key.</summary>
    public IReadOnlyList<StoredEvent> GrantsOfKey(string key, int most) => Events("issued_key = $a", most, key);

    /// <summary>Events by actor ARN (a session, a user, a role).</summary>
    public IReadOnlyList<StoredEvent> EventsByActor(string arn, int most) => Events("actor_arn = $a OR role_arn = $a", most, arn);

    /// <summary>Events of one origin, in order of time.</summary>
    public IReadOnlyList<StoredEvent> EventsOfOrigin(string name, int most) => Events("origin_name = $a", most, name, "event_time");

    /// <summary>Sessions of a person, by name, ARN or id, the latest first.</summary>
    public IReadOnlyList<StoredSession> SessionsOf(string person, int most) => Query(
        """
        SELECT coalesce(session_name, '(own keys)'), role_name, account, min(event_time), max(event_time), group_concat(DISTINCT source_ip), count(*)
        FROM events WHERE origin_name = $a OR origin_arn = $a OR origin_id = $a OR origin_name LIKE $b ESCAPE '\'
        GROUP BY origin_name, session_name, role_arn, account ORDER BY max(event_time) DESC LIMIT $most
        """,
        row => new StoredSession(
            row.GetString(0), Text(row, 1), Text(row, 2), Time(row, 3), Time(row, 4), Text(row, 5)?.Split(',') ?? [], row.GetInt64(6)),
        ("$a", person), ("$b", LikePrefix(person + "@")), ("$most", most));

    /// <summary>Who used a role, the busiest first.</summary>
    public IReadOnlyList<StoredRoleUse> UsersOfRole(string roleArn, int most) => Query(
        """
        SELECT coalesce(origin_name, origin_id), origin_type, status, min(event_time), max(event_time), group_concat(DISTINCT source_ip), count(*)
        FROM events WHERE role_arn = $a GROUP BY 1, 2, 3 ORDER BY 7 DESC, 1 LIMIT $most
        """,
        row => new StoredRoleUse(
            Text(row, 0), Text(row, 1), row.GetString(2), Time(row, 3), Time(row, 4), Text(row, 5)?.Split(',') ?? [], row.GetInt64(6)),
        ("$a", roleArn), ("$most", most));

    public IReadOnlyList<(string Status, long Events)> CountByStatus() => Query(
        "SELECT status, count(*) FROM events GROUP BY status ORDER BY 2 DESC", row => (row.GetString(0), row.GetInt64(1)));

    /// <summary>Who acted through roles, people before services, the busiest first.</summary>
    public IReadOnlyList<StoredOrigin> OriginsBehindRoles(int most, bool services) => Query(
        """
        SELECT origin_type, coalesce(origin_name, origin_id), count(DISTINCT coalesce(access_key, session_name)), count(*), count(DISTINCT role_arn), count(DISTINCT account)
        FROM events WHERE status = 'attributed' AND (origin_type = 'AWSService') = $a AND coalesce(origin_name, origin_id) IS NOT NULL
        GROUP BY 1, 2 ORDER BY 4 DESC LIMIT $most
        """,
        row => new StoredOrigin(row.GetString(0), row.GetString(1), row.GetInt64(2), row.GetInt64(3), row.GetInt64(4), row.GetInt64(5)),
        ("$a", services ? 1 : 0), ("$most", most));

    public IReadOnlyList<StoredUnexplained> Unexplained(int most) => Query(
        """
        SELECT role_name, account, status, reason, count(*), count(DISTINCT access_key) FROM events
        WHERE status IN ('unattributed', 'partial', 'pending') GROUP BY 1, 2, 3, 4 ORDER BY 5 DESC LIMIT $most
        """,
        row => new StoredUnexplained(Text(row, 0), Text(row, 1), row.GetString(2), row.GetString(3), row.GetInt64(4), row.GetInt64(5)),
        ("$most", most));

    /// <summary>The event with the deepest fully proven chain of a person.</summary>
    public StoredEvent? DeepestChain() =>
        Events("status = 'attributed' AND confidence = 'exact' AND origin_type = 'IAMUser'", 1, "", "depth DESC, event_time") is [var found, ..] ? found : null;

    /// <summary>Events of sessions that bear another person's name than the origin's.</summary>
    public IReadOnlyList<string> OriginsWithBorrowedNames(int most) => Query(
        """
        SELECT DISTINCT e.origin_name FROM events e WHERE e.status = 'attributed' AND e.origin_type = 'IAMUser' AND e.session_name IS NOT NULL
        AND e.session_name <> e.origin_name AND EXISTS (SELECT 1 FROM events o WHERE o.origin_name = e.session_name AND o.origin_type = 'IAMUser') LIMIT $most
        """,
        row => row.GetString(0),
        ("$most", most));

    public void Dispose()
    {
        _decompressor.Dispose();
        _connection.Dispose();
    }

    private static string LikePrefix(string text) =>
        text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("%", "\\%", StringComparison.Ordinal).Replace("_", "\\_", StringComparison.Ordinal) + "%";

    private static string? Text(SqliteDataReader row, int column) => row.IsDBNull(column) ? null : row.GetString(column);

    private static DateTimeOffset Time(SqliteDataReader row, int column) => DateTimeOffset.FromUnixTimeSeconds(row.GetInt64(column));

    private List<StoredEvent> Events(string where, int most, string argument, string order = "event_time") => Query(
        $"SELECT {EventColumns} FROM events WHERE {where} ORDER BY {order} LIMIT $most",
        row => new StoredEvent(
            row.GetString(0), Time(row, 1), row.GetString(2), row.GetString(3), Text(row, 4), Text(row, 5), Text(row, 6), Text(row, 7), Text(row, 8),
            Text(row, 9), Text(row, 10), Text(row, 11), Text(row, 12), Text(row, 13), Inflate((byte[])row.GetValue(14))),
        ("$a", argument), ("$most", most));

    private byte[] Inflate(byte[] blob) => blob is [SqliteSink.ZstdDocument, ..]
        ? _decompressor.Unwrap(blob.AsSpan(1)).ToArray()
        : throw new InvalidDataException("A document of the store is compressed in a way that this version does not know.");

    private List<T> Query<T>(string text, Func<SqliteDataReader, T> read, params (string Name, object Value)[] arguments)
    {
        using var command = _connection.CreateCommand();
#pragma warning disable CA2100 // constants of this class; values go in as parameters
        command.CommandText = text;
#pragma warning restore CA2100
        foreach (var (name, value) in arguments)
        {
            command.Parameters.AddWithValue(name, value);
        }

        var rows = new List<T>();
        using var reader = command.ExecuteReader();
        while (reader.Read())
        {
            rows.Add(read(reader));
        }

        return rows;
    }
}
