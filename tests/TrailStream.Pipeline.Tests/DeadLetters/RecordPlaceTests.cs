using System.Text;
using CsCheck;
using TrailStream.Pipeline.DeadLetters;
using Xunit;

namespace TrailStream.Pipeline.Tests.DeadLetters;

public sealed class RecordPlaceTests
{
    private static readonly Gen<RecordPlace> Places = Gen.Select(
        Gen.String[Gen.Char["ab|/@#.-é1"], 1, 12], Gen.Int[0, 99], Gen.Long[0, long.MaxValue], Gen.Int[-1, 20], Gen.Int[0, 5],
        (source, partition, offset, index, replays) => new RecordPlace(source, partition, offset, index, replays));

    [Fact]
    public void KeyAndMark_AreReadBack() => Places.Sample(place =>
        RecordPlace.TryParse(place.Key, out var byKey) && byKey == place with { Replays = 0 }
        && RecordPlace.TryReadMark(place.Mark, out var byMark) && byMark == place with { Index = -1 });

    [Theory]
    [InlineData("cloudtrail/2@1042", "cloudtrail", 2, 1042, -1)]
    [InlineData("cloudtrail/2@1042#3", "cloudtrail", 2, 1042, 3)]
    [InlineData("logs/2026/day.json@88", "logs/2026/day.json", -1, 88, -1)]
    [InlineData("-@0", "-", -1, 0, -1)]
    [InlineData("cloudtrail|2|1042|-", "cloudtrail", 2, 1042, -1)]
    public void WhatIsPrinted_IsReadBack(string text, string source, int partition, long offset, int index)
    {
        Assert.True(RecordPlace.TryParse(text, out var place));
        Assert.Equal(new RecordPlace(source, partition, offset, index), place);
        Assert.True(RecordPlace.TryParse(place.ToString(), out var again) && again == place);
    }

    [Theory]
    [InlineData("")]
    [InlineData("cloudtrail")]
    [InlineData("@5")]
    [InlineData("cloudtrail/2@x")]
    [InlineData("cloudtrail/2@-7")]
    [InlineData("cloudtrail|2|x|-")]
    [InlineData("|2|1|-")]
    public void AnythingElse_IsRefused(string text) => Assert.False(RecordPlace.TryParse(text, out _));

    [Theory]
    [InlineData("order-17")]
    [InlineData("trailstream-replay|")]
    [InlineData("trailstream-replay|x|cloudtrail|0|1")]
    [InlineData("trailstream-replay|-1|cloudtrail|0|1")]
    [InlineData("trailstream-replay|1||0|1")]
    [InlineData("trailstream-replay|1|cloudtrail|0|99999999999999999999")]
    public void OtherKeys_AreNoMarks(string key) => Assert.False(RecordPlace.TryReadMark(Encoding.UTF8.GetBytes(key), out _));
}
