using TrailStream.Pipeline.Options;
using TrailStream.Pipeline.Settlement;
using Xunit;

namespace TrailStream.Pipeline.Tests.Settlement;

public sealed class ReadCoordinatorTests
{
    private readonly ReadCoordinator _coordinator = new(new ReadLimits { SpanRecords = 100, BytesInFlight = 1000, DocumentBytesInFlight = 1000 });

    [Fact]
    public void SettledAfterTheAssignmentIsOver_ChangesNothingButTheBudget()
    {
        var first = _coordinator.Assign("t", 0, 10, false, 0);
        var number = _coordinator.HandOut(first, 19, 10, 100, 0, out _);
        _coordinator.Drop(first);
        var second = _coordinator.Assign("t", 0, 10, false, 5);
        Assert.Equal(100, _coordinator.BytesInFlight);
        Assert.Equal(SettleResult.Fenced, _coordinator.Settle("t", 0, first.Epoch, number, 100, 6));
        Assert.Equal(0, _coordinator.BytesInFlight);
        Assert.False(second.HasToStore);

        number = _coordinator.HandOut(second, 19, 10, 100, 7, out _);
        Assert.Equal(SettleResult.Moved, _coordinator.Settle("t", 0, second.Epoch, number, 100, 8));
        Assert.True(second.HasToStore);
        second.Stored(20);
        Assert.Throws<InvalidOperationException>(() => second.Stored(19));
        Assert.Throws<InvalidOperationException>(() => _coordinator.Settle("t", 0, second.Epoch, number, 100, 9));
    }

    [Fact]
    public void FirstStart_IsCommittedAtOnce_ALaterOneIsNot()
    {
        Assert.True(_coordinator.Assign("t", 0, 0, true, 0).HasToStore);
        Assert.True(_coordinator.Assign("t", 1, 700, true, 0).HasToStore);
        Assert.False(_coordinator.Assign("t", 2, 700, false, 0).HasToStore);
    }

    [Fact]
    public void Start_BehindRetention_CountsTheGapExactly()
    {
        Assert.Equal(700, ReadCoordinator.StartAt(committed: 500, low: 700, out var gap));
        Assert.Equal(200, gap);
        Assert.Equal(700, ReadCoordinator.StartAt(committed: 700, low: 700, out gap));
        Assert.Equal(0, gap);
    }

    [Fact]
    public void Flow_SaysItOnceEachAssignment_AndLetsGoAtHalf()
    {
        var lease = _coordinator.Assign("t", 0, 0, false, 0);
        Assert.Equal([PauseCause.None], Flow());
        Assert.Empty(Flow());
        var numbers = Enumerable.Range(0, 10).Select(i => _coordinator.HandOut(lease, i, 1, 100, 0, out _)).ToList();
        Assert.Equal([PauseCause.Budget], Flow());
        Settle(numbers[..5]);
        Assert.Empty(Flow());
        Settle(numbers[5..6]);
        Assert.Equal([PauseCause.None], Flow());
        Assert.Equal([PauseCause.SinkStalled], Flow(stalled: true));
        Assert.Empty(Flow(stopping: true));
        Assert.Equal(PauseCause.SinkStalled, lease.Cause);

        void Settle(IEnumerable<long> which)
        {
            foreach (var number in which)
            {
                _coordinator.Settle("t", 0, lease.Epoch, number, 100, 0);
            }
        }
    }

    [Fact]
    public void Span_PausesOnePartition()
    {
        var (full, free) = (_coordinator.Assign("t", 0, 0, false, 0), _coordinator.Assign("t", 1, 0, false, 0));
        Flow();
        _coordinator.HandOut(full, 49, 50, 10, 0, out var pressure);
        Assert.True(pressure);
        Assert.False(_coordinator.MayHold(full));
        Assert.True(_coordinator.MayHold(free));
        _coordinator.HandOut(full, 99, 50, 10, 0, out pressure);
        Assert.False(pressure);
        Assert.Equal([PauseCause.Span], Flow());
        Assert.Equal((true, false), (full.Paused, free.Paused));
    }

    [Fact]
    public void RecordThatCameBefore_IsPassedOver()
    {
        var lease = _coordinator.Assign("t", 0, 7, false, 0);
        Assert.True(lease.Take(7, 1));
        Assert.True(lease.Take(12, 1));
        Assert.False(lease.Take(9, 1));
        Assert.True(lease.Take(13, 1));
    }

    [Fact]
    public void UnreadableBatch_IsPassedOverWhereItIsKnown_ThoughTheErrorNamesItsBase()
    {
        var lease = _coordinator.Assign("t", 0, 90, false, 0);
        Assert.True(lease.Take(99, 0));
        Assert.Equal([-1L, -1, -1, 100, 100], Enumerable.Range(0, 5).Select(_ => lease.Fail(100, 4)));
        lease.PassOver(102);
        Assert.Equal(103, lease.Fail(100, 4));

        // Good again, and later another one.
        Assert.False(lease.Take(102, 0));
        Assert.True(lease.Take(103, 0));
        Assert.Equal([-1L, -1, -1, 104], Enumerable.Range(0, 4).Select(_ => lease.Fail(104, 4)));
    }

    [Fact]
    public void UnreadableBatch_BegunInTheMiddle_OnlyWhatIsNotRead()
    {
        var lease = _coordinator.Assign("t", 0, 150, false, 0);
        Assert.Equal([-1L, 150], Enumerable.Range(0, 2).Select(_ => lease.Fail(100, 2)));
    }

    [Fact]
    public void StandsFor_RisesOnEveryStuckPartition()
    {
        var lease = _coordinator.Assign("t", 0, 0, false, 1000);
        Assert.Equal(500, lease.StandsFor(1500));
        lease.ReachEnd(0);
        Assert.Equal(0, lease.StandsFor(9000));
        Assert.True(lease.Take(0, 9000));
        var number = _coordinator.HandOut(lease, 0, 1, 10, 9010, out _);
        Assert.Equal(90, lease.StandsFor(9100));
        _coordinator.Settle("t", 0, lease.Epoch, number, 10, 9200);
        Assert.Equal(100, lease.StandsFor(9300));
    }

    [Fact]
    public void RecordsBehindTheEnd_StandFromWhenTheyAreNoticed()
    {
        var lease = _coordinator.Assign("t", 0, 0, false, 0);
        lease.ReachEnd(10);
        lease.Extends(10, 500);
        Assert.Equal(0, lease.StandsFor(1000));

        // Somebody's transaction hangs: the partition goes on, and nothing of it can be read.
        lease.Extends(14, 1000);
        lease.Extends(20, 2000);
        Assert.Equal(1500, lease.StandsFor(2500));
        lease.ReachEnd(20);
        Assert.Equal(0, lease.StandsFor(3000));
    }

    [Fact]
    public void Paused_NobodyKnowsTheEnd()
    {
        var lease = _coordinator.Assign("t", 0, 0, false, 0);
        Flow();
        lease.ReachEnd(0);
        Assert.Equal(0, lease.StandsFor(100));
        Flow(stalled: true);
        Assert.False(lease.AtEnd);
        Assert.Equal(900, lease.StandsFor(900));
    }

    private List<PauseCause> Flow(bool stopping = false, bool stalled = false)
    {
        var changes = new List<(PartitionLease Lease, PauseCause Cause)>();
        _coordinator.Flow(stopping, stalled, 0, changes);
        changes.ForEach(change => change.Lease.Said(change.Cause != PauseCause.None, change.Cause));
        return changes.ConvertAll(change => change.Cause);
    }
}
