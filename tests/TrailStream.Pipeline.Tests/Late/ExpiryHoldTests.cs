using Microsoft.Extensions.Time.Testing;
using TrailStream.Pipeline.Late;
using Xunit;

namespace TrailStream.Pipeline.Tests.Late;

public sealed class ExpiryHoldTests
{
    private readonly FakeTimeProvider _clock = new();
    private readonly ExpiryHold _hold;

    public ExpiryHoldTests() => _hold = new ExpiryHold(_clock);

    [Fact]
    public void NothingOpen_FollowsEventTime()
    {
        Assert.Equal(100, _hold.Until(100, null));
        Assert.Equal(200, _hold.Until(200, null));
    }

    [Fact]
    public void OpenQuestion_HoldsAtTheEventTimeOfItsAsking_AndLetsGoWhenAnswered()
    {
        _hold.Until(100, null);
        var asked = _clock.GetTimestamp();
        for (var i = 1; i <= 60; i++)
        {
            _clock.Advance(TimeSpan.FromSeconds(1));
            Assert.Equal(100, _hold.Until(100 + (600 * i), asked));
        }

        Assert.Equal(50_000, _hold.Until(50_000, null));
    }

    [Fact]
    public void NextQuestion_MovesTheHoldOn()
    {
        _hold.Until(100, null);
        var first = _clock.GetTimestamp();
        _clock.Advance(TimeSpan.FromSeconds(2));
        _hold.Until(200, first);
        _clock.Advance(TimeSpan.FromSeconds(2));
        var second = _clock.GetTimestamp();
        _clock.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(200, _hold.Until(300, second));
    }

    [Fact]
    public void StoreThatNeverAnswers_HoldsNoLongerThanTheMost()
    {
        _hold.Until(100, null);
        var asked = _clock.GetTimestamp();
        var (held, seconds) = (100L, 0);
        while (held == 100 && seconds < 10_000)
        {
            _clock.Advance(TimeSpan.FromSeconds(1));
            held = _hold.Until(100 + ++seconds, asked);
        }

        Assert.InRange(seconds, ExpiryHold.HoldMax.TotalSeconds, ExpiryHold.HoldMax.TotalSeconds + 3);
    }
}
