using System.Net;
using TrailStream.Pipeline.DeadLetters;

namespace TrailStream.Pipeline.Elasticsearch;

/// <content>Requests and their repetition, until every document has its outcome.</content>
public sealed partial class BulkSink
{
    /// <summary>Longest wait that a server's <c>Retry-After</c> is granted: a broken proxy must not park the stream for a day.</summary>
    private static readonly TimeSpan RetryAfterMost = TimeSpan.FromMinutes(1);

    /// <summary>What came back: OK with one item for each document; else the status, or ServiceUnavailable for anything that gave no usable
    /// answer.</summary>
    private readonly record struct Answer(HttpStatusCode Status, TimeSpan RetryAfter);

    /// <summary>Until every document has its outcome; each round sends what is left.</summary>
    private async Task WriteAsync(List<BulkDocument> documents, BulkTally tally, CancellationToken cancellationToken)
    {
        var backoff = new Backoff((ulong)Interlocked.Increment(ref _seed) * 0x9E3779B97F4A7C15);
        var items = new List<BulkItem>(documents.Count);
        while (documents.Count > 0)
        {
            var answer = await SendAsync(documents, items, cancellationToken).ConfigureAwait(false);
            switch (answer.Status)
            {
                case HttpStatusCode.OK:
                    var sorting = Sort(documents, items, tally);
                    documents = sorting.Left;
                    if (documents.Count > 0)
                    {
                        tally.Retries++;
                        await AgainAsync(sorting, backoff.Next(), cancellationToken).ConfigureAwait(false);
                    }

                    break;
                case HttpStatusCode.RequestEntityTooLarge or HttpStatusCode.BadRequest when documents.Count > 1:
                    // Too large, or one line spoils the rest: halves until the culprit stands alone.
                    var half = documents.Count / 2;
                    await WriteAsync(documents[..half], tally, cancellationToken).ConfigureAwait(false);
                    documents = documents[half..];
                    break;
                case HttpStatusCode.RequestEntityTooLarge or HttpStatusCode.BadRequest:
                    var reason = answer.Status == HttpStatusCode.BadRequest ? DeadLetterReason.SinkRefused : DeadLetterReason.SinkTooLarge;
                    documents = GiveUp([new RefusedDocument(documents[0], reason, (int)answer.Status, 1, $"HTTP {(int)answer.Status}")], 0, tally);
                    await WaitAsync(documents.Count > 0 ? BreakerWait : TimeSpan.Zero, cancellationToken).ConfigureAwait(false);
                    break;
                case HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden:
                    await RenewAsync((int)answer.Status, cancellationToken).ConfigureAwait(false);
                    break;
                default:
                    tally.Retries++;
                    var pause = backoff.Next();
                    await WaitAsync(answer.RetryAfter > pause ? answer.RetryAfter : pause, cancellationToken).ConfigureAwait(false);
                    break;
            }
        }
    }

    /// <summary>The wait before what one answer left goes again.</summary>
    private Task AgainAsync(Sorting sorting, TimeSpan pause, CancellationToken cancellationToken) =>
        sorting.Unauthorized ? RenewAsync(403, cancellationToken) : WaitAsync(sorting.BreakerOpen ? BreakerWait : pause, cancellationToken);

    private Task WaitAsync(TimeSpan time, CancellationToken cancellationToken) =>
        time > TimeSpan.Zero ? Task.Delay(time, _clock, cancellationToken) : Task.CompletedTask;

    /// <summary>One request. While the cluster is ill one request at a time tries, so that its return is not met by all writers at
    /// once.</summary>
    private async Task<Answer> SendAsync(List<BulkDocument> documents, List<BulkItem> items, CancellationToken cancellationToken)
    {
        if (Volatile.Read(ref _state) != Ill)
        {
            return await RequestAsync(documents, items, cancellationToken).ConfigureAwait(false);
        }

        await _probe.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return await RequestAsync(documents, items, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _probe.Release();
        }
    }

    private async Task<Answer> RequestAsync(List<BulkDocument> documents, List<BulkItem> items, CancellationToken cancellationToken)
    {
        try
        {
            using var body = new BulkBody(documents, _clock.GetUtcNow().ToUnixTimeSeconds(), _options.Gzip);
            using var response = await _connection.SendAsync(HttpMethod.Post, BulkPath, body, cancellationToken).ConfigureAwait(false);
            if (response.StatusCode != HttpStatusCode.OK)
            {
                Trouble($"HTTP {(int)response.StatusCode}");
                return new Answer(response.StatusCode, RetryAfter(response));
            }

            var bytes = await response.Content.ReadAsByteArrayAsync(cancellationToken).ConfigureAwait(false);
            if (!BulkResponse.TryRead(bytes, documents, items))
            {
                Trouble("an answer that does not match the request");
                return new Answer(HttpStatusCode.ServiceUnavailable, TimeSpan.Zero);
            }

            return new Answer(HttpStatusCode.OK, TimeSpan.Zero);
        }
        catch (Exception e) when (IsPassing(e, cancellationToken))
        {
            Trouble(e.Message);
            return new Answer(HttpStatusCode.ServiceUnavailable, TimeSpan.Zero);
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
