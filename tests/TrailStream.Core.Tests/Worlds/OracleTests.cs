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
        var worlds = Directory.EnumerateFiles(folder!, "*", SearchOption.AllDirectories)
            .GroupBy(path => (Path.GetRelativePath(folder!, path).Split(Path.DirectorySeparatorChar)[0], path.Contains("/derived/", StringComparison.Ordinal)));
        foreach (var world in worlds)
        {
            using var trail = new Trail();
            foreach (var path in world.Order(StringComparer.Ordinal))
            {
                trail.Add(File.ReadAllBytes(path));
            }

            var events = Enumerable.Range(0, trail.Events.Count).Select(i => OracleEvent.Parse(trail.Events.Record(i).ToArray())).ToList();
            var oracle = new TrailOracle(events);
            var problems = Enumerable.Range(0, events.Count)
                .Select(i => (Expected: oracle.Attribute(events[i]), Actual: trail.Attribution(i)))
                .Select(pair => OracleComparison.Difference(pair.Expected, pair.Actual) is { } what ? $"{what}: {pair.Expected} <> {pair.Actual}" : null);
            output.WriteLine($"{world.Key}: {events.Count} events");
            var first = problems.FirstOrDefault(problem => problem is not null);
            Assert.True(first is null, first);
        }
    }
}
