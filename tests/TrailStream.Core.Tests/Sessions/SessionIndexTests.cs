using System.Globalization;
using CsCheck;
using TrailStream.Core.Sessions;
using TrailStream.Core.Tests.Attribution;
using Xunit;
using static TrailStream.Core.Tests.Attribution.TestEvents;

namespace TrailStream.Core.Tests.Sessions;

public sealed class SessionIndexTests
{
    private static readonly long Morning = DateTimeOffset.Parse(Day + "10:00:00Z", CultureInfo.InvariantCulture).ToUnixTimeSeconds();

    private readonly record struct Step(int Caller, int Issued, int Second, int Name, int Expiry, int Advance);

    /// <summary>Few roles, names, keys and seconds, so that grants are ambiguous, contradict one another and change parents all the time.</summary>
    private static readonly Gen<Step[]> Steps = Gen.Select(
        Gen.Int[0, 11], Gen.Int[0, 15], Gen.Int[0, 5], Gen.Int[0, 1], Gen.Int[11, 20], Gen.Int[0, 8],
        (caller, issued, second, name, expiry, advance) => new Step(caller, issued, second, name, expiry, advance)).Array[1, 80];

    [Fact]
    public void AfterAllHasExpired_NothingIsLeft_WhateverCameBefore() => Steps.Sample(
        steps =>
        {
            using var trail = new Trail();
            var now = Morning;
            foreach (var step in steps)
            {
                trail.Add(Grant(Caller(step), Time(step.Second), Role(step.Issued), Name(step.Name), Key(100 + step.Issued), expires: Time(step.Second, hour: step.Expiry)));
                if (step.Advance == 0)
                {
                    now += 3600;
                    Advance(trail, now);
                }

                // Of a key in conflict there is its record, and a taint for each second.
                Assert.InRange(trail.Index.Count, 0, 2 * steps.Length);
            }

            Advance(trail, Morning + (100 * 3600));
            Assert.Equal(0, trail.Index.Count);
        },
        iter: 3000,
        print: steps => string.Join("; ", steps));

    /// <summary>Grants dated years ahead, more than the index holds: they go like all others, at once.</summary>
    [Fact]
    public void FullOfForgedDates_LetsThemGo()
    {
        const int Most = 500;
        using var trail = new Trail(new SessionIndex(SessionIndexOptions.Default with { HashSeed = 1, SessionsMax = Most }));
        trail.Add(Grant(User("alice"), "10:00:00", "admin", "s", Key(1)));
        for (var i = 2; i < 2 * Most; i++)
        {
            trail.Add(Grant(User("alice"), "10:00:00", "admin", "s", Key(i)).Replace("2026-", "2099-", StringComparison.Ordinal));
        }

        Assert.InRange(trail.Index.Count, 1, Most);
        Assert.Equal((2 * Most) - 1, trail.Index.Count + trail.Index.EvictedFull);
    }

    private static void Advance(Trail trail, long eventTime)
    {
        trail.Index.EnterWrite();
        trail.Index.Advance(eventTime);
        trail.Index.ExitWrite();
    }

    private static string Caller(Step step) => step.Caller switch
    {
        0 => User("alice"),
        1 => User("bob"),

        // A session whose key was issued, or one that only the session's second can find.
        _ => TestEvents.Role(Role(step.Caller), Name(step.Caller & 1), Time(step.Second, minus: 1), step.Caller < 8 ? Key(100 + step.Caller) : Key(900)),
    };

    private static string Role(int number) => $"role-{number % 3}";

    private static string Name(int number) => $"name-{number}";

    private static string Time(int second, int hour = 10, int minus = 0) => $"{hour:D2}:00:{Math.Max(0, second - minus):D2}";
}
