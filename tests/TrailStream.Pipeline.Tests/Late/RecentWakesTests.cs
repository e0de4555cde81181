using TrailStream.Pipeline.Late;
using Xunit;

namespace TrailStream.Pipeline.Tests.Late;

public sealed class RecentWakesTests
{
    private readonly RecentWakes _wakes = new(capacity: 10);

    [Fact]
    public void EvidenceAfterVerdict_Missed()
    {
        _wakes.Add(7, generation: 5);
        Assert.True(_wakes.MayHaveMissed(7, 0, generation: 4));
        Assert.True(_wakes.MayHaveMissed(0, 7, generation: 4));
    }

    [Fact]
    public void EvidenceBeforeVerdictOrForOthers_NotMissed()
    {
        _wakes.Add(7, generation: 5);
        Assert.False(_wakes.MayHaveMissed(7, 0, generation: 5));
        Assert.False(_wakes.MayHaveMissed(8, 0, generation: 4));
    }

    [Fact]
    public void ForgottenEvidence_CountsAsMissed()
    {
        for (var i = 1; i <= 100; i++)
        {
            _wakes.Add((ulong)i, generation: i);
        }

        Assert.True(_wakes.MayHaveMissed(1, 0, generation: 0));
        Assert.True(_wakes.MayHaveMissed(50, 0, generation: 49));
        Assert.False(_wakes.MayHaveMissed(1, 0, generation: 99));
    }
}
