using System.Collections.Concurrent;
using System.Diagnostics;

namespace TrailStream.Testing.Kafka;

/// <summary>The real engines for one test run: each is started when a test first asks for it, on ports of this run's own, and deleted at
/// the end. Addresses in TRAILSTREAM_TEST_KAFKA, TRAILSTREAM_TEST_ELASTICSEARCH, TRAILSTREAM_TEST_OPENSEARCH and
/// TRAILSTREAM_TEST_ELASTICSEARCH_SECURE are used instead where they are set.</summary>
public sealed class EngineFixture : IAsyncDisposable
{
    public const string Absent =
        "needs real engines: the folder shared/engines beside the project (or TRAILSTREAM_SHARED), or an address in TRAILSTREAM_TEST_KAFKA, "
        + "TRAILSTREAM_TEST_ELASTICSEARCH or TRAILSTREAM_TEST_OPENSEARCH";

    public const string ElasticPassword = "elastic-secret";

    private readonly ConcurrentDictionary<string, Lazy<Task<string>>> _started = new(StringComparer.Ordinal);
    private readonly string? _engine = SharedData.Path("engines", "engine");
    private readonly string _data = Path.Combine(Path.GetTempPath(), $"trailstream-test-engines-{Environment.ProcessId}");

    /// <summary>Added to every port: test projects run side by side.</summary>
    private readonly int _ports = 1000 + (Environment.ProcessId % 150 * 20);

    /// <summary>The same for the three brokers, whose ports begin at 19092, 29092 and 39092. Linux gives outgoing connections ports from 32768 on: while a
    /// broker is dead, one of them may take its port, and it does not start again. So these are moved below, and between those of the others.</summary>
    private readonly int _clusterPorts = -6405 - (Environment.ProcessId % 50 * 20);

    /// <summary>Where the engines that this fixture has started keep their data, a folder each.</summary>
    public string DataFolder => _data;

    /// <summary>host:port of Kafka, or null where there is none: the test should skip with <see cref="Absent"/>.</summary>
    public Task<string?> KafkaAsync() => AddressAsync("kafka", "TRAILSTREAM_TEST_KAFKA");

    /// <summary>Three brokers, one cluster: replication 3, two in sync at least. Theirs are the names <c>kafka-1</c> to <c>kafka-3</c>. Or null.</summary>
    public async Task<string?> KafkaClusterAsync()
    {
        if (_engine is null)
        {
            return null;
        }

        // "kafka-1 127.0.0.1:12687", one line each: they form a cluster only when they are started together.
        var start = _started.GetOrAdd("cluster", _ => new Lazy<Task<string>>(() => RunAsync("start", "kafka-1 kafka-2 kafka-3", isSecure: false)));
        return string.Join(',', (await start.Value).Split('\n').Where(line => line.StartsWith("kafka-", StringComparison.Ordinal)).Select(line => line.Split(' ')[^1]));
    }

    /// <summary>URL of Elasticsearch, or null.</summary>
    public Task<string?> ElasticsearchAsync() => AddressAsync("elasticsearch", "TRAILSTREAM_TEST_ELASTICSEARCH");

    /// <summary>URL of another Elasticsearch, with security on: user <c>elastic</c>, password <see cref="ElasticPassword"/>. Or null.</summary>
    public Task<string?> SecureElasticsearchAsync() => AddressAsync("elasticsearch", "TRAILSTREAM_TEST_ELASTICSEARCH_SECURE", isSecure: true);

    /// <summary>URL of OpenSearch, or null.</summary>
    public Task<string?> OpenSearchAsync() => AddressAsync("opensearch", "TRAILSTREAM_TEST_OPENSEARCH");

    /// <summary>URL of Toxiproxy, or null.</summary>
    public Task<string?> ToxiproxyAsync() => AddressAsync("toxiproxy", "TRAILSTREAM_TEST_TOXIPROXY");

    /// <summary>A command to an engine that this fixture has started: <c>kill</c>, <c>stop</c>, <c>start</c>.</summary>
    public Task<string> CommandAsync(string command, string name) => RunAsync(command, name, isSecure: false);

    public async ValueTask DisposeAsync()
    {
        if (!_started.IsEmpty)
        {
            foreach (var isSecure in (bool[])[false, true])
            {
                await RunAsync("wipe", "all", isSecure);
                if (Directory.Exists(Folder(isSecure)))
                {
                    Directory.Delete(Folder(isSecure), recursive: true);
                }
            }
        }
    }

    /// <summary>The secure Elasticsearch runs beside the other one, from a folder of its own.</summary>
    private string Folder(bool isSecure) => isSecure ? _data + "-secure" : _data;

    private async Task<string?> AddressAsync(string name, string variable, bool isSecure = false)
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
        var start = _started.GetOrAdd(isSecure ? name + " secure" : name, _ => new Lazy<Task<string>>(() => RunAsync("start", name, isSecure)));
        var output = await start.Value;
        return output.TrimEnd().Split('\n')[^1].Split(' ')[^1];
    }

    private async Task<string> RunAsync(string command, string name, bool isSecure)
    {
        var start = new ProcessStartInfo("bash") { RedirectStandardOutput = true, RedirectStandardError = true };
        start.ArgumentList.Add(_engine ?? throw new InvalidOperationException(Absent));
        start.ArgumentList.Add(command);
        foreach (var one in name.Split(' '))
        {
            start.ArgumentList.Add(one);
        }

        start.Environment["ENGINES_DATA"] = Folder(isSecure);
        var ports = name.StartsWith("kafka-", StringComparison.Ordinal) ? _clusterPorts : _ports + (isSecure ? 10 : 0);
        start.Environment["ENGINES_PORTS"] = ports.ToString(System.Globalization.CultureInfo.InvariantCulture);

        // Where builds and tests share two cores, a server may take minutes to answer.
        start.Environment.TryAdd("ENGINES_WAIT", "300");
        if (isSecure)
        {
            start.Environment["SECURITY"] = "1";
        }

        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return process.ExitCode == 0
            ? await output
            : throw new InvalidOperationException($"engine {command} {name} failed: {await errors}");
    }
}
