using TrailStream.Core.Documents;
using TrailStream.Pipeline.Sinks;

namespace TrailStream.Benchmarks.Pipeline;

/// <summary>Writes each group as the body of a <c>_bulk</c> request into a file of its own, for curl to send.</summary>
internal sealed class BulkFileSink(string folder, int groupBytes) : ISink
{
    private int _files;

    public string Name => "bulk_file";

    public DocumentForm Form => DocumentForm.Ecs;

    public SinkLimits Limits { get; } = new(groupBytes, TimeSpan.FromMilliseconds(200), 2);

    public bool Healthy => true;

    public Task PrepareAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public async Task<WriteReport> WriteAsync(IReadOnlyList<DocumentBatch> group, CancellationToken cancellationToken)
    {
        var body = new ByteBuffer(groupBytes + (1 << 20));
        var count = 0;
        foreach (var batch in group)
        {
            for (var i = 0; i < batch.Entries.Count; i++)
            {
                var entry = batch.Entries[i];
                BulkAction.Write(entry.EventTime, entry.EventTime, batch.Id(i), entry.Rank, body);
                body.Append(batch.Document(i));
                body.Append((byte)'\n');
                count++;
            }
        }

        var file = Path.Combine(folder, $"{Interlocked.Increment(ref _files):D5}.ndjson");
        await File.WriteAllBytesAsync(file, body.Written.ToArray(), cancellationToken);
        return new WriteReport(count, 0, 0, 0, 0);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
