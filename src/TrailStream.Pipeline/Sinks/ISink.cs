using TrailStream.Core.Documents;

namespace TrailStream.Pipeline.Sinks;

/// <summary>How much a sink wants to get at once.</summary>
/// <param name="GroupBytesMax">Bytes after which a group is sent.</param>
/// <param name="Linger">Longest wait for a group to fill.</param>
/// <param name="InFlightMax">Groups that may be under way at once.</param>
public sealed record SinkLimits(int GroupBytesMax, TimeSpan Linger, int InFlightMax);

/// <summary>What one write did; sums feed metrics.</summary>
/// <param name="Created">Documents that were new.</param>
/// <param name="Updated">Documents written again.</param>
/// <param name="Stale">Refused by the version rule: something at least as good is there.</param>
/// <param name="DeadLettered">Refused for good, and acknowledged as dead letters.</param>
/// <param name="Retries">Item or request repetitions on the way.</param>
public readonly record struct WriteReport(int Created, int Updated, int Stale, int DeadLettered, int Retries);

/// <summary>Stage 6. Documents go in, and the task ends when every one of them is durable, stale or an acknowledged dead letter.
/// Trouble that may pass (connection, 429, 5xx, authorisation) is retried inside for as long as it takes; only cancellation ends it early,
/// and then nothing counts as written. Thread-safe up to <see cref="SinkLimits.InFlightMax"/> calls.</summary>
public interface ISink : IAsyncDisposable
{
    /// <summary>For metrics and logs: <c>elasticsearch</c>, <c>kafka</c>, <c>sqlite</c>, <c>ndjson</c>.</summary>
    string Name { get; }

    DocumentForm Form { get; }

    SinkLimits Limits { get; }

    /// <summary>True while the last contact worked; feeds /readyz.</summary>
    bool Healthy { get; }

    /// <summary>True while the sink has taken nothing for so long, or for such a reason (access refused), that reading more makes no sense:
    /// partitions are paused. The sink goes on trying what it has.</summary>
    bool Stalled => false;

    /// <summary>Waits until the sink can be reached and is ready to take documents (tables, templates); says once what it waits
    /// for.</summary>
    Task PrepareAsync(CancellationToken cancellationToken);

    Task<WriteReport> WriteAsync(IReadOnlyList<DocumentBatch> group, CancellationToken cancellationToken);
}
