using System.Text;
using TrailStream.Core.Documents;
using TrailStream.Pipeline.Sinks;

namespace TrailStream.Tests.Enrich;

/// <summary>A store that remembers.</summary>
internal sealed class MemorySink : ISink
{
    public string Name => "memory";

    public DocumentForm Form => DocumentForm.CloudTrail;

    public SinkLimits Limits => new(64 * 1024, TimeSpan.Zero, 1);

    public bool Healthy => true;

    public List<string> Ids { get; } = [];

    public List<string> Documents { get; } = [];

    public bool Prepared { get; private set; }

    public bool Disposed { get; private set; }

    public Task PrepareAsync(CancellationToken cancellationToken)
    {
        Prepared = true;
        return Task.CompletedTask;
    }

    public Task<WriteReport> WriteAsync(IReadOnlyList<DocumentBatch> group, CancellationToken cancellationToken)
    {
        foreach (var batch in group)
        {
            for (var i = 0; i < batch.Entries.Count; i++)
            {
                Ids.Add(Encoding.UTF8.GetString(batch.Id(i)));
                Documents.Add(Encoding.UTF8.GetString(batch.Document(i)));
            }
        }

        return Task.FromResult(new WriteReport(group.Sum(batch => batch.Entries.Count), 0, 0, 0, 0));
    }

    public ValueTask DisposeAsync()
    {
        Disposed = true;
        return ValueTask.CompletedTask;
    }
}
