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
        Assert.Null(WorldChecks.TruthAndOracle(world));
    }

    /// <summary>Each set is a world of its own: what they have in common are documentation's keys.</summary>
    [Fact]
    public void RealRecords_OracleAgrees()
    {
        var folder = SharedData.Path("data", "cloudtrail");
        Assert.SkipWhen(folder is null, SharedData.Absent);
        foreach (var set in Directory.EnumerateDirectories(folder!).Order(StringComparer.Ordinal))
        {
            using var trail = new Trail();
            foreach (var path in Directory.EnumerateFiles(set, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
            {
                trail.Add(File.ReadAllBytes(path));
            }

            var events = Enumerable.Range(0, trail.Events.Count).Select(i => OracleEvent.Parse(trail.Events.Record(i).ToArray())).ToList();
            var oracle = new TrailOracle(events);
            var problems = Enumerable.Range(0, events.Count)
                .Select(i => (Expected: oracle.Attribute(events[i]), Actual: trail.Attribution(i)))
                .Select(pair => OracleComparison.Difference(pair.Expected, pair.Actual) is { } what ? $"{what}: {pair.Expected} <> {pair.Actual}" : null);
            output.WriteLine($"{Path.GetFileName(set)}: {events.Count} events");
            Assert.Null(problems.FirstOrDefault(problem => problem is not null));
        }
    }
}
