using BenchmarkDotNet.Attributes;
using TrailStream.Core.Attribution;

namespace TrailStream.Benchmarks;

/// <summary>The session index at a size: attribution of an event whose key it knows, and of one whose key nobody issued (decoding
/// included).</summary>
[MemoryDiagnoser]
public class IndexBenchmarks
{
    private const int Uses = 1024;
    private readonly List<byte[]> _known = [];
    private readonly List<byte[]> _unknown = [];
    private IndexLoad? _load;

    [Params(10_000, 1_000_000)]
    public int Sessions { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        _load = new IndexLoad(2 * Sessions);
        for (var number = 0; number < Sessions; number++)
        {
            _load.Learn(IndexLoad.Grant(number));
        }

        for (var i = 0; i < Uses; i++)
        {
            // Far apart, so that the processor's caches help no more than they do in life.
            _known.Add(IndexLoad.Use((int)((long)i * 7919 % Sessions)));
            _unknown.Add(IndexLoad.Use(Sessions + 2000 + i));
        }
    }

    [GlobalCleanup]
    public void Cleanup() => _load?.Dispose();

    [Benchmark(OperationsPerInvoke = Uses)]
    public int KnownKey() => _known.Count(use => _load!.Attribute(use) == AttributionStatus.Attributed);

    [Benchmark(OperationsPerInvoke = Uses)]
    public int UnknownKey() => _unknown.Count(use => _load!.Attribute(use) == AttributionStatus.Attributed);
}
