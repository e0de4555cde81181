using Microsoft.Extensions.Time.Testing;
using TrailStream.Pipeline.Late;
using Xunit;

namespace TrailStream.Pipeline.Tests.Late;

public sealed class ExpiryHoldTests
{
    private readonly FakeTimeProvider _clock = new();
    private readonly ExpiryHold _hold;
    private long _seconds;

    public ExpiryHoldTests() => _hold = new ExpiryHold(_clock);

    [Fact]
    public void NothingOpen_FollowsEventTimeAtADistance()
    {
        Assert.Equal(long.MinValue, Pass(ExpiryHold.KeepTime - TimeSpan.FromSeconds(1), null));
        Assert.InRange(Pass(TimeSpan.FromMinutes(5), null), 290, 300);
    }

    [Fact]
    public void OpenQuestion_HoldsAtTheEventTimeOfItsAsking_AndLetsGoWhenAnswered()
    {
        Pass(TimeSpan.FromMinutes(15), null);
        var asked = _clock.GetTimestamp();
        Assert.InRange(Pass(TimeSpan.FromMinutes(20), asked), 899, 901);
        Assert.InRange(Pass(TimeSpan.FromMinutes(1), null), 1559, 1561);
    }

    [Fact]
    public void StoreThatNeverAnswers_HoldsNoLongerThanTheMost()
    {
        var asked = _clock.GetTimestamp();
        Assert.InRange(Pass(TimeSpan.FromMinutes(50), asked), 1199, 1201);
    }

    /// <summary>A partition turns up that lags.</summary>
    [Fact]
    public void EventTimeGoesBack_NothingBehindItIsForgottenAnyMore()
    {
        Assert.InRange(Pass(TimeSpan.FromMinutes(15), null), 290, 300);
        Assert.Equal(200, _hold.Until(200, null));
        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(200, _hold.Until(200, null));

        // As if it had never been ahead: for ten minutes the least counts.
        Assert.Equal(200, Pass(ExpiryHold.KeepTime - TimeSpan.FromSeconds(1), null));
        Assert.InRange(Pass(TimeSpan.FromSeconds(3), null), 900, 910);
    }

    /// <summary>Event time goes by the clock.</summary>
    private long Pass(TimeSpan time, long? oldestOpen)
    {
        var until = 0L;
        for (var i = 0; i < time.TotalSeconds; i++)
        {
            _clock.Advance(TimeSpan.FromSeconds(1));
            _seconds++;
            until = _hold.Until(_seconds, oldestOpen);
        }

        return until;
    }
}
