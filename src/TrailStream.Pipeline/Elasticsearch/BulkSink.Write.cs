using System.Net;
using TrailStream.Pipeline.DeadLetters;
using TrailStream.Pipeline.Setup;
using TrailStream.Pipeline.Sinks;

namespace TrailStream.Pipeline.Elasticsearch;

/// <content>Requests, and the waits between them, until every document has its outcome.</content>
public sealed partial class BulkSink
{
    /// <summary>Longest wait that a server's <c>Retry-After</c> is granted: a broken proxy must not park the stream for a day.</summary>
    private static readonly TimeSpan RetryAfterMost = TimeSpan.FromMinutes(1);

    /// <summary>The wait while only a person can mend the index or its template; each try is one request.</summary>
    private static readonly TimeSpan MendingWait = TimeSpan.FromSeconds(5);

    public async Task<WriteReport> WriteAsync(IReadOnlyList<DocumentBatch> group, CancellationToken cancellationToken)
    {
        var work = new BulkWork(group, _breaker, _pace, _clock.GetUtcNow());
        var backoff = new Backoff((ulong)Interlocked.Increment(ref _seed) * 0x9E3779B97F4A7C15);
        var items = new List<BulkItem>();
        while (!work.IsDone)
        {
            var (pause, retryAfter) = await RoundAsync(work, items, cancellationToken).ConfigureAwait(false);
            switch (pause)
            {
                case BulkPause.Backoff:
                    var wait = backoff.Next();
                    await Task.Delay(retryAfter > wait ? retryAfter : wait, _clock, cancellationToken).ConfigureAwait(false);
                    break;
                case BulkPause.Mending:
                    await Task.Delay(MendingWait, _clock, cancellationToken).ConfigureAwait(false);
                    break;
                case BulkPause.Unauthorized:
                    await RenewAsync(cancellationToken).ConfigureAwait(false);
                    break;
                default:
                    break;
            }
        }

        var tally = work.Tally;
        if (tally.Letters.Count > 0)
        {
            await _deadLetters.WriteAsync(tally.Letters, cancellationToken).ConfigureAwait(false);
        }

        return new WriteReport(tally.Created, tally.Updated, tally.Stale, tally.Letters.Count, tally.Retries);
    }

    /// <summary>One request. While the cluster is ill one at a time tries, so that its return is not met by all writers at once.</summary>
    private async Task<(BulkPause Pause, TimeSpan RetryAfter)> RoundAsync(BulkWork work, List<BulkItem> items, CancellationToken cancellationToken)
    {
        await _slots.EnterAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            var documents = work.Next();
            using var body = new BulkBody(documents, _clock.GetUtcNow().ToUnixTimeSeconds(), _options.Gzip);
            using var response = await _connection.SendAsync(HttpMethod.Post, BulkPath, body, cancellationToken).ConfigureAwait(false);
            if (response.StatusCode != HttpStatusCode.OK)
            {
                if (response.StatusCode is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden)
                {
                    _metrics.Answered("unauthorized");
                    await RefusedAccessAsync(response, cancellationToken).ConfigureAwait(false);
                    return (work.Unauthorized(), TimeSpan.Zero);
                }

                return (Refused(work, response.StatusCode), RetryAfter(response));
            }

            var bytes = await response.Content.ReadAsByteArrayAsync(cancellationToken).ConfigureAwait(false);
            if (!BulkResponse.TryRead(bytes, documents, items))
            {
                _metrics.Answered("unusable");
                Trouble(TroubleKind.Unusable, "an answer that does not match the request");
                return (work.Unanswered(overloaded: false), TimeSpan.Zero);
            }

            return (Answered(work, items), TimeSpan.Zero);
        }
        catch (Exception e) when (IsPassing(e, cancellationToken))
        {
            var timedOut = e is OperationCanceledException;
            _metrics.Answered(timedOut ? "timed_out" : "unreachable");
            Trouble(TroubleKind.Away, timedOut ? $"no answer within {_options.RequestTimeout}" : e.Message);
            return (work.Unanswered(timedOut), TimeSpan.Zero);
        }
        finally
        {
            _slots.Leave();
        }
    }

    private BulkPause Answered(BulkWork work, List<BulkItem> items)
    {
        _metrics.Answered("answered");
        var pause = work.Answered(items);
        var retried = items.Count(item => item.Outcome >= ItemOutcome.Retry);
        if (retried > 0)
        {
            _metrics.Retried(retried);
        }

        if (pause == BulkPause.Unauthorized)
        {
            var refused = items.Find(item => item.Outcome == ItemOutcome.Unauthorized);
            Trouble(TroubleKind.Unauthorized, $"item status {refused.Status}: {Privileges.Missing(refused.Reason) ?? NoAccess}");
        }
        else if (work.Mending is { } what)
        {
            Trouble(TroubleKind.Mending, what);
        }
        else
        {
            Recovered();
        }

        return pause;
    }

    /// <summary>A status other than 200, 401 and 403 for the whole request.</summary>
    private BulkPause Refused(BulkWork work, HttpStatusCode status)
    {
        var text = $"HTTP {(int)status}";
        switch (status)
        {
            case HttpStatusCode.RequestEntityTooLarge:
                _metrics.Answered("too_large");
                return work.RefusedWhole(DeadLetterReason.SinkTooLarge, (int)status, text);
            case HttpStatusCode.BadRequest:
                _metrics.Answered("malformed");
                var pause = work.RefusedWhole(DeadLetterReason.SinkRefused, (int)status, text);
                if (work.Mending is { } what)
                {
                    Trouble(TroubleKind.Mending, what);
                }

                return pause;
            default:
                var overloaded = status is HttpStatusCode.TooManyRequests or HttpStatusCode.ServiceUnavailable;
                _metrics.Answered(overloaded ? "overloaded" : "failed");
                Trouble(overloaded ? TroubleKind.Overloaded : TroubleKind.Away, text);
                return work.Unanswered(overloaded);
        }
    }

    /// <summary><c>Retry-After: 7</c> or a date; zero without one.</summary>
    private TimeSpan RetryAfter(HttpResponseMessage response)
    {
        var header = response.Headers.RetryAfter;
        var time = header?.Delta ?? (header?.Date is { } date ? date - _clock.GetUtcNow() : TimeSpan.Zero);
        return time < TimeSpan.Zero ? TimeSpan.Zero : time > RetryAfterMost ? RetryAfterMost : time;
    }
}
