using TrailStream.Pipeline.Store;
using Xunit;

namespace TrailStream.Pipeline.Tests.Store;

public sealed class QuestionSizeTests
{
    private const int Most = 1000;

    [Fact]
    public void HalfAfterEachFailure_DoubleAfterEachAnswer()
    {
        var size = new QuestionSize(Most);
        size.Failed(size.Now);
        size.Failed(size.Now);
        Assert.Equal(Most / 4, size.Now);
        size.Answered(size.Now);
        Assert.Equal(Most / 2, size.Now);
        size.Answered(size.Now);
        size.Answered(size.Now);
        Assert.Equal(Most, size.Now);
    }

    /// <summary>Between bursts of evidence there are questions of a few changes; those of the next burst must not grow from there.</summary>
    [Fact]
    public void FewChangesAnswered_TheNextQuestionMayBeAsLargeAsBefore()
    {
        var size = new QuestionSize(Most);
        size.Answered(3);
        Assert.Equal(Most, size.Now);
    }

    [Fact]
    public void NeverLessThanOne()
    {
        var size = new QuestionSize(Most);
        size.Failed(1);
        Assert.Equal(1, size.Now);
    }
}
