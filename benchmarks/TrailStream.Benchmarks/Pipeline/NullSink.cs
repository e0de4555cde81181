using TrailStream.Core.Documents;
using TrailStream.Pipeline.Sinks;

namespace TrailStream.Benchmarks.Pipeline;

/// <summary>Takes everything and keeps nothing: what the stream itself costs.</summary>
internal sealed class NullSink(DocumentForm form) : ISink
{
    public string Name => "null";

    public DocumentForm Form { get; } = form;

    public SinkLimits Limits { get; } = new(1 << 20, TimeSpan.Zero, 2);

    public bool Healthy => true;

    public Task PrepareAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task<WriteReport> WriteAsync(IReadOnlyList<DocumentBatch> group, CancellationToken cancellationToken) =>
        Task.FromResult(new WriteReport(group.Sum(batch => batch.Entries.Count), 0, 0, 0, 0));

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
