using System.Collections.Concurrent;
using System.Diagnostics;

namespace TrailStream.Testing.Kafka;

/// <summary>The real engines for one test run: each is started when a test first asks for it, on ports of this run's own, and deleted at
/// the end. Addresses in TRAILSTREAM_TEST_KAFKA, TRAILSTREAM_TEST_ELASTICSEARCH, TRAILSTREAM_TEST_OPENSEARCH are used instead where they
/// are set.</summary>
public sealed class EngineFixture : IAsyncDisposable
{
    public const string Absent =
        "needs real engines: the folder shared/engines beside the project (or TRAILSTREAM_SHARED), or an address in TRAILSTREAM_TEST_KAFKA, "
        + "TRAILSTREAM_TEST_ELASTICSEARCH or TRAILSTREAM_TEST_OPENSEARCH";

    private readonly ConcurrentDictionary<string, Lazy<Task<string>>> _started = new(StringComparer.Ordinal);
    private readonly string? _engine = SharedData.Path("engines", "engine");
    private readonly string _data = Path.Combine(Path.GetTempPath(), $"trailstream-test-engines-{Environment.ProcessId}");

    /// <summary>Added to every port: test projects run side by side.</summary>
    private readonly int _ports = 1000 + (Environment.ProcessId % 150 * 20);

    /// <summary>Where the engines that this fixture has started keep their data, a folder each.</summary>
    public string DataFolder => _data;

    /// <summary>host:port of Kafka, or null where there is none: the test should skip with <see cref="Absent"/>.</summary>
    public Task<string?> KafkaAsync() => AddressAsync("kafka", "TRAILSTREAM_TEST_KAFKA");

    /// <summary>URL of Elasticsearch, or null.</summary>
    public Task<string?> ElasticsearchAsync() => AddressAsync("elasticsearch", "TRAILSTREAM_TEST_ELASTICSEARCH");

    /// <summary>URL of OpenSearch, or null.</summary>
    public Task<string?> OpenSearchAsync() => AddressAsync("opensearch", "TRAILSTREAM_TEST_OPENSEARCH");

    /// <summary>URL of Toxiproxy, or null.</summary>
    public Task<string?> ToxiproxyAsync() => AddressAsync("toxiproxy", "TRAILSTREAM_TEST_TOXIPROXY");

    /// <summary>A command to an engine that this fixture has started: <c>kill</c>, <c>stop</c>, <c>start</c>.</summary>
    public Task<string> CommandAsync(string command, string name) => RunAsync(command, name);

    public async ValueTask DisposeAsync()
    {
        if (!_started.IsEmpty)
        {
            await RunAsync("wipe", "all");
            if (Directory.Exists(_data))
            {
                Directory.Delete(_data, recursive: true);
            }
        }
    }

    private async Task<string?> AddressAsync(string name, string variable)
    {
        if (Environment.GetEnvironmentVariable(variable) is { Length: > 0 } given)
        {
            return given;
        }

        if (_engine is null)
        {
            return null;
        }

        // "kafka 127.0.0.1:10092": the last line of the start names the address.
        var start = _started.GetOrAdd(name, engine => new Lazy<Task<string>>(() => RunAsync("start", engine)));
        var output = await start.Value;
        return output.TrimEnd().Split('\n')[^1].Split(' ')[^1];
    }

    private async Task<string> RunAsync(string command, string name)
    {
        var start = new ProcessStartInfo("bash") { RedirectStandardOutput = true, RedirectStandardError = true };
        start.ArgumentList.Add(_engine ?? throw new InvalidOperationException(Absent));
        start.ArgumentList.Add(command);
        start.ArgumentList.Add(name);
        start.Environment["ENGINES_DATA"] = _data;
        start.Environment["ENGINES_PORTS"] = _ports.ToString(System.Globalization.CultureInfo.InvariantCulture);
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return process.ExitCode == 0
            ? await output
            : throw new InvalidOperationException($"engine {command} {name} failed: {await errors}");
    }
}
