using System.Diagnostics;
using System.IO.Compression;
using System.Text;
using System.Text.Json;
using TrailStream.Core.Attribution;
using TrailStream.Core.CloudTrail;
using TrailStream.Core.Documents;
using TrailStream.Core.Generation;
using TrailStream.Core.Sessions;
using TrailStream.Core.Tests.Documents;
using Xunit;

namespace TrailStream.Core.Tests.CloudTrail;

public sealed class EvidenceFilterTests(ITestOutputHelper output)
{
    /// <summary>Whatever the index can learn from must pass, in every wrapping.</summary>
    [Fact]
    public void EveryEvidence_Passes_Generated() => AssertPasses(Generated());

    [Fact]
    public void EveryEvidence_Passes_RealRecords() => AssertPasses(DataSet.RecordsOrSkip());

    [Fact]
    public void EveryIssuingAction_Passes()
    {
        foreach (var action in Enum.GetValues<GrantAction>().Where(action => action is not (GrantAction.None or GrantAction.OnBehalfOf)))
        {
            Assert.True(EvidenceFilter.MayHold(Encoding.UTF8.GetBytes($$"""{"eventName" : "{{action}}"}""")), action.ToString());
        }
    }

    [Theory]
    [InlineData("""{"eventName":"GetObject","userIdentity":{"type":"AssumedRole"}}""", false)]
    [InlineData("""{"message":"{\"eventName\":\"AssumeRole\"}"}""", true)]
    [InlineData("""{"eventName":"GetObject","x":{"eventName":"SwitchRole"}}""", true)]
    [InlineData("""{"data":"H4sIAAAA"}""", true)]
    [InlineData("""{"eventName":"GetObject","userIdentity":{"onBehalfOf":{"userId":"u"}}}""", true)]
    [InlineData("""{"eventName":"GetObject","userIdentity":{"type":"IAMUser"}}""", true)]
    public void Text_IsToldByItsEventsNames(string text, bool expected) => Assert.Equal(expected, EvidenceFilter.MayHold(Encoding.UTF8.GetBytes(text)));

    /// <summary>Ratios of one process only.</summary>
    [Fact]
    public void Looking_ComparedWithDecoding()
    {
        var records = Generated();
        var others = records.Where(record => !EvidenceFilter.MayHold(record)).ToList();
        var all = Time(others, new EventDecoder());
        var sparse = Time(others, new EventDecoder(DecodeLimits.Default, null, evidenceOnly: true));
        output.WriteLine($"{records.Count} records, {others.Count} passed over, which takes {sparse / all:P0} of decoding them");
        Assert.True(others.Count > records.Count / 2, $"{others.Count} of {records.Count}");
    }

    private static double Time(List<byte[]> records, EventDecoder decoder)
    {
        var events = new EventBatch();
        var failures = new List<DecodeFailure>();
        var best = double.MaxValue;
        for (var round = 0; round < 5; round++)
        {
            var began = Stopwatch.GetTimestamp();
            foreach (var record in records)
            {
                decoder.Decode(record, 0, events, failures);
                events.Clear();
                failures.Clear();
            }

            best = Math.Min(best, Stopwatch.GetElapsedTime(began).TotalSeconds);
        }

        return best;
    }

    private static void AssertPasses(IReadOnlyList<byte[]> records)
    {
        using var index = new SessionIndex(SessionIndexOptions.Default with { SessionsMax = 100_000 });
        var all = new EventDecoder();
        var sparse = new EventDecoder(DecodeLimits.Default, null, evidenceOnly: true);
        var events = new EventBatch();
        var evidence = 0;
        foreach (var record in records)
        {
            events.Clear();
            all.Decode(record, 0, events, []);
            if (events.Count != 1 || !new Attributor(index).IsEvidence(events.Record(0), in events[0].Fields))
            {
                continue;
            }

            evidence++;
            foreach (var payload in (byte[][])[record, Escaped(record), Zipped(Escaped(record))])
            {
                events.Clear();
                Assert.Equal(1, sparse.Decode(payload, 0, events, []));
            }
        }

        Assert.True(evidence > 50, $"{evidence}");
    }

    private static byte[] Escaped(byte[] record) =>
        JsonSerializer.SerializeToUtf8Bytes(new { Type = "Notification", Message = JsonSerializer.Serialize(new { message = Encoding.UTF8.GetString(record) }) });

    private static byte[] Zipped(byte[] record)
    {
        using var memory = new MemoryStream();
        using (var gzip = new GZipStream(memory, CompressionLevel.Fastest, leaveOpen: true))
        {
            gzip.Write(record);
        }

        return memory.ToArray();
    }

    private static List<byte[]> Generated()
    {
        var generator = new TrailGenerator(new TrailGeneratorOptions { Seed = 77, Events = 4_000 });
        var record = new ByteBuffer();
        var records = new List<byte[]>();
        while (generator.Next(record, new TrailTruth()))
        {
            records.Add(record.Written.ToArray());
            record.Clear();
        }

        return records;
    }
}
