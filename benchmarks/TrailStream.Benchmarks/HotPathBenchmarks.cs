using BenchmarkDotNet.Attributes;
using TrailStream.Core.Documents;

namespace TrailStream.Benchmarks;

/// <summary>An action event through stages 2, 4 and 5. <c>Allocated</c> must be 0 B (budgets.json).</summary>
[MemoryDiagnoser]
public class HotPathBenchmarks
{
    private const int EventsAnOperation = 1024;
    private HotPath? _path;
    private int _next;

    [Params(DocumentForm.CloudTrail, DocumentForm.Ecs)]
    public DocumentForm Form { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        _path = new HotPath(Form, 20_000, actionsOnly: true);
        for (var i = 0; i < _path.Records; i++)
        {
            _path.Run(i);
        }
    }

    [GlobalCleanup]
    public void Cleanup() => _path?.Dispose();

    [Benchmark(OperationsPerInvoke = EventsAnOperation)]
    public int DecodeAttributeEnrich()
    {
        var bytes = 0;
        for (var i = 0; i < EventsAnOperation; i++)
        {
            bytes += _path!.Run(_next++ & int.MaxValue);
        }

        return bytes;
    }
}
