using System.Globalization;
using System.Text.Json;
using Xunit;
using static TrailStream.Core.Tests.Attribution.TestEvents;

namespace TrailStream.Core.Tests.Attribution;

/// <summary>Role juggling: two roles assume each other for days, each session for an hour. The first grant has left the index long ago when the last session acts.</summary>
public sealed class LongLivedChainTests : IDisposable
{
    private const int Hops = 5 * 24;
    private static readonly DateTimeOffset Start = DateTimeOffset.Parse("2026-11-20T08:00:00Z", CultureInfo.InvariantCulture);

    private readonly Trail _trail = new();

    public void Dispose() => _trail.Dispose();

    [Fact]
    public void Origin_IsCarriedForDays_ByTheSessionsBelow()
    {
        for (var hop = 0; hop < Hops; hop++)
        {
            Advance(hop);
            _trail.Add(GrantOf(hop), UseOf(hop));
            var actual = _trail.Attribution(_trail.Events.Count - 1);
            Assert.True(actual.Text("status") == "attributed" && actual.Text("origin", "name") == "alice", actual.GetRawText());
            Assert.Equal((hop + 1).ToString(CultureInfo.InvariantCulture), actual.Text("depth"));
        }

        // All but those of the last hours have left: what is left of them is what the last ones rest on.
        Assert.InRange(_trail.Index.Expired, Hops - 5, Hops);
        var last = _trail.Attribution(_trail.Events.Count - 1);
        Assert.Equal(("1", "arn:aws:iam::111111111111:user/alice"), (First(last).Text("hop"), First(last).Text("from_arn")));
        Assert.Equal("no_grant", _trail.Attribution(1).Text("reason"));

        // When the last one has gone nothing holds the others.
        Advance(Hops + 48);
        Assert.Equal(0, _trail.Index.Count);
    }

    /// <summary>The grant that leads to the person comes two days late, when what it issued has expired: whatever lives below it gets the origin.</summary>
    [Fact]
    public void FirstGrant_DaysLate_ReachesTheSessionsThatLive()
    {
        for (var hop = 1; hop < 48; hop++)
        {
            Advance(hop);
            _trail.Add(GrantOf(hop), UseOf(hop));
        }

        var number = _trail.Events.Count - 1;
        Assert.Equal("grant_of_caller_missing", _trail.Attribution(number).Text("reason"));
        _trail.Add(GrantOf(0));
        var actual = _trail.Attribution(number);
        Assert.Equal(("attributed", "alice", "48"), (actual.Text("status"), actual.Text("origin", "name"), actual.Text("depth")));
    }

    private static JsonElement First(JsonElement attribution) => attribution.GetProperty("chain")[0];

    private static string GrantOf(int hop)
    {
        var caller = hop == 0 ? User("alice") : SessionOf(hop - 1);
        return Grant(caller, "TT:TT:TT", RoleOf(hop), "s", Key(1000 + hop), expires: "EE:EE:EE")
            .Replace(Day + "TT:TT:TTZ", Time(hop, 0), StringComparison.Ordinal)
            .Replace(Day + "EE:EE:EEZ", Time(hop + 1, 5), StringComparison.Ordinal);
    }

    private static string UseOf(int hop) => Action(SessionOf(hop), "TT:TT:TT").Replace(Day + "TT:TT:TTZ", Time(hop, 30), StringComparison.Ordinal);

    private static string SessionOf(int hop) =>
        Role(RoleOf(hop), "s", "CC:CC:CC", Key(1000 + hop)).Replace(Day + "CC:CC:CCZ", Time(hop, 0), StringComparison.Ordinal);

    private static string RoleOf(int hop) => hop % 2 == 0 ? "blue" : "green";

    private static string Time(int hour, int minute) => Start.AddHours(hour).AddMinutes(minute).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    private void Advance(int hour)
    {
        _trail.Index.EnterWrite();
        _trail.Index.Advance(Start.AddHours(hour).ToUnixTimeSeconds());
        _trail.Index.ExitWrite();
    }
}
