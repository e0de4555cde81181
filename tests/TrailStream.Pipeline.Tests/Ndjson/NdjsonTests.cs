using System.Text.Json;
using TrailStream.Core.Documents;
using TrailStream.Pipeline.Ndjson;
using TrailStream.Pipeline.Sinks;
using TrailStream.Pipeline.Tests.Files;
using TrailStream.Pipeline.Tests.Sinks;
using Xunit;

namespace TrailStream.Pipeline.Tests.Ndjson;

public sealed class NdjsonTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string File => Path.Combine(_folder.Path, "out.ndjson");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Sink_AppendsALineADocument()
    {
        for (var run = 0; run < 2; run++)
        {
            await using var sink = new NdjsonSink(File, DocumentForm.CloudTrail);
            Assert.False(sink.Healthy);
            await sink.PrepareAsync(TestContext.Current.CancellationToken);
            var report = await sink.WriteAsync(
                [TestBatch.Of(("a", """{"n":1}""", 40)), TestBatch.Of(("b", """{"n":2}""", 40))], TestContext.Current.CancellationToken);
            Assert.Equal(new WriteReport(2, 0, 0, 0, 0), report);
        }

        Assert.Equal(["""{"n":1}""", """{"n":2}""", """{"n":1}""", """{"n":2}"""], await System.IO.File.ReadAllLinesAsync(File, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task DeadLetters_KeepTheirBytes_TextOrNot()
    {
        await using (var letters = new NdjsonDeadLetters(File))
        {
            await letters.WriteAsync(
                [
                    new DeadLetter("{\"a\":\n\"é\"}"u8.ToArray(), "bad_json", "decode", "x", "topic/0@1", null),
                    new DeadLetter(new byte[] { 0xFF, 0, 0x80 }, "not_cloud_trail", "decode", "y", "topic/0@2", "e2"),
                ],
                TestContext.Current.CancellationToken);
        }

        var lines = await System.IO.File.ReadAllLinesAsync(File, TestContext.Current.CancellationToken);
        Assert.Equal(2, lines.Length);
        using var first = JsonDocument.Parse(lines[0]);
        using var second = JsonDocument.Parse(lines[1]);
        Assert.Equal("{\"a\":\n\"é\"}", first.RootElement.GetProperty("payload").GetString());
        Assert.Equal([0xFF, 0, 0x80], second.RootElement.GetProperty("payload_base64").GetBytesFromBase64());
        Assert.Equal(("topic/0@2", "e2"), (second.RootElement.GetProperty("place").GetString(), second.RootElement.GetProperty("event_id").GetString()));
    }
}
