using System.Text;
using System.Text.Json;
using TrailStream.Core.Attribution;
using TrailStream.Core.Documents;
using TrailStream.Core.Generation;
using TrailStream.Core.Tests.Attribution;
using Xunit;

namespace TrailStream.Core.Tests.Generation;

public sealed class TrailGeneratorTests(ITestOutputHelper output)
{
    [Fact]
    public void SameSeed_GivesSameBytes()
    {
        var options = new TrailGeneratorOptions { Seed = 5, Events = 5_000 };
        Assert.Equal(All(options).Select(e => e.Record), All(options).Select(e => e.Record));
        Assert.NotEqual(All(options).Select(e => e.Record), All(options with { Seed = 6 }).Select(e => e.Record));
    }

    [Fact]
    public void Records_ParseAndHaveTheirOwnIds()
    {
        var ids = new HashSet<string>();
        foreach (var (record, truth) in All(new TrailGeneratorOptions { Seed = 3, Events = 20_000 }))
        {
            using var parsed = JsonDocument.Parse(record);
            Assert.Equal(truth.EventId, parsed.RootElement.GetProperty("eventID").GetString());
            Assert.Equal(truth.IsDuplicate, !ids.Add(truth.EventId));
        }
    }

    [Fact]
    public void EveryStory_IsTold()
    {
        var told = All(new TrailGeneratorOptions { Seed = 4, Events = 30_000 }).CountBy(e => e.Truth.Story).ToDictionary();
        Assert.All(Enum.GetValues<TrailStory>(), story => Assert.True(told.GetValueOrDefault(story) > 0, story.ToString()));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Attribution_EqualsTruth(ulong seed)
    {
        using var trail = new Trail(seed);
        var truths = new List<TrailTruth>();
        foreach (var (record, truth) in All(new TrailGeneratorOptions { Seed = seed, Events = 30_000 }))
        {
            trail.Add(Encoding.UTF8.GetBytes(record));
            truths.Add(truth);
        }

        Assert.Equal(truths.Count, trail.Events.Count);
        var wrong = new List<string>();
        for (var i = 0; i < truths.Count; i++)
        {
            var actual = trail.Attribution(i);
            if (Describe(truths[i]) != Describe(actual, truths[i]))
            {
                wrong.Add($"{truths[i].Story}: {Describe(truths[i])} <> {Describe(actual, truths[i])} {actual.GetRawText()}");
            }
        }

        foreach (var line in wrong.Take(5))
        {
            output.WriteLine(line);
        }

        Assert.Empty(wrong);
    }

    private static string Describe(TrailTruth truth) =>
        $"{Codes.NameOf(truth.Status)} {truth.OriginType} {truth.OriginName} {truth.OriginArn} {truth.OriginId} {(truth.Status == AttributionStatus.Attributed ? truth.Depth : 0)}";

    private static string Describe(JsonElement actual, TrailTruth truth)
    {
        var attributed = actual.Text("status") == "attributed";
        var evidence = attributed ? actual.GetProperty("evidence").GetProperty("event_ids").EnumerateArray().Select(id => id.GetString()).ToList() : [];
        var missing = attributed && !truth.GrantEventIds.All(evidence.Contains) ? " evidence" : "";
        var type = actual.Text("origin", "type");
        return $"{actual.Text("status")} {(type.Length == 0 ? "Unknown" : type)} {actual.Text("origin", "name")} {actual.Text("origin", "arn")} "
            + $"{actual.Text("origin", "id")} {(attributed ? actual.Text("depth") : "0")}{missing}";
    }

    private static List<(string Record, TrailTruth Truth)> All(TrailGeneratorOptions options)
    {
        var generator = new TrailGenerator(options);
        var buffer = new ByteBuffer();
        var all = new List<(string, TrailTruth)>();
        while (true)
        {
            var truth = new TrailTruth();
            if (!generator.Next(buffer, truth))
            {
                return all;
            }

            all.Add((Encoding.UTF8.GetString(buffer.Written), truth));
            buffer.Clear();
        }
    }
}
