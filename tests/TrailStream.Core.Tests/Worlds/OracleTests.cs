using System.Text;
using TrailStream.Core.Documents;
using TrailStream.Core.Generation;
using TrailStream.Core.Tests.Attribution;
using TrailStream.Testing;
using TrailStream.Testing.Oracle;
using Xunit;

namespace TrailStream.Core.Tests.Worlds;

/// <summary>The real attribution against the oracle: on generated streams and on every real record.</summary>
public sealed class OracleTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void GeneratedStream_OracleAgrees(ulong seed)
    {
        using var trail = new Trail(seed);
        var generator = new TrailGenerator(new TrailGeneratorOptions { Seed = seed, Events = 20_000 });
        var record = new ByteBuffer();
        var truth = new TrailTruth();
        while (generator.Next(record, truth))
        {
            trail.Add(record.Written);
            record.Clear();
        }

        Compare(trail);
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

            output.WriteLine($"{Path.GetFileName(set)}: {trail.Events.Count} events");
            Compare(trail);
        }
    }

    private void Compare(Trail trail)
    {
        var events = new List<OracleEvent>();
        for (var i = 0; i < trail.Events.Count; i++)
        {
            events.Add(OracleEvent.Parse(trail.Events.Record(i).ToArray()));
        }

        var oracle = new TrailOracle(events);
        var problems = new List<string>();
        for (var i = 0; i < events.Count; i++)
        {
            var expected = oracle.Attribute(events[i]);
            var actual = trail.Attribution(i);
            if (OracleComparison.Difference(expected, actual) is { } difference)
            {
                problems.Add($"{difference}: {expected} <> {actual.GetRawText()} {Encoding.UTF8.GetString(trail.Events.Record(i))}");
            }
        }

        foreach (var problem in problems.Take(10))
        {
            output.WriteLine(problem);
        }

        Assert.Empty(problems);
    }
}
