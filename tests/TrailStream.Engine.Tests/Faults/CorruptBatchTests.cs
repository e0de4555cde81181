using System.Buffers.Binary;
using System.Diagnostics;
using TrailStream.Testing.Elasticsearch;
using TrailStream.Testing.Kafka;
using Xunit;

namespace TrailStream.Engine.Tests.Faults;

/// <summary>38: a compressed batch that rots on the broker's disk. The client reports it for ever at the batch's first offset; the stream must pass it
/// over, each record with a dead letter that says where it stood, and lose nothing else.</summary>
[Trait("Suite", "Slow")]
public sealed class CorruptBatchTests(EngineFixture engines, ITestOutputHelper output)
{
    private const int CrcAt = 17;
    private const int AttributesAt = 21;
    private const int LastOffsetDeltaAt = 23;
    private const int RecordsAt = 61;

    [Fact]
    public async Task RottenBatch_IsPassedOver_WithADeadLetterForEachRecord()
    {
        Assert.SkipUnless(Environment.GetEnvironmentVariable("TRAILSTREAM_SLOW") == "1", "restarts a broker: TRAILSTREAM_SLOW=1 runs it");
        Assert.SkipWhen(Environment.GetEnvironmentVariable("TRAILSTREAM_TEST_KAFKA") is { Length: > 0 }, "changes the broker's files, which must be this run's own");
        var kafka = await engines.KafkaAsync();
        Assert.SkipWhen(kafka is null, EngineFixture.Absent);
        var cancellation = TestContext.Current.CancellationToken;
        var name = $"rotten-{Stopwatch.GetTimestamp()}";
        var ledger = new FaultLedger(kafka!, name);
        await ledger.FeedAsync(7, 4000, cancellation);
        await engines.CommandAsync("stop", "kafka");
        var rotten = Rot(Path.Combine(engines.DataFolder, "kafka", "data", $"{name}-2", "00000000000000000000.log"));
        await engines.CommandAsync("start", "kafka");
        await using var store = await FakeElasticsearch.StartAsync();
        using var process = StreamProcess.Start(kafka!, name, $"elasticsearch.urls={store.Url}", "late.hold=2s", "late.grace=2s");
        await Poll.Until(() => process.Reads, cancellation);
        var began = Stopwatch.GetTimestamp();
        output.WriteLine($"{rotten} records in the rotten batch");

        await Poll.Until(() => process.Lines.Any(line => line.Contains("cannot be read", StringComparison.Ordinal)), cancellation);
        output.WriteLine($"passed over in {Stopwatch.GetElapsedTime(began).TotalSeconds:F1} s");
        await Poll.Until(() => store.Documents.Count >= ledger.Documents - rotten, cancellation);
        await process.SignalAsync("TERM");
        await process.ExitAsync(Poll.Patience);
        var letters = ledger.ReadDeadLetters();
        Assert.Equal(rotten, letters.Count);
        Assert.All(letters.Values, reason => Assert.Equal("fetch_corrupt", reason));
        Assert.InRange(store.Documents.Count, ledger.Documents - rotten, ledger.Documents - 1);
        TrailCheck.AssertCommitted(kafka!, name);
    }

    /// <summary>Changes bytes inside the compressed records of the second batch, and mends its checksum, as a bug in a broker or a producer would.</summary>
    /// <returns>How many records it has.</returns>
    private static int Rot(string segment)
    {
        var bytes = File.ReadAllBytes(segment);
        var second = 12 + BinaryPrimitives.ReadInt32BigEndian(bytes.AsSpan(8));
        var batch = bytes.AsSpan(second, 12 + BinaryPrimitives.ReadInt32BigEndian(bytes.AsSpan(second + 8)));
        batch[RecordsAt..(RecordsAt + 64)].Fill(0xA5);
        BinaryPrimitives.WriteUInt32BigEndian(batch[CrcAt..], Crc32C(batch[AttributesAt..]));
        File.WriteAllBytes(segment, bytes);
        return BinaryPrimitives.ReadInt32BigEndian(batch[LastOffsetDeltaAt..]) + 1;
    }

    private static uint Crc32C(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        foreach (var value in bytes)
        {
            crc = System.Numerics.BitOperations.Crc32C(crc, value);
        }

        return ~crc;
    }
}
