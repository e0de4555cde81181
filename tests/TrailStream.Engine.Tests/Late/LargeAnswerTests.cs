using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using TrailStream.Core.Documents;
using TrailStream.Pipeline.Elasticsearch;
using TrailStream.Pipeline.Sinks;
using TrailStream.Pipeline.Store;
using TrailStream.Testing.Kafka;
using Xunit;

namespace TrailStream.Engine.Tests.Late;

/// <summary>Whoever makes large events must not make a node read them by the thousand into its memory.</summary>
public sealed class LargeAnswerTests(EngineFixture engines)
{
    private const int Documents = 1_200;
    private const int DocumentBytes = 20_000;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task AnswerLargerThanMemoryAllows_FewerDocumentsAPage_AllAreFound(bool openSearch)
    {
        var search = openSearch ? await engines.OpenSearchAsync() : await engines.ElasticsearchAsync();
        Assert.SkipWhen(search is null, EngineFixture.Absent);
        var cancellation = TestContext.Current.CancellationToken;
        await TrailCheck.ClearAsync(search!, cancellation);
        await using var letters = new MemoryDeadLetters();
        await using var sink = new BulkSink(new BulkOptions { Urls = [new Uri(search!)] }, letters, TimeProvider.System, NullLogger.Instance);
        await sink.PrepareAsync(cancellation);
        await sink.WriteAsync([Pending()], cancellation);
        Assert.Equal(Documents, await TrailCheck.CountAsync(search!, "trailstream.attribution.status:pending", cancellation));

        // 24 MB: the first answer is too long, and its page is asked for again in halves.
        var (refused, found, longest) = (0, new HashSet<string>(), 0L);
        while (await sink.FindUnexplainedAsync(null, Take, cancellation) != StoreOutcome.Done)
        {
            refused++;
            Assert.Empty(found);
        }

        Assert.Equal(2, refused);
        Assert.Equal(Documents, found.Count);
        Assert.InRange(longest, DocumentBytes, BulkConnection.AnswerBytesMax);

        Task Take(StoredPage page)
        {
            longest = Math.Max(longest, page.Hits.Sum(hit => (long)hit.Document.Length));
            found.UnionWith(page.Hits.Select(hit => hit.Id));
            return Task.CompletedTask;
        }
    }

    private static DocumentBatch Pending()
    {
        var now = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        var batch = new DocumentBatch { Form = DocumentForm.Ecs };
        var document = Encoding.UTF8.GetBytes($$$"""{"trailstream":{"attribution":{"status":"pending"}},"filler":"{{{new string('x', DocumentBytes)}}}"}""");
        for (var n = 0; n < Documents; n++)
        {
            var id = Encoding.UTF8.GetBytes($"large-{n}");
            batch.Entries.Add(new DocumentEntry(batch.Bytes.Length, document.Length, batch.Ids.Length, id.Length, now, 2, -1));
            batch.Bytes.Append(document);
            batch.Ids.Append(id);
        }

        return batch;
    }
}
