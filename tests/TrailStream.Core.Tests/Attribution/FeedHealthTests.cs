using TrailStream.Core.Attribution;
using Xunit;
using static TrailStream.Core.Tests.Attribution.TestEvents;

namespace TrailStream.Core.Tests.Attribution;

public sealed class FeedHealthTests
{
    [Fact]
    public void AccountWithoutGrants_IsToldOnce_UntilAGrantComes()
    {
        var health = new FeedHealth();
        using var trail = new Trail();
        trail.Add(Action(Role("admin", "s", "10:00:00", Key(1), "222222222222"), "10:01:00"), Action(User("alice"), "10:01:00"));
        Attribute(trail, FeedHealth.UnexplainedMin - 1);
        Assert.Null(health.Add(trail.Attributor.Tally));
        Attribute(trail, 1);
        Assert.Equal(["222222222222"], health.Add(trail.Attributor.Tally));
        Attribute(trail, 5);
        Assert.Null(health.Add(trail.Attributor.Tally));
        Assert.Equal(1, health.SilentAccounts);

        trail.Add(Grant(User("alice"), "10:00:00", "other", "s", Key(2), "222222222222"));
        Assert.Null(health.Add(trail.Attributor.Tally));
        Assert.Equal(0, health.SilentAccounts);
    }

    private static void Attribute(Trail trail, int times)
    {
        for (var i = 0; i < times; i++)
        {
            trail.Attribution(0, graceOver: false);
            trail.Attribution(1, graceOver: false);
        }
    }
}
