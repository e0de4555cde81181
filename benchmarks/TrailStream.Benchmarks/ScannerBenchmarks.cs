using BenchmarkDotNet.Attributes;
using TrailStream.Core.CloudTrail;
using TrailStream.Core.Documents;
using TrailStream.Core.Generation;

namespace TrailStream.Benchmarks;

/// <summary>Finding the fields of a record, beside what the platform's own readers take for less: one pass of Utf8JsonReader over the tokens, and
/// parsing into a JsonDocument.</summary>
[MemoryDiagnoser]
public class ScannerBenchmarks
{
    private const int RecordsAnOperation = 1024;
    private readonly List<byte[]> _records = [];
    private readonly RecordScanner _scanner = new();

    [GlobalSetup]
    public void Setup()
    {
        var generator = new TrailGenerator(new TrailGeneratorOptions { Seed = 42, Events = RecordsAnOperation });
        var record = new ByteBuffer();
        var truth = new TrailTruth();
        while (generator.Next(record, truth) && _records.Count < RecordsAnOperation)
        {
            _records.Add(record.Written.ToArray());
            record.Clear();
        }
    }

    [Benchmark(OperationsPerInvoke = RecordsAnOperation)]
    public int Scan()
    {
        var found = 0;
        RecordFields fields = default;
        foreach (var record in _records)
        {
            _scanner.Scan(record, ref fields, out var length);
            found += length;
        }

        return found;
    }

    [Benchmark(OperationsPerInvoke = RecordsAnOperation)]
    public int ReaderTokens()
    {
        var tokens = 0;
        foreach (var record in _records)
        {
            var reader = new System.Text.Json.Utf8JsonReader(record);
            while (reader.Read())
            {
                tokens++;
            }
        }

        return tokens;
    }

    [Benchmark(OperationsPerInvoke = RecordsAnOperation)]
    public int JsonDocumentParse()
    {
        var found = 0;
        foreach (var record in _records)
        {
            using var document = System.Text.Json.JsonDocument.Parse(record);
            found += document.RootElement.TryGetProperty("eventID"u8, out _) ? 1 : 0;
        }

        return found;
    }
}
