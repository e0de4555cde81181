using TrailStream.Pipeline.Elasticsearch;
using Xunit;

namespace TrailStream.Pipeline.Tests.Elasticsearch;

public sealed class BulkPaceTests
{
    [Fact]
    public void Overloaded_HalvesDownToTheLeast_SuccessGrowsBackToTheMost()
    {
        var pace = new BulkPace(5 << 20, 4);
        pace.Overloaded();
        Assert.Equal((5 << 19, 2), (pace.Bytes, pace.Requests));
        for (var i = 0; i < 20; i++)
        {
            pace.Overloaded();
        }

        Assert.Equal((BulkPace.BytesLeast, 1), (pace.Bytes, pace.Requests));
        for (var i = 0; i < 16; i++)
        {
            pace.Took();
        }

        Assert.Equal((5 << 20, 2), (pace.Bytes, pace.Requests));
        for (var i = 0; i < 100; i++)
        {
            pace.Took();
        }

        Assert.Equal((5 << 20, 4), (pace.Bytes, pace.Requests));
    }

    [Fact]
    public void TooLarge_GoesBelowWhatWasRefused_AndLeavesConcurrencyAlone()
    {
        var pace = new BulkPace(5 << 20, 4);
        pace.TooLarge(3_000_000);
        Assert.Equal((1_500_000, 4), (pace.Bytes, pace.Requests));
    }

    [Fact]
    public async Task Slots_LetInAsManyAsTheCapacityOfTheMoment()
    {
        var capacity = 1;
        var slots = new RequestSlots(() => capacity);
        await slots.EnterAsync(TestContext.Current.CancellationToken);
        using var stop = new CancellationTokenSource();
        var cancelled = slots.EnterAsync(stop.Token);
        var second = slots.EnterAsync(TestContext.Current.CancellationToken);
        var third = slots.EnterAsync(TestContext.Current.CancellationToken);
        Assert.False(second.IsCompleted);
        await stop.CancelAsync();
        capacity = 2;
        slots.Leave();
        await second;
        await third;
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled);
    }
}
