using System.Net;
using System.Text;
using Microsoft.Extensions.Logging;
using TrailStream.Core.Documents;
using TrailStream.Pipeline.Sinks;

namespace TrailStream.Pipeline.Elasticsearch;

/// <summary>Documents into Elasticsearch or OpenSearch by <c>_bulk</c>: event-day indices, <c>_id</c> = event id, version = evidence rank with
/// <c>external_gte</c>, so that repeating is harmless and nothing better is ever replaced. Trouble that may pass is retried for as long as it takes;
/// trouble of authorisation too, and never becomes a dead letter.</summary>
public sealed partial class BulkSink : ISink
{
    private const string BulkPath =
        "/_bulk?filter_path=took,errors,items.*.status,items.*.result,items.*.error.type,items.*.error.reason";

    /// <summary>A refused login is not worth asking often; somebody must act.</summary>
    private static readonly TimeSpan UnauthorizedWait = TimeSpan.FromSeconds(10);

    private readonly BulkOptions _options;
    private readonly IDeadLetters _deadLetters;
    private readonly TimeProvider _clock;
    private readonly ILogger _logger;
    private readonly BulkConnection _connection;
    private int _state = Unknown;
    private long _seed;

    private const int Unknown = 0;
    private const int Well = 1;
    private const int Ill = 2;

    public BulkSink(BulkOptions options, IDeadLetters deadLetters, TimeProvider clock, ILogger logger)
    {
        _options = options;
        _deadLetters = deadLetters;
        _clock = clock;
        _logger = logger;
        _connection = new BulkConnection(options);
        Limits = new SinkLimits(options.GroupBytes, TimeSpan.FromMilliseconds(200), options.InFlight);
    }

    public string Name => "elasticsearch";

    public DocumentForm Form => _options.Form;

    public SinkLimits Limits { get; }

    public bool Healthy => Volatile.Read(ref _state) == Well;

    public async Task PrepareAsync(CancellationToken cancellationToken)
    {
        var isOpenSearch = await DetectAsync(cancellationToken).ConfigureAwait(false);
        if (_options.Setup)
        {
            await IndexTemplates.InstallAsync(_connection, isOpenSearch, _logger, cancellationToken).ConfigureAwait(false);
        }
    }

    public async Task<WriteReport> WriteAsync(IReadOnlyList<DocumentBatch> group, CancellationToken cancellationToken)
    {
        var documents = new List<BulkDocument>();
        foreach (var batch in group)
        {
            for (var i = 0; i < batch.Entries.Count; i++)
            {
                documents.Add(new BulkDocument(batch, i));
            }
        }

        var tally = new Tally();
        await WriteAsync(documents, tally, cancellationToken).ConfigureAwait(false);
        if (tally.Letters.Count > 0)
        {
            await _deadLetters.WriteAsync(tally.Letters, cancellationToken).ConfigureAwait(false);
        }

        return new WriteReport(tally.Created, tally.Updated, tally.Stale, tally.Letters.Count, tally.Retries);
    }

    public ValueTask DisposeAsync()
    {
        _connection.Dispose();
        return ValueTask.CompletedTask;
    }

    /// <summary>Until every document has its outcome; each round sends what is left.</summary>
    private async Task WriteAsync(List<BulkDocument> documents, Tally tally, CancellationToken cancellationToken)
    {
        var backoff = new Backoff((ulong)Interlocked.Increment(ref _seed) * 0x9E3779B97F4A7C15);
        var items = new List<BulkItem>(documents.Count);
        while (documents.Count > 0)
        {
            var status = await SendAsync(documents, items, cancellationToken).ConfigureAwait(false);
            switch (status)
            {
                case HttpStatusCode.OK:
                    var unauthorized = Sort(ref documents, items, tally);
                    if (unauthorized)
                    {
                        await RenewAsync(403, cancellationToken).ConfigureAwait(false);
                    }
                    else if (documents.Count > 0)
                    {
                        tally.Retries++;
                        await Task.Delay(backoff.Next(), _clock, cancellationToken).ConfigureAwait(false);
                    }

                    break;
                case HttpStatusCode.RequestEntityTooLarge or HttpStatusCode.BadRequest when documents.Count > 1:
                    // Too large, or one line spoils the rest: halves until the culprit stands alone.
                    var half = documents.Count / 2;
                    await WriteAsync(documents[..half], tally, cancellationToken).ConfigureAwait(false);
                    documents = documents[half..];
                    break;
                case HttpStatusCode.RequestEntityTooLarge or HttpStatusCode.BadRequest:
                    tally.Letters.Add(Letter(documents[0], status == HttpStatusCode.BadRequest ? "sink_refused" : "sink_too_large", $"HTTP {(int)status}"));
                    return;
                case HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden:
                    await RenewAsync((int)status, cancellationToken).ConfigureAwait(false);
                    break;
                default:
                    tally.Retries++;
                    await Task.Delay(backoff.Next(), _clock, cancellationToken).ConfigureAwait(false);
                    break;
            }
        }
    }

    /// <returns>OK with one item for each document; else the status, or ServiceUnavailable for anything that gave no usable answer.</returns>
    private async Task<HttpStatusCode> SendAsync(List<BulkDocument> documents, List<BulkItem> items, CancellationToken cancellationToken)
    {
        try
        {
            using var body = new BulkBody(documents, _clock.GetUtcNow().ToUnixTimeSeconds(), _options.Gzip);
            using var response = await _connection.SendAsync(HttpMethod.Post, BulkPath, body, cancellationToken).ConfigureAwait(false);
            if (response.StatusCode != HttpStatusCode.OK)
            {
                Trouble($"HTTP {(int)response.StatusCode}");
                return response.StatusCode;
            }

            var answer = await response.Content.ReadAsByteArrayAsync(cancellationToken).ConfigureAwait(false);
            if (!BulkResponse.TryRead(answer, documents.Count, items))
            {
                Trouble("an answer that does not match the request");
                return HttpStatusCode.ServiceUnavailable;
            }

            Recovered();
            return HttpStatusCode.OK;
        }
        catch (Exception e) when (IsPassing(e, cancellationToken))
        {
            Trouble(e.Message);
            return HttpStatusCode.ServiceUnavailable;
        }
    }

    /// <summary>Takes out what is done; a document that the mapping refuses goes once more in its safe form.</summary>
    private bool Sort(ref List<BulkDocument> documents, List<BulkItem> items, Tally tally)
    {
        var left = new List<BulkDocument>();
        var unauthorized = false;
        for (var i = 0; i < items.Count; i++)
        {
            var item = items[i];
            switch (item.Outcome)
            {
                case ItemOutcome.Created:
                    tally.Created++;
                    break;
                case ItemOutcome.Updated:
                    tally.Updated++;
                    break;
                case ItemOutcome.Stale:
                    tally.Stale++;
                    break;
                case ItemOutcome.Mapping when SafeDocument.TryMake(documents[i], item.Reason, out var safe):
                    left.Add(safe);
                    break;
                case ItemOutcome.Mapping:
                    tally.Letters.Add(Letter(documents[i], "sink_mapping", $"{item.Type}: {item.Reason}"));
                    break;
                case ItemOutcome.Refused:
                    tally.Letters.Add(Letter(documents[i], "sink_refused", $"{item.Status} {item.Type}: {item.Reason}"));
                    break;
                default:
                    unauthorized |= item.Outcome == ItemOutcome.Unauthorized;
                    left.Add(documents[i]);
                    break;
            }
        }

        documents = left;
        return unauthorized;
    }

    private async Task<bool> DetectAsync(CancellationToken cancellationToken)
    {
        var backoff = new Backoff(1);
        while (true)
        {
            try
            {
                using var response = await _connection.SendAsync(HttpMethod.Get, "/", null, cancellationToken).ConfigureAwait(false);
                if (response.IsSuccessStatusCode)
                {
                    var text = await response.Content.ReadAsStringAsync(cancellationToken).ConfigureAwait(false);
                    Recovered();
                    return text.Contains("\"opensearch\"", StringComparison.Ordinal);
                }

                if (response.StatusCode is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden)
                {
                    await RenewAsync((int)response.StatusCode, cancellationToken).ConfigureAwait(false);
                    continue;
                }

                Trouble($"HTTP {(int)response.StatusCode}");
            }
            catch (Exception e) when (IsPassing(e, cancellationToken))
            {
                Trouble(e.Message);
            }

            await Task.Delay(backoff.Next(), _clock, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task RenewAsync(int status, CancellationToken cancellationToken)
    {
        Trouble($"HTTP {status}: check the user's or API key's privileges (create_index, index on trailstream-cloudtrail-*)");
        await Task.Delay(UnauthorizedWait, _clock, cancellationToken).ConfigureAwait(false);
        _connection.ReadCredentials();
    }

    private static bool IsPassing(Exception e, CancellationToken cancellationToken) =>
        e is HttpRequestException or IOException || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested);

    private void Trouble(string what)
    {
        if (Interlocked.Exchange(ref _state, Ill) != Ill)
        {
            WaitingFor(_logger, string.Join(", ", _options.Urls), what);
        }
    }

    private void Recovered()
    {
        if (Interlocked.Exchange(ref _state, Well) == Ill)
        {
            BackAgain(_logger, string.Join(", ", _options.Urls));
        }
    }

    private static DeadLetter Letter(BulkDocument document, string reason, string detail)
    {
        var (batch, number) = document;
        var entry = batch.Entries[number];
        var place = entry.Source >= 0 && batch.Origin is not null ? batch.Origin.Describe(entry.Source) : "";
        var payload = batch.Document(number).ToArray();
        return new DeadLetter(payload, reason, "write", detail.Length > 1024 ? detail[..1024] : detail, place, Encoding.UTF8.GetString(batch.Id(number)));
    }

    [LoggerMessage(6100, LogLevel.Warning, "Elasticsearch at {urls} does not take documents: {what}. Waiting; nothing is lost.")]
    private static partial void WaitingFor(ILogger logger, string urls, string what);

    [LoggerMessage(6101, LogLevel.Information, "Elasticsearch at {urls} is back.")]
    private static partial void BackAgain(ILogger logger, string urls);

    private sealed class Tally
    {
        public int Created;
        public int Updated;
        public int Stale;
        public int Retries;

        public List<DeadLetter> Letters { get; } = [];
    }
}
