using Microsoft.Extensions.Time.Testing;
using TrailStream.Cli;
using TrailStream.Pipeline.Verification;
using TrailStream.Verify;
using Xunit;

namespace TrailStream.Tests.Verify;

public sealed class VerifyCommandTests
{
    private static readonly FakeTimeProvider Clock = new(new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero));

    [Theory]
    [InlineData("2h", "2026-03-01T10:00:00Z")]
    [InlineData("2026-02-28", "2026-02-28T00:00:00Z")]
    [InlineData("2026-02-28T06:30:00+01:00", "2026-02-28T05:30:00Z")]
    public void Bound_IsATime(string text, string expected) =>
        Assert.Equal(DateTimeOffset.Parse(expected), Assert.IsType<RangeBound.At>(VerifyCommand.Bound("--from", text, ["cloudtrail"], Clock)).Time);

    [Fact]
    public void Bound_IsOffsets()
    {
        var one = Assert.IsType<RangeBound.Offsets>(VerifyCommand.Bound("--from", "0:1000, 3:5", ["cloudtrail"], Clock));
        Assert.Equal(new Dictionary<(string, int), long> { [("cloudtrail", 0)] = 1000, [("cloudtrail", 3)] = 5 }, one.Of);
        var several = Assert.IsType<RangeBound.Offsets>(VerifyCommand.Bound("--to", "b/1:7", ["a", "b"], Clock));
        Assert.Equal(7, several.Of[("b", 1)]);
    }

    [Theory]
    [InlineData("yesterday")]
    [InlineData("0:x")]
    [InlineData("-1:5")]
    [InlineData("other/0:5")]
    public void Bound_SaysWhatItMustBe(string text) =>
        Assert.Contains("0:1000", Assert.Throws<WrongUsageException>(() => VerifyCommand.Bound("--from", text, ["cloudtrail"], Clock)).Message, StringComparison.Ordinal);

    [Fact]
    public void NothingFound_IsNoError_WithoutBound() => Assert.Null(VerifyCommand.Bound("--from", null, ["cloudtrail"], Clock));
}
