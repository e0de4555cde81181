using System.Globalization;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using TrailStream.Core.Documents;
using TrailStream.Pipeline.Elasticsearch;
using TrailStream.Pipeline.Sinks;
using TrailStream.Testing.Kafka;
using Xunit;

namespace TrailStream.Engine.Tests.Documents;

/// <summary>A document that the server refuses all the same: it is found by its id, with all its text, and everything in its stead is mapped.</summary>
public sealed class FallbackTests(EngineFixture engines)
{
    [Theory]
    [InlineData("elasticsearch")]
    [InlineData("opensearch")]
    public async Task RefusedDocument_StaysSearchableById(string engine)
    {
        var url = engine == "opensearch" ? await engines.OpenSearchAsync() : await engines.ElasticsearchAsync();
        Assert.SkipWhen(url is null, EngineFixture.Absent);
        var cancellation = TestContext.Current.CancellationToken;
        var now = TimeProvider.System.GetUtcNow();
        var day = now.ToString("yyyy.MM.dd", CultureInfo.InvariantCulture);
        await TrailCheck.ClearAsync(url!, cancellation);

        // The day's index as somebody has spoilt it: it takes no field that is not mapped.
        await using var index = await ScratchIndex.CreateAsync(url!, engine == "opensearch", strict: true, cancellation, day);
        await using var deadLetters = new MemoryDeadLetters();
        var options = new BulkOptions { Urls = [new Uri(url!)], Setup = false };
        await using var sink = new BulkSink(options, deadLetters, TimeProvider.System, NullLogger.Instance);
        await sink.PrepareAsync(cancellation);
        var report = await sink.WriteAsync([Batch("""{"nonsense":"a \"b\" €"}""", now.ToUnixTimeSeconds())], cancellation);

        await index.RefreshAsync(cancellation);
        Assert.Equal(1, report.Created);
        Assert.Empty(deadLetters.Letters);
        Assert.Equal(1, await index.CountAsync("""{"term":{"event.id":"refused-1"}}""", cancellation));
        Assert.Equal(1, await index.CountAsync("""{"term":{"tags":"trailstream-fallback"}}""", cancellation));
        Assert.Equal(1, await index.CountAsync("""{"range":{"@timestamp":{"gte":"now-1h","lte":"now+1h"}}}""", cancellation));
        Assert.Equal(0, await index.CountAsync("""{"exists":{"field":"_ignored"}}""", cancellation));
        var kept = (await index.GetAsync(["refused-1"], cancellation))[0];
        Assert.Equal("""{"nonsense":"a \"b\" €"}""", kept.GetProperty("trailstream").GetProperty("raw").GetString());
    }

    private static DocumentBatch Batch(string document, long eventTime)
    {
        var batch = new DocumentBatch { Form = DocumentForm.Ecs };
        batch.Bytes.Append(Encoding.UTF8.GetBytes(document));
        batch.Ids.Append("refused-1"u8);
        batch.Entries.Add(new DocumentEntry(0, batch.Bytes.Length, 0, batch.Ids.Length, eventTime, 10, -1));
        return batch;
    }
}
