using System.Text;
using System.Text.Json;
using TrailStream.Core.Attribution;
using TrailStream.Core.Documents;
using TrailStream.Core.Generation;
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
        var told = All(new TrailGeneratorOptions { Seed = 4, Events = 10_000, Mix = TrailMix.EveryKind }).CountBy(e => e.Truth.Story).ToDictionary();
        Assert.All(Enum.GetValues<TrailStory>(), story => Assert.True(told.GetValueOrDefault(story) > 0, story.ToString()));
    }

    /// <summary>What real sets show: services make 93 % of all AssumeRole calls, 13 to 33 % of uses come before their grant.</summary>
    [Fact]
    public void LifelikeTrail_HasTheProportionsOfRealOnes()
    {
        var services = 0;
        var grants = 0;
        var uses = 0;
        var early = 0;
        var delivered = new HashSet<string>();
        foreach (var (record, truth) in All(new TrailGeneratorOptions { Seed = 9, Events = 30_000 }).Where(e => !e.Truth.IsDuplicate))
        {
            if (record.Contains("\"eventName\":\"AssumeRole\"", StringComparison.Ordinal) && record.Contains("\"credentials\":{\"accessKeyId\"", StringComparison.Ordinal)
                && !record.Contains("\"type\":\"AWSAccount\"", StringComparison.Ordinal))
            {
                grants++;
                services += record.Contains("\"type\":\"AWSService\"", StringComparison.Ordinal) ? 1 : 0;
            }

            delivered.Add(truth.EventId);
            if (truth.Status == AttributionStatus.Attributed && truth.GrantEventIds.Count > 0)
            {
                uses++;
                early += delivered.Contains(truth.GrantEventIds[^1]) ? 0 : 1;
            }
        }

        output.WriteLine($"{grants} AssumeRole, {services / (double)grants:P1} by services; {uses} uses, {early / (double)uses:P1} before their grant");
        Assert.InRange(services / (double)grants, 0.92, 0.94);
        Assert.InRange(early / (double)uses, 0.13, 0.33);
    }

    /// <summary>Where it is left off at a random place, some uses have come whose grants have not.</summary>
    [Fact]
    public void TellNoMore_EveryUseStillGetsItsGrant()
    {
        var (stops, withoutGrant) = (0, 0);
        for (var events = 1_000; events < 2_000; events += 10)
        {
            var generator = new TrailGenerator(new TrailGeneratorOptions { Seed = 11, Events = long.MaxValue, LateGrantShare = 0, DuplicateShare = 0 });
            var (delivered, wanted) = (new HashSet<string>(), new HashSet<string>());
            while (delivered.Count < events && Next())
            {
            }

            stops++;
            withoutGrant += wanted.IsSubsetOf(delivered) ? 0 : 1;
            generator.TellNoMore();
            while (Next())
            {
            }

            Assert.Empty(wanted.Except(delivered));

            bool Next()
            {
                var truth = new TrailTruth();
                if (!generator.Next(new ByteBuffer(4096), truth))
                {
                    return false;
                }

                delivered.Add(truth.EventId);
                wanted.UnionWith(truth.Status == AttributionStatus.Attributed ? truth.GrantEventIds : []);
                return true;
            }
        }

        output.WriteLine($"{withoutGrant} of {stops} stops leave a use without its grant");
        Assert.NotEqual(0, withoutGrant);
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
