using System.Text;
using System.Text.Json;
using TrailStream.Core.Generation;
using TrailStream.Core.Tests.Attribution;
using TrailStream.Testing;
using TrailStream.Testing.Oracle;
using TrailStream.Testing.Worlds;
using Xunit;

namespace TrailStream.Core.Tests.Worlds;

/// <summary>The real attribution against the oracle: on a lifelike stream and on every real record.</summary>
public sealed class OracleTests(ITestOutputHelper output)
{
    [Fact]
    public void LifelikeStream_OracleAgrees()
    {
        var world = World.Generate(new TrailGeneratorOptions { Seed = 1, Events = 5_000 });
        var problem = WorldChecks.TruthAndOracle(world);
        Assert.True(problem is null, problem);
    }

    /// <summary>Each set is a world of its own (what they have in common are documentation's keys), and so are the records of one that were given other
    /// keys, under their old ids.</summary>
    [Fact]
    public void RealRecords_OracleAgrees()
    {
        var folder = SharedData.Path("data", "cloudtrail");
        Assert.SkipWhen(folder is null, SharedData.Absent);
        var worlds = Directory.EnumerateDirectories(folder!).SelectMany(set => Directory.EnumerateFiles(set, "*", SearchOption.AllDirectories))
            .GroupBy(path => (Path.GetRelativePath(folder!, path).Split(Path.DirectorySeparatorChar)[0], path.Contains("/derived/", StringComparison.Ordinal)));
        foreach (var world in worlds)
        {
            using var trail = new Trail();
            foreach (var path in world.Order(StringComparer.Ordinal))
            {
                Add(trail, File.ReadAllBytes(path));
            }

            var events = Enumerable.Range(0, trail.Events.Count).Select(i => OracleEvent.Parse(trail.Events.Record(i).ToArray())).ToList();
            var oracle = new TrailOracle(events);
            var problems = Enumerable.Range(0, events.Count)
                .Select(i => (Expected: oracle.Attribute(events[i]), Actual: trail.Attribution(i)))
                .Select(pair => OracleComparison.Difference(pair.Expected, pair.Actual) is { } what ? $"{what}: {pair.Expected} <> {pair.Actual}" : null);
            output.WriteLine($"{world.Key}: {events.Count} events");
            var first = problems.FirstOrDefault(problem => problem is not null);
            Assert.True(first is null, first);
            Assert.True(events.Count > 0, $"{world.Key}: no events");
        }
    }

    /// <summary>As the stream would decode it; where that gives nothing (test suites of other tools wrap their records in ways of their own), each record in
    /// it, wherever it lies.</summary>
    private static void Add(Trail trail, byte[] file)
    {
        var before = trail.Events.Count;
        trail.Add(file);
        if (trail.Events.Count > before)
        {
            return;
        }

        foreach (var json in Documents(file))
        {
            foreach (var record in RecordsIn(json.RootElement))
            {
                trail.Add(Encoding.UTF8.GetBytes(record));
            }

            json.Dispose();
        }
    }

    private static List<JsonDocument> Documents(byte[] file)
    {
        var documents = new List<JsonDocument>();
        try
        {
            var reader = new Utf8JsonReader(file, new JsonReaderOptions { AllowMultipleValues = true });
            while (reader.Read())
            {
                documents.Add(JsonDocument.ParseValue(ref reader));
            }
        }
        catch (JsonException)
        {
            // A licence, a table: no records in it.
        }

        return documents;
    }

    private static IEnumerable<string> RecordsIn(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object when element.TryGetProperty("eventSource", out _) && element.TryGetProperty("eventName", out _) => [WithTime(element)],
        JsonValueKind.Object => element.EnumerateObject().SelectMany(member => RecordsIn(member.Value)),
        JsonValueKind.Array => element.EnumerateArray().SelectMany(RecordsIn),
        _ => [],
    };

    /// <summary>Logstash's date filter moves the time to a member of its own and drops the old one: put back.</summary>
    private static string WithTime(JsonElement record) => !record.TryGetProperty("eventTime", out _) && record.TryGetProperty("@timestamp", out var time)
        ? $$"""{"eventTime":"{{time.GetDateTimeOffset():yyyy-MM-dd'T'HH:mm:ss'Z'}}",{{record.GetRawText()[1..]}}"""
        : record.GetRawText();
}
