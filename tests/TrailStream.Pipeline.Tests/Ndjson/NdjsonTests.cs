using Microsoft.Extensions.Time.Testing;
using TrailStream.Core.Documents;
using TrailStream.Pipeline.DeadLetters;
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
    public async Task DeadLetters_AreReadBackAsTheyWere()
    {
        var clock = new FakeTimeProvider(new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero));
        await using (var letters = new NdjsonDeadLetters(File, clock))
        {
            await letters.WriteAsync(
                [
                    new DeadLetter("{\"a\":\n\"é\"}"u8.ToArray(), DeadLetterReason.BadJson, DeadLetterStage.Decode, "x\n\u202ey", new("a|b/day.json", -1, 7)),
                    new DeadLetter(new byte[] { 0xFF, 0, 0x80 }, DeadLetterReason.SinkMapping, DeadLetterStage.Write, "z", new("topic", 0, 2, 5, 1))
                    {
                        EventId = "e2", Sink = "elasticsearch", StoreStatus = 400, StoreIndex = "day", Attempts = 2,
                    },
                ],
                TestContext.Current.CancellationToken);
        }

        await System.IO.File.AppendAllTextAsync(File, "{\"key\":\"cut", TestContext.Current.CancellationToken);
        using var store = new NdjsonDeadLetterStore(File, clock);
        var read = store.Read(TestContext.Current.CancellationToken).ToList();
        Assert.Equal((2, 1L), (read.Count, store.OtherLines));
        Assert.Equal("{\"a\":\n\"é\"}"u8.ToArray(), read[0].Payload.ToArray());
        Assert.Equal(("a|b/day.json@7", "bad_json", "decode", @"x\u000a\u202ey"), (read[0].Place.ToString(), read[0].Reason, read[0].Stage, read[0].Detail));
        Assert.Equal([0xFF, 0, 0x80], read[1].Payload.ToArray());
        Assert.Equal(new RecordPlace("topic", 0, 2, 5, 1), read[1].Place);
        Assert.Equal(("e2", "elasticsearch", 400, "day", 2), (read[1].EventId, read[1].Sink, read[1].StoreStatus, read[1].StoreIndex, read[1].Attempts));
        Assert.Equal(clock.GetUtcNow(), read[1].FirstSeen);
    }

    [Fact]
    public async Task DeadLetters_BehindHalfALine_AreNotLostWithIt()
    {
        await System.IO.File.WriteAllTextAsync(File, "{\"key\":\"cut", TestContext.Current.CancellationToken);
        await using (var letters = new NdjsonDeadLetters(File, TimeProvider.System))
        {
            for (var offset = 0; offset < 2; offset++)
            {
                await letters.WriteAsync(
                    [new DeadLetter("x"u8.ToArray(), DeadLetterReason.BadJson, DeadLetterStage.Decode, "", new("topic", 0, offset))], TestContext.Current.CancellationToken);
            }
        }

        using var store = new NdjsonDeadLetterStore(File, TimeProvider.System);
        Assert.Equal([0L, 1L], store.Read(TestContext.Current.CancellationToken).Select(letter => letter.Place.Offset));
        Assert.Equal(1, store.OtherLines);
    }
}
