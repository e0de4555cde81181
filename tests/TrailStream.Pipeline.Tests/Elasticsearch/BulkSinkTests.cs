using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using TrailStream.Core.Documents;
using TrailStream.Pipeline.DeadLetters;
using TrailStream.Pipeline.Elasticsearch;
using TrailStream.Pipeline.Sinks;
using TrailStream.Testing.Elasticsearch;
using TrailStream.Testing.Kafka;
using TrailStream.Testing.Time;
using Xunit;

namespace TrailStream.Pipeline.Tests.Elasticsearch;

/// <summary>Every row of the outcome table of <c>_bulk</c>, whole requests and items.</summary>
public sealed class BulkSinkTests : IAsyncLifetime
{
    private static readonly DateTimeOffset Now = new(2026, 3, 4, 12, 0, 0, TimeSpan.Zero);

    private readonly InstantTimeProvider _clock = new(Now);
    private readonly MemoryDeadLetters _letters = new();
    private FakeElasticsearch _server = null!;

    public async ValueTask InitializeAsync() => _server = await FakeElasticsearch.StartAsync();

    public async ValueTask DisposeAsync()
    {
        Assert.Empty(_server.Violations);
        await _server.DisposeAsync();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Documents_ArriveUnderTheirDayAndId(bool gzip)
    {
        var report = await WriteAsync(Documents(3), options => options with { Gzip = gzip });

        Assert.Equal(new WriteReport(3, 0, 0, 0, 0), report);
        Assert.Equal("""{"n":2}""", _server.Documents["trailstream-cloudtrail-2026.03.04/event-2"].Document);
        Assert.Equal([3], _server.Requests);
    }

    [Fact]
    public async Task LowerRank_IsStale_AndCountsAsWritten()
    {
        await WriteAsync(Documents(2, rank: 40));
        var report = await WriteAsync(Documents(2, rank: 10, text: "worse"));

        Assert.Equal(new WriteReport(0, 0, 2, 0, 0), report);
        Assert.DoesNotContain(_server.Documents.Values, d => d.Document.Contains("worse", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(429)]
    [InlineData(500)]
    [InlineData(502)]
    [InlineData(503)]
    [InlineData(504)]
    [InlineData(408)]
    [InlineData(302)]
    public async Task TroubleOfTheWholeRequest_IsRetriedUntilItPasses(int status)
    {
        _server.Next([.. Enumerable.Repeat(new FakeAnswer(status), 20)]);
        var report = await WriteAsync(Documents(5));

        Assert.Equal(new WriteReport(5, 0, 0, 0, 20), report);
        Assert.Equal(5, _server.Documents.Count);
        Assert.Empty(_letters.Letters);
        Assert.Equal(20, _clock.Waits.Count(wait => wait >= TimeSpan.FromMilliseconds(10) && wait <= TimeSpan.FromSeconds(5)));
    }

    [Theory]
    [InlineData("7", 7)]
    [InlineData("86400", 60)]
    [InlineData("Wed, 04 Mar 2026 12:00:30 GMT", 30)]
    public async Task RetryAfter_IsHonoured_WithinReason(string header, int seconds)
    {
        _server.Next(new FakeAnswer(429, header));
        await WriteAsync(Documents(1));

        Assert.Equal([TimeSpan.FromSeconds(seconds)], _clock.Waits);
    }

    [Fact]
    public async Task LostAnswer_IsWrittenAgain_OnceInTheStore()
    {
        _server.Next(new FakeAnswer(0, IsApplied: true), new FakeAnswer(504, IsApplied: true));
        var report = await WriteAsync(Documents(4));

        Assert.Equal(new WriteReport(0, 4, 0, 0, 2), report);
        Assert.Equal(4, _server.Documents.Count);
    }

    [Fact]
    public async Task AnswerThatDoesNotFit_IsNoAnswer()
    {
        static FakeAnswer Changed(Func<string, string> change) => new(200, Answer: change);
        _server.Next(
            Changed(text => text[..(text.Length / 2)]),
            Changed(text => text.Replace("event-1", "event-7", StringComparison.Ordinal)),
            Changed(text => text.Replace("]}", ",{\"index\":{\"_id\":\"event-3\",\"status\":201}}]}", StringComparison.Ordinal)),
            Changed(text => "{\"items\":[]}"),
            Changed(text => "<html>login</html>"),
            Changed(text => text.Replace("201", "\"created\"", StringComparison.Ordinal).Replace("200", "null", StringComparison.Ordinal)));
        var report = await WriteAsync(Documents(3));

        Assert.Equal(6, report.Retries);
        Assert.Equal(3, report.Created + report.Updated);
        Assert.Equal(3, _server.Documents.Count);
    }

    [Fact]
    public async Task TooLarge_IsHalved_AndOneAloneBecomesADeadLetter()
    {
        // Of eight the sixth is what no request may carry.
        _server.Request = (count, bytes) => bytes > 1500 ? new FakeAnswer(413) : null;
        var batch = Batch(8, n => n == 5 ? new string('x', 2000) : "small");
        var report = await WriteAsync(batch);

        Assert.Equal((7, 1), (report.Created, report.DeadLettered));
        var letter = Assert.Single(_letters.Letters);
        Assert.Equal((DeadLetterReason.SinkTooLarge, "event-5"), (letter.Reason, letter.EventId));
    }

    [Fact]
    public async Task MalformedForTheServer_IsBisectedToTheCulprit()
    {
        // A real server refuses a whole request for one line: played by a limit on the size.
        _server.Request = (count, bytes) => bytes > 1500 ? new FakeAnswer(400) : null;
        var report = await WriteAsync(Batch(8, n => n == 2 ? new string('x', 2000) : "small"));

        Assert.Equal((7, 1), (report.Created, report.DeadLettered));
        Assert.Equal((DeadLetterReason.SinkRefused, "event-2"), (_letters.Letters.Single().Reason, _letters.Letters.Single().EventId));
    }

    [Theory]
    [InlineData(429, "es_rejected_execution_exception")]
    [InlineData(429, "circuit_breaking_exception")]
    [InlineData(429, "cluster_block_exception")]
    [InlineData(403, "cluster_block_exception")]
    [InlineData(503, "unavailable_shards_exception")]
    [InlineData(500, "internal_error")]
    [InlineData(404, "index_not_found_exception")]
    public async Task ItemThatMayPass_GoesAgainAlone(int status, string type)
    {
        _server.Item = (id, _, attempt) => id == "event-1" && attempt <= 8 ? new FakeItem(status, type, "r") : null;
        var report = await WriteAsync(Documents(4));

        Assert.Equal(new WriteReport(4, 0, 0, 0, 8), report);
        Assert.Equal([4, 1, 1, 1, 1, 1, 1, 1, 1], _server.Requests);
        Assert.Empty(_letters.Letters);
    }

    [Theory]
    [InlineData("document_parsing_exception")]
    [InlineData("mapper_parsing_exception")]
    [InlineData("strict_dynamic_mapping_exception")]
    [InlineData("illegal_argument_exception")]
    public async Task RefusedByTheMapping_GoesInItsSafeForm(string type)
    {
        _server.Item = (id, document, _) =>
            id == "event-0" && !document.Contains("fallback_reason", StringComparison.Ordinal) ? new FakeItem(400, type, "field [a] of type [long]") : null;
        var report = await WriteAsync(Documents(2));

        Assert.Equal((2, 0), (report.Created, report.DeadLettered));
        using var safe = JsonDocument.Parse(_server.Documents["trailstream-cloudtrail-2026.03.04/event-0"].Document);
        Assert.Equal("""{"n":0}""", safe.RootElement.GetProperty("trailstream").GetProperty("raw").GetString());
        Assert.Equal("event-0", safe.RootElement.GetProperty("event").GetProperty("id").GetString());
    }

    [Fact]
    public async Task RefusedEvenInItsSafeForm_IsADeadLetterWithTheOriginalBytes()
    {
        _server.Item = (id, _, _) => id == "event-0" ? new FakeItem(400, "document_parsing_exception", "no") : null;
        var report = await WriteAsync(Documents(2));

        Assert.Equal((1, 1), (report.Created, report.DeadLettered));
        var letter = _letters.Letters.Single();
        Assert.Equal((DeadLetterReason.SinkMapping, "topic/0@7#0", "event-0"), (letter.Reason, letter.Place.ToString(), letter.EventId));
        Assert.Equal(("elasticsearch", 400, 2), (letter.Sink, letter.StoreStatus, letter.Attempts));
        Assert.StartsWith("trailstream-cloudtrail-", letter.StoreIndex, StringComparison.Ordinal);
        Assert.Equal("original 0", Encoding.UTF8.GetString(letter.Payload.Span));
    }

    [Fact]
    public async Task UnknownRefusal_IsTriedThreeTimes()
    {
        _server.Item = (id, _, _) => id == "event-0" ? new FakeItem(418, "teapot", "no") : null;
        var report = await WriteAsync(Documents(2));

        Assert.Equal((1, 1), (report.Created, report.DeadLettered));
        Assert.Equal([2, 1, 1], _server.Requests);
        Assert.Equal(DeadLetterReason.SinkRefused, _letters.Letters.Single().Reason);
    }

    [Fact]
    public async Task ManyRefusals_AreNoDeadLetters_UntilTheCauseIsMended()
    {
        // A template changed by hand: everything is refused, in any form. Ten rounds later somebody has put it right.
        _server.Item = (_, _, attempt) => attempt <= 20 ? new FakeItem(400, "document_parsing_exception", "no") : null;
        var report = await WriteAsync(Documents(300));

        Assert.Equal((300, 0), (report.Created, report.DeadLettered));
        Assert.Empty(_letters.Letters);
        Assert.Contains(TimeSpan.FromSeconds(5), _clock.Waits);
        Assert.DoesNotContain(_server.Documents.Values, d => d.Document.Contains("fallback_reason", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(401, false)]
    [InlineData(403, false)]
    [InlineData(403, true)]
    public async Task Unauthorized_WaitsForSomebody_AndIsNeverADeadLetter(int status, bool perItem)
    {
        if (perItem)
        {
            _server.Item = (_, _, attempt) => attempt <= 50 ? new FakeItem(status, "security_exception", "no") : null;
        }
        else
        {
            _server.Next([.. Enumerable.Repeat(new FakeAnswer(status), 50)]);
        }

        var report = await WriteAsync(Documents(3));
        Assert.Equal((3, 0), (report.Created, report.DeadLettered));
        Assert.Equal(50, _clock.Waits.Count(wait => wait == TimeSpan.FromSeconds(10)));
    }

    [Fact]
    public async Task Credentials_AreReadAgainFromTheirFile()
    {
        var file = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(file, "old", TestContext.Current.CancellationToken);
            _server.Authorization = "ApiKey new";
            var sink = Sink(options => options with { ApiKeyFile = file });
            await using (sink)
            {
                var writing = sink.WriteAsync([Documents(1)], TestContext.Current.CancellationToken);
                await File.WriteAllTextAsync(file, "new\n", TestContext.Current.CancellationToken);
                Assert.Equal(1, (await writing).Created);
                Assert.True(sink.Healthy);
            }
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public async Task CredentialsBeingReplaced_AreTriedAgain()
    {
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, "old", TestContext.Current.CancellationToken);
        await using var sink = Sink(options => options with { ApiKeyFile = file });
        File.Delete(file);
        _server.Authorization = "ApiKey new";
        var writing = sink.WriteAsync([Documents(1)], TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(file, "new", TestContext.Current.CancellationToken);
        Assert.Equal(1, (await writing).Created);
        File.Delete(file);
    }

    [Fact]
    public async Task Stalled_FromARefusedLoginAtOnce_FromOtherTroubleAfterASecond()
    {
        var seen = new List<bool>();
        await using var sink = Sink();
        _server.Request = (_, _) =>
        {
            seen.Add(sink.Stalled);
            return seen.Count switch { <= 2 => new FakeAnswer(401), 3 => null, < 10 => new FakeAnswer(503), _ => null };
        };
        await sink.WriteAsync([Documents(1)], TestContext.Current.CancellationToken);
        Assert.Equal([false, true, true], seen);
        Assert.False(sink.Stalled);

        await sink.WriteAsync([Documents(1)], TestContext.Current.CancellationToken);
        // The clock jumps by each wait: the waits after the first few refusals add up to more than a second.
        Assert.Equal([false, false], seen[3..5]);
        Assert.True(seen[^1]);
        Assert.False(sink.Stalled);
    }

    [Fact]
    public async Task TooMuchForTheServer_SmallerRequestsUntilItTakesThem()
    {
        // Takes nothing above 300 KB, and says so by 429.
        _server.Request = (_, bytes) => bytes > 300_000 ? new FakeAnswer(429) : null;
        var report = await WriteAsync(Batch(1000, _ => new string('x', 2000)));

        Assert.Equal(1000, report.Created);
        Assert.InRange(_server.Requests.Count, 7, 40);
    }

    [Fact]
    public async Task Cancelled_NothingCountsAsWritten()
    {
        using var stop = new CancellationTokenSource();
        _server.Request = (_, _) =>
        {
            stop.Cancel();
            return new FakeAnswer(503);
        };
        await using var sink = Sink();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => sink.WriteAsync([Documents(1)], stop.Token));
        Assert.False(sink.Healthy);
    }

    private BulkSink Sink(Func<BulkOptions, BulkOptions>? change = null)
    {
        var options = new BulkOptions { Urls = [_server.Url], Form = DocumentForm.CloudTrail };
        return new BulkSink(change?.Invoke(options) ?? options, _letters, _clock, NullLogger.Instance);
    }

    private async Task<WriteReport> WriteAsync(DocumentBatch batch, Func<BulkOptions, BulkOptions>? change = null)
    {
        await using var sink = Sink(change);
        return await sink.WriteAsync([batch], TestContext.Current.CancellationToken);
    }

    private static DocumentBatch Documents(int count, byte rank = 40, string? text = null) =>
        Batch(count, n => text, rank);

    private static DocumentBatch Batch(int count, Func<int, string?> text, byte rank = 40)
    {
        var batch = new DocumentBatch { Form = DocumentForm.CloudTrail, Origin = new Origin() };
        for (var n = 0; n < count; n++)
        {
            var document = Encoding.UTF8.GetBytes(text(n) is { } t ? $$"""{"n":{{n}},"text":"{{t}}"}""" : $$"""{"n":{{n}}}""");
            var id = Encoding.UTF8.GetBytes($"event-{n}");
            batch.Entries.Add(new DocumentEntry(
                batch.Bytes.Length, document.Length, batch.Ids.Length, id.Length, Now.ToUnixTimeSeconds(), rank, n));
            batch.Bytes.Append(document);
            batch.Ids.Append(id);
        }

        return batch;
    }

    private sealed class Origin : IRecordOrigin
    {
        public ReadOnlyMemory<byte> Payload(int source) => Encoding.UTF8.GetBytes($"original {source}");

        public RecordPlace Place(int source) => new("topic", 0, source + 7);
    }
}
