using System.Text;
using TrailStream.Core.Documents;
using TrailStream.Pipeline.Elasticsearch;
using TrailStream.Pipeline.Sinks;
using Xunit;

namespace TrailStream.Pipeline.Tests.Elasticsearch;

public sealed class BulkResponseTests
{
    private static readonly IReadOnlyList<BulkDocument> Sent = MakeSent();

    [Theory]
    [InlineData("""{"status":201,"result":"created"}""", nameof(ItemOutcome.Created))]
    [InlineData("""{"status":200,"result":"updated"}""", nameof(ItemOutcome.Updated))]
    [InlineData("""{"status":409,"error":{"type":"version_conflict_engine_exception","reason":"r"}}""", nameof(ItemOutcome.Stale))]
    [InlineData("""{"status":409,"error":{"type":"resource_already_exists_exception","reason":"r"}}""", nameof(ItemOutcome.Retry))]
    [InlineData("""{"status":400,"error":{"type":"index_closed_exception","reason":"r"}}""", nameof(ItemOutcome.NoIndex))]
    [InlineData("""{"status":400,"error":{"type":"validation_exception","reason":"this action would add [2] shards"}}""", nameof(ItemOutcome.NoIndex))]
    [InlineData("""{"status":429,"error":{"type":"es_rejected_execution_exception","reason":"r"}}""", nameof(ItemOutcome.Retry))]
    [InlineData("""{"status":503,"error":{"type":"unavailable_shards_exception","reason":"r"}}""", nameof(ItemOutcome.Retry))]
    [InlineData("""{"status":403,"error":{"type":"cluster_block_exception","reason":"r"}}""", nameof(ItemOutcome.Retry))]
    [InlineData("""{"status":404,"error":{"type":"index_not_found_exception","reason":"r"}}""", nameof(ItemOutcome.NoIndex))]
    [InlineData("""{"status":403,"error":{"type":"security_exception","reason":"r"}}""", nameof(ItemOutcome.Unauthorized))]
    [InlineData("""{"status":400,"error":{"type":"document_parsing_exception","reason":"r","caused_by":{"type":"x"}}}""", nameof(ItemOutcome.Mapping))]
    [InlineData("""{"status":405,"error":{"type":"x","reason":"r"}}""", nameof(ItemOutcome.Refused))]
    public void Item_HasItsOutcome(string item, string expected)
    {
        var items = new List<BulkItem>();
        var body = "{\"took\":3,\"errors\":true,\"items\":[{\"index\":{\"_id\":\"a\"," + item[1..] + "},{\"index\":{\"_id\":\"b\",\"status\":201}}]}";
        Assert.True(BulkResponse.TryRead(Encoding.UTF8.GetBytes(body), Sent, items));
        Assert.Equal(expected, items[0].Outcome.ToString());
        Assert.Equal(ItemOutcome.Created, items[1].Outcome);
    }

    [Theory]
    [InlineData("""{"items":[{"index":{"_id":"a","status":201}}]}""")]
    [InlineData("""{"items":[{"index":{"_id":"a","status":201}},{"index":{"_id":"b","status":201}},{"index":{"_id":"c","status":201}}]}""")]
    [InlineData("""{"items":[{"index":{"_id":"a","status":201}},{"index":{"_id":"b","sta""")]
    [InlineData("""{"items":[{"index":{"_id":"b","status":201}},{"index":{"_id":"a","status":201}}]}""")]
    [InlineData("""{"items":[{"index":{"_id":"a","status":"201"}},{"index":{"_id":"b","status":201}}]}""")]
    [InlineData("<html>busy</html>")]
    [InlineData("")]
    public void AnswerThatDoesNotMatchTheRequest_TellsNothing(string body) =>
        Assert.False(BulkResponse.TryRead(Encoding.UTF8.GetBytes(body), Sent, []));

    private static List<BulkDocument> MakeSent()
    {
        var batch = new DocumentBatch { Form = DocumentForm.CloudTrail };
        batch.Ids.Append("ab"u8);
        batch.Entries.AddRange([new DocumentEntry(0, 0, 0, 1, 0, 0, -1), new DocumentEntry(0, 0, 1, 1, 0, 0, -1)]);
        return [new BulkDocument(batch, 0, 0), new BulkDocument(batch, 1, 0)];
    }
}
