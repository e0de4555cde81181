using System.Text.Json;
using Xunit;
using static TrailStream.Core.Tests.Attribution.TestEvents;

namespace TrailStream.Core.Tests.Attribution;

/// <summary>Sessions that Identity Center makes: the keys in use are not those that were issued, and some services' events name the user.</summary>
public sealed class IdentityCenterTests : IDisposable
{
    private readonly Trail _trail = new();

    public void Dispose() => _trail.Dispose();

    /// <summary>The user is named by any event of the session, and for the roles assumed from it likewise.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void IdentityCenterStatement_HoldsForTheRolesBelow(bool claimFirst)
    {
        var claim = Action(Sso("bob", Key(7), ",\"onBehalfOf\":{\"userId\":\"u-1\",\"identityStoreArn\":\"d-1\"}"), "10:01:00");
        string[] rest =
        [
            Grant(Saml("bob@example.com"), "10:00:00", "AWSReservedSSO_Admin_1", "bob", Key(1), action: "AssumeRoleWithSAML"),
            Grant(Sso("bob", Key(8)), "10:05:00", "prod", "x", Key(2)),
            Action(Role("prod", "x", "10:05:00", Key(2)), "10:06:00"),
        ];
        _trail.Add(claimFirst ? [claim, .. rest] : [.. rest, claim]);
        var actual = Expect(claimFirst ? 3 : 2, "attributed", "access_key", "IdentityCenterUser", "bob@example.com");
        Assert.Equal(("u-1", "2"), (actual.Text("origin", "id"), actual.Text("depth")));
    }

    [Fact]
    public void IdentityCenterStatement_WithoutAnyGrant_NamesTheUser()
    {
        const string Statement = ",\"onBehalfOf\":{\"userId\":\"u-1\",\"identityStoreArn\":\"d-1\"}";
        _trail.Add(
            Action(Sso("bob", Key(7), Statement), "10:01:00", id: "said-later"),
            Action(Sso("bob", Key(8)), "10:02:00"),
            Grant(Sso("bob", Key(9)), "10:05:00", "prod", "x", Key(2), id: "grant"),
            Action(Role("prod", "x", "10:05:00", Key(2)), "10:06:00"));
        Assert.Equal(["said-later"], Evidence(Expect(1, "attributed", "on_behalf_of", "IdentityCenterUser", "bob")));
        Assert.Equal("1", Expect(3, "attributed", "access_key", "IdentityCenterUser", "bob").Text("depth"));

        // Whoever says so first in the session's life is the evidence of those that do not say it, and of the roles below.
        _trail.Add(Action(Sso("bob", Key(10), Statement), "10:00:05", id: "said-first"), Action(Sso("bob", Key(7), Statement), "11:00:00", id: "said-last"));
        Assert.Equal(["said-first"], Evidence(_trail.Attribution(1)));
        Assert.Equal(["grant", "said-first"], Evidence(_trail.Attribution(3)));
        Assert.Equal(["said-last"], Evidence(_trail.Attribution(5)));
    }

    private static string Saml(string name) => $$"""{"type":"SAMLUser","principalId":"idp:{{name}}","userName":"{{name}}","identityProvider":"idp"}""";

    private static string Sso(string name, string key, string more = "") => Role("AWSReservedSSO_Admin_1", name, "10:00:00", key, more: more);

    private static IEnumerable<string?> Evidence(JsonElement attribution) =>
        attribution.GetProperty("evidence").GetProperty("event_ids").EnumerateArray().Select(id => id.GetString());

    private JsonElement Expect(int number, string? status, string? method, string? originType, string? originName)
    {
        var actual = _trail.Attribution(number);
        Assert.True(
            (status is null || actual.Text("status") == status) && (method is null || actual.Text("method") == method)
            && (originType is null || actual.Text("origin", "type") == originType) && (originName is null || actual.Text("origin", "name") == originName),
            actual.GetRawText());
        return actual;
    }
}
