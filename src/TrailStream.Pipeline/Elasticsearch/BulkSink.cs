using System.Net;
using Microsoft.Extensions.Logging;
using TrailStream.Core.Documents;
using TrailStream.Pipeline.Setup;
using TrailStream.Pipeline.Sinks;

namespace TrailStream.Pipeline.Elasticsearch;

/// <summary>Documents into Elasticsearch or OpenSearch by <c>_bulk</c>: event-day indices, <c>_id</c> = event id, version = evidence rank with
/// <c>external_gte</c>, so that repeating is harmless and nothing better is ever replaced. Trouble that may pass is retried for as long as it takes;
/// trouble of authorisation too, and never becomes a dead letter.</summary>
public sealed partial class BulkSink : ISink
{
    private const string BulkPath =
        "/_bulk?filter_path=took,errors,items.*._id,items.*.status,items.*.result,items.*.error.type,items.*.error.reason";

    /// <summary>A refused login is not worth asking often; somebody must act.</summary>
    private static readonly TimeSpan UnauthorizedWait = TimeSpan.FromSeconds(10);

    private readonly BulkOptions _options;
    private readonly IDeadLetters _deadLetters;
    private readonly TimeProvider _clock;
    private readonly ILogger _logger;
    private readonly BulkConnection _connection;
    private readonly DeadLetterBreaker _breaker;
    private readonly SemaphoreSlim _probe = new(1);
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
        _breaker = new DeadLetterBreaker(clock);
        Limits = new SinkLimits(options.GroupBytes, TimeSpan.FromMilliseconds(200), options.InFlight);
    }

    public string Name => "elasticsearch";

    public DocumentForm Form => _options.Form;

    public SinkLimits Limits { get; }

    public bool Healthy => Volatile.Read(ref _state) == Well;

    public async Task PrepareAsync(CancellationToken cancellationToken)
    {
        var isOpenSearch = await DetectAsync(cancellationToken).ConfigureAwait(false);
        var backoff = new Backoff(1);
        while (_options.Setup)
        {
            try
            {
                await IndexTemplates.InstallAsync(_connection, isOpenSearch, _logger, cancellationToken).ConfigureAwait(false);
                return;
            }
            catch (Exception e) when (IsPassing(e, cancellationToken))
            {
                Trouble(e.Message);
                await Task.Delay(backoff.Next(), _clock, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    public async Task<WriteReport> WriteAsync(IReadOnlyList<DocumentBatch> group, CancellationToken cancellationToken)
    {
        var documents = new List<BulkDocument>();
        foreach (var batch in group)
        {
            for (var i = 0; i < batch.Entries.Count; i++)
            {
                documents.Add(new BulkDocument(batch, i, 0));
            }
        }

        var tally = new BulkTally();
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
        _probe.Dispose();
        return ValueTask.CompletedTask;
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
                    await RenewAsync((int)response.StatusCode, await response.Content.ReadAsStringAsync(cancellationToken).ConfigureAwait(false), cancellationToken)
                        .ConfigureAwait(false);
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

    /// <summary>Says what is missing, waits for somebody to grant it, and takes credentials that were renewed.</summary>
    private async Task RenewAsync(int status, string? refusal, CancellationToken cancellationToken)
    {
        Trouble($"HTTP {status}: " + (Privileges.Missing(refusal)
            ?? "user, password or API key are wrong, or lack privileges (auto_configure, index and read on trailstream-cloudtrail-*)"));
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

    [LoggerMessage(6100, LogLevel.Warning, "Elasticsearch at {urls} does not take documents: {what}. Waiting; nothing is lost.")]
    private static partial void WaitingFor(ILogger logger, string urls, string what);

    [LoggerMessage(6101, LogLevel.Information, "Elasticsearch at {urls} is back.")]
    private static partial void BackAgain(ILogger logger, string urls);
}
