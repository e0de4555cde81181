using Xunit;
using static TrailStream.Core.Tests.Attribution.TestEvents;

namespace TrailStream.Core.Tests.Attribution;

/// <summary>Records that cannot all be AWS's. Nobody is named by what they lead to, in whatever order they come.</summary>
public sealed class ForgeryTests
{
    private const string Statement = ",\"onBehalfOf\":{\"userId\":\"u-1\",\"identityStoreArn\":\"x\"}";

    private static readonly string UseOfSession = Action(Role("b", "t", "10:01:00", Key(2), more: Statement), "10:02:00", id: "use");

    /// <summary>The key of the session that made the acting one was issued twice: Identity Center's statement beside that is not believed, either.</summary>
    [Fact]
    public void ConflictAbove_IsNotOutweighedByAStatement() => InEveryOrder(
        "unattributed conflict ",
        Grant(User("alice"), "10:00:00", "a", "s", Key(1), id: "g1"),
        Grant(User("bob"), "10:00:00", "a", "s", Key(1), id: "g2"),
        Grant(Role("a", "s", "10:00:00", Key(1)), "10:01:00", "b", "t", Key(2), id: "g3"),
        UseOfSession);

    [Fact]
    public void KeyOfAnotherRoleAbove_IsNotOutweighedByAStatement() => InEveryOrder(
        "partial role_mismatch ",
        Grant(User("alice"), "10:00:00", "other", "s", Key(1), id: "g1"),
        Grant(Role("a", "s", "10:00:00", Key(1)), "10:01:00", "b", "t", Key(2), id: "g3"),
        UseOfSession);

    [Fact]
    public void Circle_IsNotOpenedByAStatement() => InEveryOrder(
        "unattributed cycle ",
        Grant(Role("b", "t", "10:01:00", Key(2)), "10:01:00", "a", "s", Key(1), id: "g1"),
        Grant(Role("a", "s", "10:01:00", Key(1)), "10:01:00", "b", "t", Key(2), id: "g2"),
        UseOfSession);

    /// <summary>One key for two roles, and a third record of one of them in another second: an event without a key that fits any of these seconds is not
    /// explained.</summary>
    [Fact]
    public void KeyIssuedForTwoRoles_TaintsEachSecondOfBoth() => InEveryOrder(
        "unattributed ambiguous ",
        Grant(User("alice"), "10:00:00", "a", "s", Key(1), id: "g1"),
        Grant(User("alice"), "10:00:09", "b", "t", Key(1), id: "g2"),
        Grant(User("bob"), "10:00:02", "a", "s", Key(1), id: "g3"),
        Grant(User("carol"), "10:00:04", "a", "s", Key(3), id: "g4"),
        Action(Role("a", "s", "10:00:04", null), "10:02:00", id: "use"));

    /// <summary>Two records of one call, a second apart, and a session that began two seconds after the later of them: by name and time it is theirs,
    /// whichever of them is the better.</summary>
    [Fact]
    public void RecordsOfOneCall_SecondsApart_AreFoundByTheTimeOfEither() => InEveryOrder(
        "attributed session_matched alice",
        Grant(User("alice"), "10:00:06", "a", "s", Key(1), "222222222222", id: "g1"),
        Grant(External("AIDAALICEEXAMPLE"), "10:00:07", "a", "s", Key(1), "222222222222", id: "g2"),
        Action(Role("a", "s", "10:00:09", null, "222222222222"), "10:02:00", id: "use"));

    /// <summary>The last record is the one that is judged; all orders of those before it and of itself.</summary>
    private static void InEveryOrder(string expected, params string[] records)
    {
        foreach (var order in Orders(records.Length))
        {
            using var trail = new Trail();
            trail.Add([.. order.Select(number => records[number])]);
            var actual = trail.Attribution(Array.IndexOf(order, records.Length - 1));
            Assert.Equal(expected, $"{actual.Text("status")} {actual.Text("reason")} {actual.Text("origin", "name")}");
        }
    }

    private static IEnumerable<int[]> Orders(int count) => count == 1
        ? [[0]]
        : Orders(count - 1).SelectMany(order => Enumerable.Range(0, count).Select(at => (int[])[.. order[..at], count - 1, .. order[at..]]));
}
