using System.Text;
using Microsoft.Data.Sqlite;
using TrailStream.Core.Documents;
using TrailStream.Pipeline.Sinks;
using ZstdSharp;

namespace TrailStream.Pipeline.Sqlite;

/// <summary>One file: an indexed row an event, its document compressed. Written by one connection on the pool; others may read meanwhile (WAL).
/// A document of a lower evidence rank never replaces a better one.</summary>
public sealed partial class SqliteSink : ISink
{
    /// <summary>First byte of every stored document: how the rest is compressed.</summary>
    internal const byte ZstdDocument = 1;

    private static readonly string Upsert =
        $"INSERT INTO events (id, rank, event_time, {string.Join(", ", SqliteSchema.Columns)}, document) VALUES "
        + $"($id, $rank, $event_time, {string.Join(", ", SqliteSchema.Columns.Select(column => "$" + column))}, $document) "
        + "ON CONFLICT(id) DO UPDATE SET rank = excluded.rank, event_time = excluded.event_time, "
        + string.Join(", ", SqliteSchema.Columns.Select(column => $"{column} = excluded.{column}"))
        + ", document = excluded.document WHERE excluded.rank >= events.rank RETURNING number";

    private readonly string _path;
    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly Compressor _compressor = new(3);
    private readonly object?[] _values = new object?[SqliteSchema.Columns.Length];
    private SqliteConnection? _connection;

    public SqliteSink(string path) => _path = path;

    public string Name => "sqlite";

    public DocumentForm Form => DocumentForm.CloudTrail;

    /// <summary>A group is one transaction: large enough that the write to disk is shared by some thousand documents.</summary>
    public SinkLimits Limits { get; } = new(4 << 20, TimeSpan.FromMilliseconds(200), 1);

    public bool Healthy => _connection is not null;

    public Task PrepareAsync(CancellationToken cancellationToken)
    {
        _connection ??= SqliteSchema.OpenForWriting(_path);
        return Task.CompletedTask;
    }

    public async Task<WriteReport> WriteAsync(IReadOnlyList<DocumentBatch> group, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return await Task.Run(() => Write(group), cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _turn.Release();
        }
    }

    public ValueTask DisposeAsync()
    {
        _connection?.Dispose();
        _connection = null;
        _compressor.Dispose();
        _turn.Dispose();
        return ValueTask.CompletedTask;
    }

    private WriteReport Write(IReadOnlyList<DocumentBatch> group)
    {
        var connection = _connection ?? throw new InvalidOperationException("The store is not open.");
        using var transaction = connection.BeginTransaction();
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // made of the schema's constants
        command.CommandText = Upsert;
#pragma warning restore CA2100
        var id = command.Parameters.Add("$id", SqliteType.Text);
        var rank = command.Parameters.Add("$rank", SqliteType.Integer);
        var time = command.Parameters.Add("$event_time", SqliteType.Integer);
        var columns = SqliteSchema.Columns.Select(column => command.Parameters.Add(new SqliteParameter("$" + column, null))).ToArray();
        var document = command.Parameters.Add("$document", SqliteType.Blob);
        var written = 0;
        var stale = 0;
        foreach (var batch in group)
        {
            for (var i = 0; i < batch.Entries.Count; i++)
            {
                var entry = batch.Entries[i];
                EventRow.Values(batch.DocumentMemory(i), _values);
                id.Value = Encoding.UTF8.GetString(batch.Id(i));
                rank.Value = entry.Rank;
                time.Value = entry.EventTime;
                for (var column = 0; column < columns.Length; column++)
                {
                    columns[column].Value = _values[column] ?? DBNull.Value;
                }

                document.Value = Compress(batch.Document(i));
                _ = command.ExecuteScalar() is null ? stale++ : written++;
            }
        }

        transaction.Commit();
        return new WriteReport(written, 0, stale, 0, 0);
    }

    private byte[] Compress(ReadOnlySpan<byte> document)
    {
        var compressed = _compressor.Wrap(document);
        var blob = new byte[compressed.Length + 1];
        blob[0] = ZstdDocument;
        compressed.CopyTo(blob.AsSpan(1));
        return blob;
    }
}
