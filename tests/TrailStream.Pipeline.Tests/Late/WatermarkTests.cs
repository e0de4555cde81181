using Microsoft.Extensions.Time.Testing;
using TrailStream.Pipeline.Late;
using Xunit;

namespace TrailStream.Pipeline.Tests.Late;

public sealed class WatermarkTests
{
    private readonly FakeTimeProvider _clock = new(DateTimeOffset.FromUnixTimeSeconds(1_000_000));
    private readonly Watermark _watermark;
    private readonly HashSet<int> _added = [];

    public WatermarkTests() => _watermark = new Watermark(_clock);

    [Fact]
    public void TwoPartitions_TheSlowerCounts()
    {
        Report(0, 500);
        Report(1, 900);
        Assert.Equal(500, _watermark.Current);
        Report(0, 800);
        Assert.Equal(800, _watermark.Current);
    }

    [Fact]
    public void IdlePartition_HoldsNobodyBack()
    {
        Report(0, 500);
        _watermark.AtEnd("t", 0, isAtEnd: true);
        Assert.Equal(500, _watermark.Current);
        _clock.Advance(Watermark.IdleAfter);
        Report(1, 900);
        Assert.Equal((900, 900), (_watermark.Current, _watermark.LeastAnywhere));
    }

    /// <summary>A store that is away for hours stops all reading; what a partition has not read yet still needs its evidence when it is back.</summary>
    [Fact]
    public void PartitionThatStandsStillWithMoreToRead_HoldsTheOthersBack()
    {
        Report(0, 500);
        Report(1, 900);
        _watermark.AtEnd("t", 1, isAtEnd: true);
        _clock.Advance(TimeSpan.FromHours(2));
        Assert.Equal(500, _watermark.Current);
        Assert.Equal([("t", 0, 500L)], _watermark.Lagging);
    }

    [Fact]
    public void PartitionOfAnotherNode_CountsAsLongAsItIsHeardOf()
    {
        Report(0, 900);
        _watermark.Hear("t", 1, 500, TimeSpan.FromMinutes(1));
        _watermark.Hear("t", 2, 300, Watermark.HeardFor);
        Assert.Equal((900, 500), (_watermark.Current, _watermark.LeastAnywhere));
        _clock.Advance(Watermark.HeardFor - TimeSpan.FromMinutes(1));
        Assert.Equal((900, 900), (_watermark.Current, _watermark.LeastAnywhere));
    }

    [Fact]
    public void MorePartitionsOfOthersThanAreRemembered_SaysSo()
    {
        Assert.All(Enumerable.Range(0, Watermark.HeardMax), partition => Assert.True(_watermark.Hear("t", partition, 500, TimeSpan.Zero)));
        Assert.False(_watermark.Hear("t", Watermark.HeardMax, 500, TimeSpan.Zero));
        Assert.True(_watermark.Hear("t", Watermark.HeardMax - 1, 600, TimeSpan.Zero));
    }

    [Fact]
    public void LaggingPartitionThatComesToThisNode_IsSeenAsItIs()
    {
        _watermark.Hear("t", 1, 500, TimeSpan.Zero);
        Report(0, 900);
        Assert.Equal((900, 500), (_watermark.Current, _watermark.LeastAnywhere));
        Report(1, 600);
        Assert.Equal((900, 600), (_watermark.Current, _watermark.LeastAnywhere));
        Report(1, 950);
        Assert.Equal((900, 900), (_watermark.Current, _watermark.LeastAnywhere));
    }

    [Fact]
    public void DateFarInTheFuture_ClampedToTheClock()
    {
        Report(0, 253_402_300_799);
        Assert.Equal(1_000_000 + 300, _watermark.Current);
    }

    [Fact]
    public void LaterPartitionWithOlderEvents_DoesNotGoBack()
    {
        Report(0, 500);
        Assert.Equal(500, _watermark.Current);
        Report(1, 100);
        Assert.Equal(500, _watermark.Current);
    }

    /// <summary>A node with nothing to read, because there are more nodes than partitions, must not keep everything for ever.</summary>
    [Fact]
    public void NodeWithoutPartitions_ForgetsByTheClock_ButForThoseThatLagElsewhere()
    {
        Assert.Equal((long.MinValue, 1_000_300), (_watermark.Current, _watermark.LeastAnywhere));
        _watermark.Hear("t", 1, 500, TimeSpan.Zero);
        Assert.Equal((long.MinValue, 500), (_watermark.Current, _watermark.LeastAnywhere));
    }

    [Fact]
    public void PartitionBeforeItsFirstEvent_MayHoldAnything_UnlessItIsAtItsEnd()
    {
        _watermark.Add("t", 0);
        Report(1, 900);
        Assert.Equal((900, long.MinValue), (_watermark.Current, _watermark.LeastAnywhere));
        Assert.Contains(("t", 0, long.MinValue), _watermark.Lagging);
        _watermark.AtEnd("t", 0, isAtEnd: true);
        _clock.Advance(Watermark.IdleAfter);
        Assert.Equal((900, 900), (_watermark.Current, _watermark.LeastAnywhere));
    }

    /// <summary>What was in the mailbox of a partition that is somebody else's by now.</summary>
    [Fact]
    public void PartitionThatWasTakenAway_ReportedOnceMore_HoldsNothing()
    {
        Report(0, 500);
        Report(1, 900);
        _watermark.Remove("t", 0);
        _watermark.Report("t", 0, 510);
        Assert.Equal((900, 900), (_watermark.Current, _watermark.LeastAnywhere));
        Assert.DoesNotContain(_watermark.Lagging, lagging => lagging.Partition == 0);
    }

    [Fact]
    public void NoEvents_SaysSo() => Assert.Equal((long.MinValue, long.MaxValue), (_watermark.Current, _watermark.First));

    private void Report(int partition, long eventTime)
    {
        if (_added.Add(partition))
        {
            _watermark.Add("t", partition);
        }

        _watermark.Report("t", partition, eventTime);
    }
}
