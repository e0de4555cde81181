using System.Text;
using CsCheck;
using TrailStream.Pipeline.Store;
using Xunit;

namespace TrailStream.Pipeline.Tests.Store;

public sealed class AskedMarkTests
{
    private static readonly DateTimeOffset Noon = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Written_IsReadBack() =>
        Gen.Select(Gen.String[1, 60], Gen.Int[0, 100_000], Gen.Long[0, 4_000_000_000_000]).Sample(place =>
        {
            var mark = new AskedMark(place.Item1, place.Item2, DateTimeOffset.FromUnixTimeMilliseconds(place.Item3));
            var json = mark.ToJson();
            return !AskedMark.TryRead(json, out var read) ? json.Length > 512 || HasLoneSurrogate(place.Item1) : read == mark || HasLoneSurrogate(place.Item1);
        });

    [Theory]
    [InlineData("""{"trailstreamAsked":{"topic":"cloudtrail","partition":3,"until":1764115200000},"eventVersion":"1.08"}""")]
    [InlineData("""{"eventVersion":"1.08","trailstreamAsked":{"topic":"cloudtrail","partition":3,"until":1764115200000}}""")]
    [InlineData("""{"trailstreamAsked":{"topic":"cloudtrail","partition":3,"until":1764115200000,"eventID":"x"}}""")]
    [InlineData("""{"trailstreamAsked":{"topic":"cloudtrail","partition":3}}""")]
    [InlineData("""{"trailstreamAsked":{"topic":"cloudtrail","partition":"3","until":1764115200000}}""")]
    [InlineData("""{"trailstreamAsked":{"topic":"cloudtrail","partition":3,"until":-1}}""")]
    [InlineData("""{"trailstreamAsked":{"topic":"cloudtrail","partition":3,"until":1764115200000}""")]
    [InlineData("""{"trailstreamAsked":{""")]
    [InlineData("")]
    public void AnythingElse_IsNoNote(string record) => Assert.False(AskedMark.TryRead(Encoding.UTF8.GetBytes(record), out _));

    [Fact]
    public void LastOneOfAPartitionCounts_ButNeverOneFromTheFuture()
    {
        var marks = new AskedMarks();
        Assert.Null(marks.Of("cloudtrail", 0));
        marks.Add(new AskedMark("cloudtrail", 0, Noon), Noon.AddSeconds(1));
        marks.Add(new AskedMark("cloudtrail", 1, Noon.AddHours(1)), Noon.AddSeconds(2));
        Assert.Equal(Noon, marks.Of("cloudtrail", 0));
        Assert.Equal(Noon.AddSeconds(2), marks.Of("cloudtrail", 1));
        Assert.Null(marks.Of("other", 0));
    }

    private static bool HasLoneSurrogate(string text) => text.EnumerateRunes().Any(rune => rune == Rune.ReplacementChar);
}
