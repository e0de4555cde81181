using System.Diagnostics.Metrics;
using TrailStream.Pipeline.Diagnostics;

namespace TrailStream.Pipeline.Elasticsearch;

/// <summary>The instruments of one <c>_bulk</c> sink: they move while a group is still being tried, when the stream's own stand still.</summary>
internal sealed class BulkMetrics : IDisposable
{
    private readonly Meter _meter = new(StreamMetrics.MeterName);
    private readonly Counter<long> _requests;
    private readonly Counter<long> _retried;

    public BulkMetrics(BulkPace pace, Func<bool> stalled, Func<bool> breakerOpen)
    {
        _requests = _meter.CreateCounter<long>("trailstream.bulk.requests", "{request}", "Bulk requests by what came back.");
        _retried = _meter.CreateCounter<long>("trailstream.bulk.retried", "{document}", "Documents that an answer left to be sent again.");
        _meter.CreateObservableGauge("trailstream.bulk.stalled", () => stalled() ? 1 : 0, "1", "1 while reading is paused because the server takes nothing.");
        _meter.CreateObservableGauge(
            "trailstream.bulk.breaker.open", () => breakerOpen() ? 1 : 0, "1", "1 while refused documents are tried again instead of given up.");
        _meter.CreateObservableGauge("trailstream.bulk.request.limit", () => pace.Bytes, "By", "Size of a request at the server's present pace.");
        _meter.CreateObservableGauge("trailstream.bulk.concurrency.limit", () => pace.Requests, "{request}", "Requests at once at that pace.");
    }

    public void Answered(string outcome) => _requests.Add(1, new KeyValuePair<string, object?>("outcome", outcome));

    public void Retried(int documents) => _retried.Add(documents);

    public void Dispose() => _meter.Dispose();
}
