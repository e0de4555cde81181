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
    internal const string SinkName = "elasticsearch";

    private const string BulkPath =
        "/_bulk?filter_path=took,errors,items.*._id,items.*.status,items.*.result,items.*.error.type,items.*.error.reason";

    /// <summary>A refused login is not worth asking often; somebody must act.</summary>
    private static readonly TimeSpan UnauthorizedWait = TimeSpan.FromSeconds(10);

    /// <summary>Trouble that is over by then is not worth a pause, which throws prefetched records away.</summary>
    private static readonly TimeSpan StalledAfter = TimeSpan.FromSeconds(1);

    private readonly BulkOptions _options;
    private readonly IDeadLetters _deadLetters;
    private readonly TimeProvider _clock;
    private readonly ILogger _logger;
    private readonly BulkConnection _connection;
    private readonly DeadLetterBreaker _breaker;
    private readonly BulkPace _pace;
    private readonly RequestSlots _slots;
    private readonly BulkMetrics _metrics;
    private readonly Lock _stateLock = new();
    private int _state = Unknown;
    private TroubleKind _trouble;
    private string? _refusal;
    private long _illSince;
    private long _seed;

    private const int Unknown = 0;
    private const int Well = 1;
    private const int Ill = 2;

    private const string NoAccess = "user, password or API key are wrong, or lack privileges (auto_configure, index and read on trailstream-cloudtrail-*)";

    /// <summary>Kinds of trouble; each is logged once when it begins.</summary>
    private enum TroubleKind
    {
        Away,
        Overloaded,
        Unusable,
        Unauthorized,
        Mending,
    }

    public BulkSink(BulkOptions options, IDeadLetters deadLetters, TimeProvider clock, ILogger logger)
    {
        _options = options;
        _deadLetters = deadLetters;
        _clock = clock;
        _logger = logger;
        _connection = new BulkConnection(options);
        _breaker = new DeadLetterBreaker(clock);
        _pace = new BulkPace(options.GroupBytes, options.InFlight);
        _slots = new RequestSlots(() => Volatile.Read(ref _state) == Ill ? 1 : _pace.Requests);
        _metrics = new BulkMetrics(_pace, () => Stalled, () => _breaker.IsOpen);
        // Twice the requests: a group that waits before it sends a few refused items again takes no turn from the others.
        Limits = new SinkLimits(options.GroupBytes, TimeSpan.FromMilliseconds(200), options.InFlight * 2);
    }

    public string Name => SinkName;

    public DocumentForm Form => _options.Form;

    public SinkLimits Limits { get; }

    public bool Healthy => Volatile.Read(ref _state) == Well;

    public bool Stalled
    {
        get
        {
            lock (_stateLock)
            {
                return _state == Ill && (_trouble == TroubleKind.Unauthorized || _clock.GetElapsedTime(_illSince) >= StalledAfter);
            }
        }
    }

    public async Task PrepareAsync(CancellationToken cancellationToken)
    {
        var backoff = new Backoff(2);
        while (true)
        {
            var isOpenSearch = await DetectAsync(cancellationToken).ConfigureAwait(false);
            if (!_options.Setup)
            {
                return;
            }

            try
            {
                await IndexTemplates.InstallAsync(_connection, isOpenSearch, _logger, cancellationToken).ConfigureAwait(false);
                Recovered();
                return;
            }
            catch (Exception e) when (IsPassing(e, cancellationToken))
            {
                // Gone again between two requests.
                Trouble(TroubleKind.Away, e.Message);
                await Task.Delay(backoff.Next(), _clock, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    public ValueTask DisposeAsync()
    {
        _connection.Dispose();
        _metrics.Dispose();
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
                    await RefusedAccessAsync(response, cancellationToken).ConfigureAwait(false);
                    await RenewAsync(cancellationToken).ConfigureAwait(false);
                    continue;
                }

                Trouble(TroubleKind.Away, $"HTTP {(int)response.StatusCode}");
            }
            catch (Exception e) when (IsPassing(e, cancellationToken))
            {
                Trouble(TroubleKind.Away, e.Message);
            }

            await Task.Delay(backoff.Next(), _clock, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>401 or 403 for the whole request: says what is missing, if the server tells.</summary>
    private async Task RefusedAccessAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var refusal = await response.Content.ReadAsStringAsync(cancellationToken).ConfigureAwait(false);
        Trouble(TroubleKind.Unauthorized, $"HTTP {(int)response.StatusCode}: {Privileges.Missing(refusal) ?? NoAccess}");
    }

    /// <summary>Somebody must act; meanwhile the credentials may have been renewed.</summary>
    private async Task RenewAsync(CancellationToken cancellationToken)
    {
        await Task.Delay(UnauthorizedWait, _clock, cancellationToken).ConfigureAwait(false);
        try
        {
            _connection.ReadCredentials();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // In the middle of being replaced; the old ones are tried once more.
            CredentialsUnreadable(_logger, e.Message);
        }
    }

    private static bool IsPassing(Exception e, CancellationToken cancellationToken) =>
        e is HttpRequestException or IOException || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested);

    private void Trouble(TroubleKind kind, string what)
    {
        lock (_stateLock)
        {
            // Of rights one after the other may be missing: each is told.
            if (_state == Ill && _trouble == kind && (kind != TroubleKind.Unauthorized || what == _refusal))
            {
                return;
            }

            if (_state != Ill)
            {
                _illSince = _clock.GetTimestamp();
            }

            (_state, _trouble, _refusal) = (Ill, kind, what);
        }

        WaitingFor(_logger, string.Join(", ", _options.Urls), what);
    }

    private void Recovered()
    {
        lock (_stateLock)
        {
            var wasIll = _state == Ill;
            _state = Well;
            if (!wasIll)
            {
                return;
            }
        }

        BackAgain(_logger, string.Join(", ", _options.Urls));
    }

    [LoggerMessage(6100, LogLevel.Warning, "Elasticsearch at {urls} does not take documents: {what}. Waiting; nothing is lost.")]
    private static partial void WaitingFor(ILogger logger, string urls, string what);

    [LoggerMessage(6101, LogLevel.Information, "Elasticsearch at {urls} is back.")]
    private static partial void BackAgain(ILogger logger, string urls);

    [LoggerMessage(6102, LogLevel.Warning, "The file with Elasticsearch's credentials cannot be read: {reason}")]
    private static partial void CredentialsUnreadable(ILogger logger, string reason);
}
