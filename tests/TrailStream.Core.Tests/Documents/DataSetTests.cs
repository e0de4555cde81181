using System.Text;
using System.Text.Json;
using TrailStream.Core.Documents;
using Xunit;

namespace TrailStream.Core.Tests.Documents;

public sealed class DataSetTests
{
    private static readonly JsonDocumentOptions Strict = new() { MaxDepth = 256, AllowDuplicateProperties = false };

    [Fact]
    public void CloudTrailForm_GivesBackTheRecord()
    {
        var output = new ByteBuffer();
        var writer = new DocumentWriter(DocumentForm.CloudTrail);
        foreach (var record in DataSet.RecordsOrSkip())
        {
            output.Clear();
            TestDocuments.Write(writer, record, TestDocuments.NoAttribution, [], output);
            using var document = JsonDocument.Parse(output.Written.ToArray(), Strict);
            using var original = JsonDocument.Parse(record, Strict);
            Assert.Equal("not_applicable", document.RootElement.At("trailstream.attribution.status"));
            var without = document.RootElement.EnumerateObject().Where(member => member.Name != "trailstream").ToList();
            var expected = original.RootElement.EnumerateObject().Where(member => member.Name != "trailstream").ToList();
            Assert.Equal(expected.Select(member => member.ToString()), without.Select(member => member.ToString()));
        }
    }

    [Fact]
    public void EcsForm_IsValidOnOneLineAndKeepsTheMainFields()
    {
        var output = new ByteBuffer();
        var writer = new DocumentWriter(DocumentForm.Ecs);
        foreach (var record in DataSet.RecordsOrSkip())
        {
            output.Clear();
            TestDocuments.Write(writer, record, TestDocuments.NoAttribution, [], output);
            Assert.Equal(-1, output.Written.IndexOf((byte)'\n'));
            using var parsed = JsonDocument.Parse(output.Written.ToArray(), Strict);
            using var original = JsonDocument.Parse(record);
            var document = parsed.RootElement;
            Assert.Equal(Word(original.RootElement.At("eventName")), document.At("event.action"));
            Assert.Equal(Word(original.RootElement.At("eventSource")), document.At("event.provider"));
            Assert.Equal(Word(original.RootElement.At("userIdentity.arn")), document.At("aws.cloudtrail.user_identity.arn"));
            Assert.Equal(Word(original.RootElement.At("sourceIPAddress")), document.At("source.address"));
            Assert.Equal("aws.cloudtrail", document.At("data_stream.dataset"));
        }
    }

    [Theory]
    [InlineData(DocumentForm.CloudTrail)]
    [InlineData(DocumentForm.Ecs)]
    public void Writing_AllocatesNothing(DocumentForm form)
    {
        var records = DataSet.RecordsOrSkip();
        var fields = records.Select(record => TestFields.Find(record)).ToArray();
        var json = Encoding.UTF8.GetBytes(TestDocuments.NoAttribution);
        var terms = new AttributionTerm[] { new(AttributionTermKind.OriginName, 2, 6) };
        var writer = new DocumentWriter(form);
        var output = new ByteBuffer();
        var allocated = 0L;
        for (var round = 0; round < 2; round++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var index = 0; index < fields.Length; index++)
            {
                output.Clear();
                writer.Write(records[index], in fields[index], new AttributionText(json, terms), TestDocuments.IngestedAt, output);
            }

            allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        }

        Assert.Equal(0, allocated);
    }

    private static string? Word(string? text) => text is "" or "-" or "none" or "null" ? null : text;
}
