using Microsoft.Extensions.Time.Testing;
using TrailStream.Pipeline.Late;
using Xunit;

namespace TrailStream.Pipeline.Tests.Late;

public sealed class WatermarkTests
{
    private readonly FakeTimeProvider _clock = new(DateTimeOffset.FromUnixTimeSeconds(1_000_000));
    private readonly Watermark _watermark;

    public WatermarkTests() => _watermark = new Watermark(_clock);

    [Fact]
    public void TwoPartitions_TheSlowerCounts()
    {
        _watermark.Report("t", 0, 500);
        _watermark.Report("t", 1, 900);
        Assert.Equal(500, _watermark.Current);
        _watermark.Report("t", 0, 800);
        Assert.Equal(800, _watermark.Current);
    }

    [Fact]
    public void IdlePartition_HoldsNobodyBack()
    {
        _watermark.Report("t", 0, 500);
        Assert.Equal(500, _watermark.Current);
        _clock.Advance(Watermark.IdleAfter);
        _watermark.Report("t", 1, 900);
        Assert.Equal(900, _watermark.Current);
    }

    [Fact]
    public void DateFarInTheFuture_ClampedToTheClock()
    {
        _watermark.Report("t", 0, 253_402_300_799);
        Assert.Equal(1_000_000 + 300, _watermark.Current);
    }

    [Fact]
    public void LaterPartitionWithOlderEvents_DoesNotGoBack()
    {
        _watermark.Report("t", 0, 500);
        Assert.Equal(500, _watermark.Current);
        _watermark.Report("t", 1, 100);
        Assert.Equal(500, _watermark.Current);
    }

    [Fact]
    public void NoEvents_SaysSo() => Assert.Equal((long.MinValue, long.MaxValue), (_watermark.Current, _watermark.First));
}
