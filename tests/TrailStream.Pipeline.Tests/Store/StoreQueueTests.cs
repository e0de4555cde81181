using TrailStream.Core.Sessions;
using TrailStream.Pipeline.Store;
using Xunit;

namespace TrailStream.Pipeline.Tests.Store;

public sealed class StoreQueueTests
{
    private static ChangedSession Session(string key, bool contradicts = false) =>
        new(key, "", 0, 100, true, contradicts, contradicts ? ConcernedUses.All : ConcernedUses.Unproven);

    [Fact]
    public void NotDue_IsNotTaken()
    {
        var queue = new StoreQueue(10);
        queue.Add([Session("A")], due: 5);
        Assert.Empty(Taken(queue, 4));
        Assert.Equal([Session("A")], Taken(queue, 5));
    }

    [Fact]
    public void SameSessionTwice_IsAskedOnce_ButAContradictionIsAnotherQuestion()
    {
        var queue = new StoreQueue(10);
        queue.Add([Session("A"), Session("A"), Session("A", contradicts: true), Session("B")], due: 0);
        var taken = Taken(queue, 0);
        Assert.Equal(3, taken.Count);
        Assert.Equal(new HashSet<IndexChange> { Session("A"), Session("A", contradicts: true), Session("B") }, taken.ToHashSet());
    }

    [Fact]
    public void MoreThanOneQuestionHolds_StaysForTheNext()
    {
        var queue = new StoreQueue(10);
        queue.Add([Session("A"), Session("B"), Session("C")], due: 0);
        var first = Taken(queue, 0, most: 2);
        Assert.Equal(2, first.Count);
        Assert.Single(Taken(queue, 0).Except(first));
    }

    [Fact]
    public void Count_HoldsTheQuestionUnderWay_UntilTheNextIsTaken()
    {
        var queue = new StoreQueue(10);
        queue.Add([Session("A"), Session("B")], due: 0);
        Assert.Equal(2, queue.Count);
        Taken(queue, 0);
        Assert.Equal(2, queue.Count);
        Assert.Empty(Taken(queue, 0));
        Assert.Equal(0, queue.Count);
    }

    [Fact]
    public void Full_CountsWhatDoesNotFit_AndTellsOnce()
    {
        var queue = new StoreQueue(2);
        Assert.Equal(1, queue.Add([Session("A"), Session("B"), Session("C")], due: 0));
        Assert.Equal(2, queue.Count);
        Assert.True(queue.TakeOverflow());
        Assert.False(queue.TakeOverflow());
    }

    [Fact]
    public void LearntAgainBeforeItWasAsked_IsAskedWhenDue_AndOnceMoreWhenTheLastIs()
    {
        var queue = new StoreQueue(10);
        for (var due = 5; due <= 8; due++)
        {
            queue.Add([Session("A")], due);
        }

        Assert.Equal(1, queue.Count);
        Assert.Equal([Session("A")], Taken(queue, 5));
        Assert.Empty(Taken(queue, 7));
        Assert.Equal([Session("A")], Taken(queue, 8));
        Assert.Empty(Taken(queue, 9));
    }

    [Fact]
    public void LearntAgain_AllOfItDue_IsOneQuestion()
    {
        var queue = new StoreQueue(10);
        queue.Add([Session("A")], 5);
        queue.Add([Session("A")], 6);
        Assert.Equal([Session("A")], Taken(queue, 6));
        Assert.Empty(Taken(queue, 7));
    }

    [Fact]
    public void OldestDue_IsOfTheQuestionThatIsOpen_UntilTheNextIsTaken()
    {
        var queue = new StoreQueue(10);
        Assert.Null(queue.OldestDue);
        queue.Add([Session("A")], 5);
        queue.Add([Session("B")], 7);
        Assert.Equal(5, queue.OldestDue);
        Taken(queue, 6);
        Assert.Equal(5, queue.OldestDue);
        Assert.Empty(Taken(queue, 6));
        Assert.Equal(7, queue.OldestDue);
        Taken(queue, 7);
        Taken(queue, 7);
        Assert.Null(queue.OldestDue);
    }

    /// <summary>What one question gets; the one before counts as answered.</summary>
    private static List<IndexChange> Taken(StoreQueue queue, long now, int most = 10)
    {
        var taken = new List<IndexChange>();
        queue.Take(now, most, taken);
        return taken;
    }
}
