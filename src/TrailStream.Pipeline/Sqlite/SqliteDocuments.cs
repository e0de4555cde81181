using System.Globalization;
using Microsoft.Data.Sqlite;
using TrailStream.Core.Attribution;
using TrailStream.Core.Sessions;
using TrailStream.Pipeline.Store;
using ZstdSharp;

namespace TrailStream.Pipeline.Sqlite;

/// <summary>Reads a store's documents back for correction, by a read-only connection of its own: the writer goes on meanwhile (WAL). A question reads
/// what was there when it began. Calls may come from several loops; each opens its own connection.</summary>
internal static class SqliteDocuments
{
    private const int PageHits = 500;

    /// <summary>Changes in one statement: well below SQLite's limit of 32,766 parameters, and short enough to be planned quickly.</summary>
    private const int ChangesPerStatement = 200;

    private static readonly string Unproven = $"(method IS NOT '{Codes.NameOf(AttributionMethod.AccessKey)}' OR status <> '{Codes.NameOf(AttributionStatus.Attributed)}')";

    public static async Task FindConcernedAsync(
        string path, IReadOnlyList<IndexChange> changes, Func<StoredPage, Task> take, CancellationToken cancellationToken)
    {
        using var connection = Open(path);
        foreach (var chunk in changes.OfType<NamedPrincipal>().Chunk(ChangesPerStatement))
        {
            await ReadAsync(
                connection, $"SELECT id, rank, document FROM events WHERE origin_id IN ({Parameters("$p", chunk.Length)}) AND {SqliteSchema.HalfTold}",
                chunk.Select((principal, i) => ("$p" + Number(i), (object)principal.Id)), take, cancellationToken).ConfigureAwait(false);
        }

        // By beginning: the range of one statement is as short as its sessions allow.
        foreach (var chunk in changes.OfType<ChangedSession>().OrderBy(session => session.IssuedAt).Chunk(ChangesPerStatement))
        {
            foreach (var group in chunk.Where(session => session.AccessKey.Length > 0).GroupBy(session => session.Concerns))
            {
                await FindByKeyAsync(connection, [.. group], ConcernedBy(group.Key), take, cancellationToken).ConfigureAwait(false);
            }

            var arns = chunk.Where(session => session.Arn.Length > 0 && !session.MayContradict).ToList();
            if (arns.Count > 0)
            {
                await ReadAsync(
                    connection,
                    $"SELECT id, rank, document FROM events WHERE {SqliteSchema.Inexact} AND actor_arn IN ({Parameters("$a", arns.Count)}) AND event_time BETWEEN $from AND $until",
                    [.. arns.Select((session, i) => ("$a" + Number(i), (object)session.Arn)), ("$from", arns.Min(session => session.IssuedAt) - 2),
                        ("$until", arns.Max(session => session.Until))],
                    take, cancellationToken).ConfigureAwait(false);
            }

            foreach (var session in chunk.Where(session => session.Arn.Length > 0 && session.MayContradict))
            {
                await ReadAsync(
                    connection,
                    $"SELECT id, rank, document FROM events WHERE {ConcernedBy(session.Concerns).Use} AND role_name = $role AND event_time BETWEEN $from AND $until AND actor_arn = $arn",
                    [("$role", session.Arn.Split('/')[1]), ("$from", session.IssuedAt - SessionIndex.ToleranceSeconds), ("$until", session.Until), ("$arn", session.Arn)],
                    take, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private static async Task FindByKeyAsync(
        SqliteConnection connection, IReadOnlyList<ChangedSession> sessions, (string Use, string Grant) which, Func<StoredPage, Task> take,
        CancellationToken cancellationToken)
    {
        var list = Parameters("$k", sessions.Count);
        await ReadAsync(
            connection, $"SELECT id, rank, document FROM events WHERE (access_key IN ({list}) AND {which.Use}) OR (issued_key IN ({list}) AND {which.Grant})",
            sessions.Select((session, i) => ("$k" + Number(i), (object)session.AccessKey)), take, cancellationToken).ConfigureAwait(false);
    }

    private static (string Use, string Grant) ConcernedBy(ConcernedUses concerned) => concerned switch
    {
        ConcernedUses.Unproven => (Unproven, SqliteSchema.HalfTold),
        ConcernedUses.Incomplete => ($"({Unproven} OR {SqliteSchema.Inexact} OR {SqliteSchema.HalfTold})", SqliteSchema.HalfTold),
        ConcernedUses.Named => ($"NOT {SqliteSchema.Unexplained}", $"NOT {SqliteSchema.Unexplained}"),
        _ => ("TRUE", "TRUE"),
    };

    public static async Task FindUnexplainedAsync(
        string path, long? finalSince, Func<StoredPage, Task> take, CancellationToken cancellationToken)
    {
        using var connection = Open(path);

        // A row does not say when it was decided; event time is the nearest that it has.
        var where = $"{SqliteSchema.Unexplained} AND (status = 'pending' OR event_time >= $since)";
        (string, object)[] values = [("$since", finalSince ?? long.MaxValue)];
        using var count = Command(connection, $"SELECT count(*) FROM events WHERE {where}", values);
        var total = (long)count.ExecuteScalar()!;
        if (total > 0)
        {
            await ReadAsync(connection, $"SELECT id, rank, document FROM events WHERE {where}", values, take, cancellationToken, total)
                .ConfigureAwait(false);
        }
    }

    private static SqliteConnection Open(string path)
    {
        var connection = new SqliteConnection(
            new SqliteConnectionStringBuilder { DataSource = path, Mode = SqliteOpenMode.ReadOnly, Pooling = false }.ToString());
        connection.Open();
        return connection;
    }

    private static async Task ReadAsync(
        SqliteConnection connection, string text, IEnumerable<(string Name, object Value)> values, Func<StoredPage, Task> take,
        CancellationToken cancellationToken, long total = 0)
    {
        using var command = Command(connection, text, values);
        using var decompressor = new Decompressor();
        using var rows = command.ExecuteReader();
        var page = new StoredPage { Total = total };
        while (rows.Read())
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (rows.GetValue(2) is byte[] and [SqliteSink.ZstdDocument, ..] blob)
            {
                page.Hits.Add(new StoredHit(rows.GetString(0), rows.GetInt64(1), null, decompressor.Unwrap(blob.AsSpan(1)).ToArray()));
            }

            if (page.Hits.Count == PageHits)
            {
                await take(page).ConfigureAwait(false);
                page = new StoredPage { Total = total };
            }
        }

        if (page.Hits.Count > 0)
        {
            await take(page).ConfigureAwait(false);
        }
    }

    private static SqliteCommand Command(SqliteConnection connection, string text, IEnumerable<(string Name, object Value)> values)
    {
        var command = connection.CreateCommand();
#pragma warning disable CA2100 // made of constants and numbers; values go in as parameters
        command.CommandText = text;
#pragma warning restore CA2100
        foreach (var (name, value) in values)
        {
            command.Parameters.AddWithValue(name, value);
        }

        return command;
    }

    private static string Parameters(string prefix, int count) => string.Join(", ", Enumerable.Range(0, count).Select(i => prefix + Number(i)));

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);
}
