using TrailStream.Core.Documents;
using TrailStream.Pipeline.Sinks;

namespace TrailStream.Pipeline.Ndjson;

/// <summary>One line a document into a file, appended; a correction is a further line of the same event with a higher revision. A group counts as written
/// when the operating system has taken it to disk.</summary>
public sealed class NdjsonSink(string path, DocumentForm form) : ISink
{
    private readonly SemaphoreSlim _turn = new(1, 1);
    private FileStream? _file;

    public string Name => "ndjson";

    public DocumentForm Form => form;

    public SinkLimits Limits { get; } = new(1 << 20, TimeSpan.FromMilliseconds(200), 1);

    public bool Healthy => _file is not null;

    public Task PrepareAsync(CancellationToken cancellationToken)
    {
        _file ??= new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.Read, 256 * 1024);
        return Task.CompletedTask;
    }

    public async Task<WriteReport> WriteAsync(IReadOnlyList<DocumentBatch> group, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            var file = _file ?? throw new InvalidOperationException("The file is not open.");
            var written = 0;
            foreach (var batch in group)
            {
                for (var i = 0; i < batch.Entries.Count; i++)
                {
                    file.Write(batch.Document(i));
                    file.WriteByte((byte)'\n');
                    written++;
                }
            }

            file.Flush(flushToDisk: true);
            return new WriteReport(written, 0, 0, 0, 0);
        }
        finally
        {
            _turn.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_file is not null)
        {
            await _file.DisposeAsync().ConfigureAwait(false);
            _file = null;
        }

        _turn.Dispose();
    }
}
