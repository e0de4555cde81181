using TrailStream.Core.Documents;
using TrailStream.Testing.Documents;
using TrailStream.Testing.Kafka;
using Xunit;

namespace TrailStream.Engine.Tests.Documents;

/// <summary>Measures bytes on disk a document for each choice of copies, for docs/elasticsearch.md. Runs only where TRAILSTREAM_MEASURE is set.</summary>
[Trait("Suite", "Slow")]
public sealed class SizeTests(EngineFixture engines, ITestOutputHelper output)
{
    /// <summary>As many as there are real ones.</summary>
    private const int Events = 10_000;

    [Theory]
    [InlineData("elasticsearch")]
    [InlineData("opensearch")]
    public async Task BytesADocument(string engine)
    {
        Assert.SkipWhen(Environment.GetEnvironmentVariable("TRAILSTREAM_MEASURE") is null, "a measurement: set TRAILSTREAM_MEASURE to run it");
        var url = engine == "opensearch" ? await engines.OpenSearchAsync() : await engines.ElasticsearchAsync();
        Assert.SkipWhen(url is null, EngineFixture.Absent);
        var cancellation = TestContext.Current.CancellationToken;
        var records = (RealRecords.All ?? []).Concat(DocumentMill.Generate(21, Events)).ToList();
        var sizes = new List<double>();
        DocumentOptions[] choices = [.. Enum.GetValues<RetainedCopies>().Select(retain => new DocumentOptions(retain)), new DocumentOptions(EventOriginal: true)];
        foreach (var options in choices)
        {
            await using var index = await ScratchIndex.CreateAsync(url!, engine == "opensearch", strict: false, cancellation);
            using var mill = new DocumentMill(options);
            long count = 0, bytes = 0;
            foreach (var group in mill.Documents(records).Chunk(5_000))
            {
                await index.AddAsync(group, cancellation);
                count += group.Length;
                bytes += group.Sum(document => (long)document.Document.Length);
            }

            sizes.Add(await index.SizeAsync(cancellation) / (double)count);
            output.WriteLine(
                $"{engine} {options.Retain}{(options.EventOriginal ? " + event.original" : "")}: {count} documents, {bytes / (double)count:F0} B sent, {sizes[^1]:F0} B on disk");
        }

        // Fewer copies take less room, or the choice is pointless. Few records have a member that the minimal choice keeps.
        Assert.True(sizes[(int)RetainedCopies.Minimal] < sizes[(int)RetainedCopies.Flattened] && sizes[(int)RetainedCopies.Minimal] < sizes[(int)RetainedCopies.Keyword]);
        Assert.True(Math.Max(sizes[(int)RetainedCopies.Flattened], sizes[(int)RetainedCopies.Keyword]) < sizes[(int)RetainedCopies.All]);
    }
}
