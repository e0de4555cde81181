using System.Text.Json;
using Xunit;
using static TrailStream.Core.Tests.Attribution.TestEvents;

namespace TrailStream.Core.Tests.Attribution;

/// <summary>The rules of attribution, one case each.</summary>
public sealed class AttributionTests : IDisposable
{
    private readonly Trail _trail = new();

    public void Dispose() => _trail.Dispose();

    [Fact]
    public void IamUser_IsDirect()
    {
        _trail.Add(Action(User("alice"), "10:00:00"), Action(User("alice", key: Key(99)), "10:00:01"));
        Expect(0, "direct", "caller", "IAMUser", "alice");
        Expect(1, "direct", "caller", "IAMUser", "alice");
    }

    [Fact]
    public void Chain_LeadsToFirstCaller_InAnyOrder()
    {
        string[] events =
        [
            Action(Role("prod", "s3", "10:10:00", Key(3), "333333333333"), "10:11:00"),
            Grant(User("alice"), "10:00:00", "admin", "alice", Key(1)),
            Grant(Role("admin", "alice", "10:00:00", Key(1)), "10:05:00", "deploy", "s2", Key(2), "222222222222"),
            Grant(Role("deploy", "s2", "10:05:00", Key(2), "222222222222"), "10:10:00", "prod", "s3", Key(3), "333333333333"),
        ];
        foreach (var order in Orders(events.Length))
        {
            using var trail = new Trail();
            trail.Add([.. order.Select(i => events[i])]);
            var actual = trail.Attribution(Array.IndexOf(order, 0));
            Assert.Equal("attributed", actual.Text("status"));
            Assert.Equal("3", actual.Text("depth"));
            Assert.Equal("alice@111111111111 > admin@111111111111 > deploy@222222222222 > prod@333333333333", actual.Text("path"));
            Assert.Equal("true", actual.Text("cross_account"));
            Assert.Equal("exact", actual.Text("confidence"));
            Assert.Equal([1, 2, 3], actual.GetProperty("chain").EnumerateArray().Select(hop => hop.GetProperty("hop").GetInt32()));
            Assert.Equal(Key(3), actual.GetProperty("chain")[2].Text("issued_key"));
        }
    }

    [Fact]
    public void MissingHop_IsPartial_AndPendingWhileGraceLasts()
    {
        _trail.Add(
            Grant(Role("admin", "alice", "10:00:00", Key(1)), "10:05:00", "deploy", "s2", Key(2)),
            Action(Role("deploy", "s2", "10:05:00", Key(2)), "10:06:00"));
        var actual = Expect(1, "partial", "access_key", "", "");
        Assert.Equal("grant_of_caller_missing", actual.Text("reason"));
        Assert.Equal("pending", _trail.Attribution(1, graceOver: false).Text("status"));
    }

    [Fact]
    public void UnknownKey_IsUnattributed()
    {
        _trail.Add(Action(Role("deploy", "s2", "10:05:00", Key(2)), "10:06:00"));
        Assert.Equal("no_grant", Expect(0, "unattributed", "none", "", "").Text("reason"));
    }

    [Theory]
    [InlineData("other", "s", "10:00:00", "10:01:00", "role_mismatch")]
    [InlineData("admin", "other", "10:00:00", "10:01:00", "role_mismatch")]
    [InlineData("admin", "s", "10:00:30", "10:01:00", "issued_at_mismatch")]
    [InlineData("admin", "s", "10:00:00", "09:59:00", "used_before_grant")]
    [InlineData("admin", "s", "10:00:00", "22:00:00", "used_after_expiry")]
    public void DisagreeingEvidence_GivesNoClaim(string role, string session, string created, string used, string reason)
    {
        _trail.Add(
            Grant(User("alice"), "10:00:00", "admin", "s", Key(1), expires: "11:00:00"),
            Action(Role(role, session, created, Key(1)), used));
        Assert.Equal(reason, Expect(1, "unattributed", "none", "", "").Text("reason"));
    }

    [Fact]
    public void IdentityCenterKey_IsJoinedBySession()
    {
        const string Saml = """{"type":"SAMLUser","principalId":"x:bob@example.com","userName":"bob@example.com","identityProvider":"x"}""";
        _trail.Add(
            Grant(Saml, "10:00:00", "AWSReservedSSO_Admin_1", "bob@example.com", Key(1), action: "AssumeRoleWithSAML"),
            Action(Role("AWSReservedSSO_Admin_1", "bob@example.com", "10:00:00", Key(7)), "10:01:00"),
            Action(Role("AWSReservedSSO_Admin_1", "bob@example.com", "10:00:01", null), "10:01:00"));
        Expect(1, "attributed", "session", "SAMLUser", "bob@example.com");
        Assert.Equal("strong", Expect(2, "attributed", "session", "SAMLUser", "bob@example.com").Text("confidence"));
    }

    [Fact]
    public void OnBehalfOf_OnOneEvent_NamesTheUserOfAll()
    {
        const string Saml = """{"type":"SAMLUser","principalId":"x:bob@example.com","userName":"bob@example.com","identityProvider":"x"}""";
        const string Behalf = ""","onBehalfOf":{"userId":"u-1","identityStoreArn":"arn:aws:identitystore::1:identitystore/d-1"}""";
        _trail.Add(
            Action(Role("AWSReservedSSO_Admin_1", "bob", "10:00:00", Key(6)), "10:00:30"),
            Grant(Saml, "10:00:00", "AWSReservedSSO_Admin_1", "bob", Key(1), action: "AssumeRoleWithSAML"),
            Action(Role("AWSReservedSSO_Admin_1", "bob", "10:00:00", Key(7), more: Behalf), "10:01:00"));
        var actual = Expect(0, "attributed", "on_behalf_of", "IdentityCenterUser", "bob@example.com");
        Assert.Equal("u-1", actual.Text("origin", "id"));
        Assert.Equal("1", actual.Text("depth"));
        Expect(2, "attributed", "on_behalf_of", "IdentityCenterUser", "bob@example.com");
    }

    [Fact]
    public void SeveralGrantsInOneSecond_AreAmbiguousUnlessTheKeyProves()
    {
        _trail.Add(
            Grant(User("alice"), "10:00:00", "admin", "s", Key(1)),
            Grant(User("mallory"), "10:00:00", "admin", "s", Key(2)),
            Action(Role("admin", "s", "10:00:00", Key(9)), "10:01:00"),
            Action(Role("admin", "s", "10:00:00", Key(2)), "10:01:00"));
        Assert.Equal("ambiguous", Expect(2, "unattributed", "none", "", "").Text("reason"));
        Expect(3, "attributed", "access_key", "IAMUser", "mallory");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void TwoCallersForOneKey_IsConflictForEver(bool swapped)
    {
        string[] grants =
        [
            Grant(User("alice"), "10:00:00", "admin", "s", Key(1), id: "11111111-0000-4000-8000-000000000001"),
            Grant(User("mallory"), "10:00:00", "admin", "s", Key(1), id: "11111111-0000-4000-8000-000000000002"),
        ];
        _trail.Add(swapped ? [grants[1], grants[0], grants[1]] : [grants[0], grants[1], grants[0]]);
        _trail.Add(Action(Role("admin", "s", "10:00:00", Key(1)), "10:01:00"));
        Assert.Equal("conflict", Expect(3, "unattributed", "none", "", "").Text("reason"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void CrossAccountTwins_AreOneGrant_WhicheverComesFirst(bool poorFirst)
    {
        var rich = Grant(User("alice"), "10:00:00", "deploy", "s", Key(1), "222222222222", shared: "sh1");
        var poor = Grant(External("AIDAALICEEXAMPLE"), "10:00:00", "deploy", "s", Key(1), "222222222222", shared: "sh1");
        _trail.Add(poorFirst ? [poor, rich] : [rich, poor]);
        _trail.Add(Action(Role("deploy", "s", "10:00:00", Key(1), "222222222222"), "10:01:00"));
        var actual = Expect(2, "attributed", "access_key", "IAMUser", "alice");
        Assert.Equal(2, actual.GetProperty("evidence").GetProperty("event_ids").GetArrayLength());
        Expect(poorFirst ? 0 : 1, "direct", "shared_event", "IAMUser", "alice");
        Expect(poorFirst ? 1 : 0, "direct", "caller", "IAMUser", "alice");
    }

    [Fact]
    public void PoorTwinAlone_NamesTheExternalPrincipal_UntilAnotherEventNamesIt()
    {
        _trail.Add(
            Grant(External("AIDAALICEEXAMPLE", "999999999999"), "10:00:00", "deploy", "s", Key(1), shared: "sh1"),
            Action(Role("deploy", "s", "10:00:00", Key(1)), "10:01:00"));
        var actual = Expect(1, "attributed", "access_key", "AWSAccount", "");
        Assert.Equal("AIDAALICEEXAMPLE", actual.Text("origin", "id"));
        Assert.Equal("999999999999", actual.Text("origin", "account_id"));
        Assert.Equal("attributed", _trail.Attribution(1, graceOver: false).Text("status"));
        Assert.Equal("false", actual.Text("final"));

        _trail.Add(Action(User("alice", "999999999999"), "10:02:00"));
        Expect(1, "attributed", "access_key", "IAMUser", "alice");
    }

    [Fact]
    public void InstanceGrant_WithoutAssumedRoleUser_NamesTheInstance()
    {
        _trail.Add(
            Grant(Service("ec2.amazonaws.com"), "10:00:00", "web", "i-0123456789abcdef0", Key(1), withUser: false),
            Grant(Service("ec2.amazonaws.com"), "10:00:00", "web", "i-0123456789abcdef0", Key(2), withUser: false),
            Action(Role("web", "i-0123456789abcdef0", "10:00:00", Key(2)), "10:01:00"));
        var actual = Expect(2, "attributed", "access_key", "AWSService", "ec2.amazonaws.com");
        Assert.Equal("instance", actual.Text("origin", "workload", "type"));
        Assert.Equal("i-0123456789abcdef0", actual.Text("origin", "workload", "id"));
        Assert.Equal("", actual.Text("session_name_matches_origin"));
    }

    [Fact]
    public void ForwardedCall_KeepsThePerson()
    {
        _trail.Add(
            Grant(User("alice"), "10:00:00", "admin", "alice", Key(1)),
            Action(Role("admin", "alice", "10:00:00", Key(8), more: ",\"invokedBy\":\"cloudformation.amazonaws.com\""), "10:01:00"));
        var actual = Expect(1, "attributed", "session", "IAMUser", "alice");
        Assert.Equal("cloudformation.amazonaws.com", actual.Text("via_service"));
        Assert.Equal("true", actual.Text("session_name_matches_origin"));
    }

    [Fact]
    public void BorrowedSessionName_IsReportedAndNotBelieved()
    {
        _trail.Add(
            Action(User("alice"), "09:00:00"),
            Grant(User("mallory"), "10:00:00", "admin", "alice", Key(1)),
            Action(Role("admin", "alice", "10:00:00", Key(1)), "10:01:00"));
        Assert.Equal("false", Expect(2, "attributed", "access_key", "IAMUser", "mallory").Text("session_name_matches_origin"));
    }

    /// <summary>The sign-in event knows its caller by ARN alone, the grant behind it by id too: they are not two callers, of whom the index may have
    /// let one go.</summary>
    [Fact]
    public void ConsoleSwitchRole_IsNoRivalOfItsGrant_WhenOthersHaveExpired()
    {
        const string Caller = "arn:aws:iam::111111111111:user/alice";
        _trail.Add(
            Action(Role("admin", "alice", "10:00:00", null), "10:00:00", "SwitchRole", "signin.amazonaws.com", $",\"additionalEventData\":{{\"SwitchFrom\":\"{Caller}\"}}"),
            Grant(User("alice"), "10:00:00", "admin", "alice", Key(1)),
            Grant(User("bob"), "09:00:00", "other", "bob", Key(2), expires: "10:20:00"),
            Action(Role("admin", "alice", "10:00:00", Key(3)), "10:05:00"));
        _trail.Index.EnterWrite();
        _trail.Index.Advance(DateTimeOffset.Parse(Day + "13:00:00Z", System.Globalization.CultureInfo.InvariantCulture).ToUnixTimeSeconds());
        _trail.Index.ExitWrite();
        Expect(3, "attributed", "session", "IAMUser", "alice");
    }

    [Fact]
    public void ConsoleSwitchRole_NamesTheCaller()
    {
        _trail.Add(
            Action(Role("admin", "alice", "10:00:00", null), "10:00:00", "SwitchRole", "signin.amazonaws.com",
                ",\"additionalEventData\":{\"SwitchFrom\":\"arn:aws:iam::111111111111:user/alice\",\"RedirectTo\":\"x\"}".Replace("\"responseElements\":null", "")),
            Action(Role("admin", "alice", "10:00:00", Key(5)), "10:01:00"));
        Expect(1, "attributed", "console_switch_role", "IAMUser", "alice");
    }

    [Fact]
    public void FailedOrForeignGrants_IssueNothing()
    {
        _trail.Add(
            Grant(User("mallory"), "10:00:00", "admin", "s", Key(1), more: ",\"errorCode\":\"AccessDenied\""),
            Grant(User("mallory"), "10:00:00", "admin", "s", Key(1)).Replace("sts.amazonaws.com", "evil.amazonaws.com"),
            Action(Role("admin", "s", "10:00:00", Key(1)), "10:01:00"));
        Expect(2, "unattributed", "none", "", "");
    }

    [Fact]
    public void CentralRootSession_LeadsToTheAdministrator()
    {
        const string Root = """{"type":"Root","principalId":"222222222222","arn":"arn:aws:iam::222222222222:root","accountId":"222222222222","accessKeyId":"KEY","sessionContext":{"attributes":{"creationDate":"2026-11-20T10:00:00Z"},"assumedRoot":"true"}}""";
        _trail.Add(
            Action(User("alice"), "10:00:00", "AssumeRoot", "sts.amazonaws.com")
                .Replace("\"requestParameters\":null", "\"requestParameters\":{\"targetPrincipal\":\"222222222222\"}")
                .Replace("\"responseElements\":null", $$"""{"x":1}""".Insert(0, "\"responseElements\":").Replace("{\"x\":1}", $"{{\"credentials\":{{\"accessKeyId\":\"{Key(1)}\"}}}}")),
            Action(Root.Replace("KEY", Key(1)), "10:01:00"),
            Action(Root.Replace("KEY", Key(2)), "10:01:00"));
        Expect(1, "attributed", "access_key", "IAMUser", "alice");
        Assert.Equal("root_session_without_grant", Expect(2, "unattributed", "none", "", "").Text("reason"));
    }

    [Fact]
    public void LateGrant_WakesWhatWaits()
    {
        _trail.Add(Action(Role("prod", "s", "10:10:00", Key(3)), "10:11:00"));
        var fields = _trail.Events[0].Fields;
        _trail.Index.EnterRead();
        var verdict = _trail.Attributor.Attribute(_trail.Events.Record(0), in fields, graceOver: false);
        _trail.Index.ExitRead();
        Assert.True(verdict.Waits);
        _trail.Add(Grant(Role("admin", "a", "10:00:00", Key(1)), "10:10:00", "prod", "s", Key(3)));
        Assert.Contains(verdict.WaitsFor1, _trail.Wakes);
        var wakes = _trail.Wakes.Count;

        // The grant above it comes last: the event below the chain is woken too.
        _trail.Add(Grant(User("alice"), "10:00:00", "admin", "a", Key(1)));
        Assert.Contains(verdict.WaitsFor1, _trail.Wakes.Skip(wakes));
        Expect(0, "attributed", "access_key", "IAMUser", "alice");
    }

    /// <summary>The stores refuse a lower rank and the late actor writes only a higher one: a verdict that evidence has made better must stand above.</summary>
    [Fact]
    public void BetterEvidence_RanksHigher_ThoughTheStatusStays()
    {
        const string ServiceRole = "AWSServiceRoleForAutoScaling";
        var identity = Role(ServiceRole, "AutoScaling", "10:00:00", Key(1)).Replace(":role/", ":role/aws-service-role/autoscaling.amazonaws.com/", StringComparison.Ordinal);
        _trail.Add(Action(identity, "10:05:00"), Action(Role("deploy", "d", "10:30:00", Key(3)), "10:35:00"));
        _trail.Add(Grant(Role("engineer", "e", "10:20:00", Key(2)), "10:30:00", "deploy", "d", Key(3)));
        var alone = Rank(0);
        var oneHop = Rank(1);

        _trail.Add(Grant(Service("autoscaling.amazonaws.com"), "10:00:00", ServiceRole, "AutoScaling", Key(1)));
        _trail.Add(Grant(Role("base", "b", "10:10:00", Key(4)), "10:20:00", "engineer", "e", Key(2)));
        Assert.True(Rank(0) > alone, $"{Rank(0)} with the grant, {alone} without");
        Assert.True(Rank(1) > oneHop, $"{Rank(1)} with two hops, {oneHop} with one");
    }

    [Fact]
    public void Cycle_EndsWithoutClaim()
    {
        _trail.Add(
            Grant(Role("a", "s", "10:00:00", Key(2)), "10:00:00", "a", "s", Key(1)),
            Grant(Role("a", "s", "10:00:00", Key(1)), "10:00:00", "a", "s", Key(2)),
            Action(Role("a", "s", "10:00:00", Key(1)), "10:00:01"));
        Assert.Contains(Expect(2, null, null, "", "").Text("status"), (string[])["unattributed", "partial"]);
    }

    [Fact]
    public void LongChain_ShowsItsFirstAndLastHops()
    {
        _trail.Add(Grant(User("alice"), "00:00:00", "r0", "s", Key(100)));
        for (var i = 1; i < 40; i++)
        {
            _trail.Add(Grant(Role($"r{i - 1}", "s", $"00:{i - 1:D2}:00", Key(99 + i)), $"00:{i:D2}:00", $"r{i}", "s", Key(100 + i)));
        }

        _trail.Add(Action(Role("r39", "s", "00:39:00", Key(139)), "00:40:00"));
        var actual = Expect(40, "attributed", "access_key", "IAMUser", "alice");
        Assert.Equal("40", actual.Text("depth"));
        Assert.Equal(16, actual.GetProperty("chain").GetArrayLength());
        Assert.Equal("true", actual.Text("evidence", "truncated"));
    }

    [Fact]
    public void Origin_OutlivesTheWindow()
    {
        _trail.Add(Grant(User("alice"), "00:00:00", "a", "s", Key(1), expires: "01:00:00"));
        _trail.Add(Grant(Role("a", "s", "00:00:00", Key(1)), "00:30:00", "b", "s", Key(2), expires: "23:00:00"));
        _trail.Index.EnterWrite();
        _trail.Index.Advance(DateTimeOffset.Parse("2026-11-20T20:00:00Z").ToUnixTimeSeconds());
        _trail.Index.ExitWrite();
        Assert.Equal(1, _trail.Index.Expired);
        _trail.Add(Action(Role("b", "s", "00:30:00", Key(2)), "20:00:00"), Action(Role("a", "s", "00:00:00", Key(1)), "00:10:00"));
        Expect(2, "attributed", "access_key", "IAMUser", "alice");
        Expect(3, "unattributed", "none", "", "");
    }

    private static IEnumerable<int[]> Orders(int count)
    {
        if (count == 1)
        {
            return [[0]];
        }

        return Orders(count - 1).SelectMany(order => Enumerable.Range(0, count).Select(at => (int[])[.. order[..at], count - 1, .. order[at..]]));
    }

    private long Rank(int number)
    {
        _trail.Index.EnterRead();
        try
        {
            return _trail.Attributor.Attribute(_trail.Events.Record(number), in _trail.Events[number].Fields, graceOver: true).Rank;
        }
        finally
        {
            _trail.Index.ExitRead();
        }
    }

    private JsonElement Expect(int number, string? status, string? method, string originType, string originName)
    {
        var actual = _trail.Attribution(number);
        Assert.True(
            (status is null || actual.Text("status") == status) && (method is null || actual.Text("method") == method)
            && actual.Text("origin", "type") == originType && actual.Text("origin", "name") == originName,
            actual.GetRawText());
        return actual;
    }
}
