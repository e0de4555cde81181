using TrailStream.Core.Sessions;
using TrailStream.Pipeline.Store;
using Xunit;

namespace TrailStream.Pipeline.Tests.Store;

public sealed class StoreQueueTests
{
    private static ChangedSession Session(string key, bool contradicts = false) => new(key, "", 0, 100, true, contradicts);

    [Fact]
    public void NotDue_IsNotTaken()
    {
        var queue = new StoreQueue(10);
        queue.Add([Session("A")], due: 5);
        var taken = new List<ChangedSession>();
        queue.Take(4, 10, taken);
        Assert.Empty(taken);
        queue.Take(5, 10, taken);
        Assert.Equal([Session("A")], taken);
        Assert.Equal(0, queue.Count);
    }

    [Fact]
    public void SameSessionTwice_IsAskedOnce_ButAContradictionIsAnotherQuestion()
    {
        var queue = new StoreQueue(10);
        queue.Add([Session("A"), Session("A"), Session("A", contradicts: true), Session("B")], due: 0);
        var taken = new List<ChangedSession>();
        queue.Take(0, 10, taken);
        Assert.Equal([Session("A"), Session("A", contradicts: true), Session("B")], taken);
    }

    [Fact]
    public void MoreThanOneQuestionHolds_StaysForTheNext()
    {
        var queue = new StoreQueue(10);
        queue.Add([Session("A"), Session("B"), Session("C")], due: 0);
        var taken = new List<ChangedSession>();
        queue.Take(0, 2, taken);
        Assert.Equal(2, taken.Count);
        Assert.Equal(1, queue.Count);
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
}
