using TrailStream.Core.Attribution;

namespace TrailStream.Testing.Oracle;

/// <summary>A second attribution, deliberately simple: the whole world in memory, dictionaries, recursion. Written from the rules of the product,
/// not from its code, to be held against it. It knows no order of arrival: everything is there before the first question. May be slow.</summary>
public sealed partial class TrailOracle
{
    /// <summary>Two clocks of one second resolution.</summary>
    public const long ToleranceSeconds = 2;

    private static readonly TimeSpan Window = TimeSpan.FromHours(36);
    private static readonly TimeSpan Slack = TimeSpan.FromHours(2);

    private readonly Dictionary<string, OracleGrant> _grants;
    private readonly ILookup<OracleSession, OracleGrant> _sessions;
    private readonly ILookup<OracleSession, OracleEvent> _switches;
    private readonly ILookup<(OracleSession Session, long Created), OracleEvent> _onBehalfOf;
    private readonly Dictionary<string, OracleOrigin> _users = [];

    public TrailOracle(IEnumerable<OracleEvent> world)
    {
        // Delivered twice is recorded once; what has no id cannot be told from its copy and counts as itself.
        var nameless = 0;
        var events = world.GroupBy(e => e.Id.Length > 0 ? e.Id : "nameless " + nameless++).Select(copies => copies.First()).ToList();
        _grants = events.Where(OracleGrant.Issues).GroupBy(e => e.IssuedKey).ToDictionary(of => of.Key, of => new OracleGrant
        {
            Key = of.Key,
            Events = [.. of.OrderBy(OracleGrant.IsPoor).ThenBy(e => e.Time).ThenBy(e => e.Id, StringComparer.Ordinal)],
        });
        _sessions = _grants.Values.SelectMany(grant => grant.Sessions, (grant, session) => (grant, session)).ToLookup(pair => pair.session, pair => pair.grant);
        _switches = events.Where(IsSwitch).ToLookup(e => OracleSession.OfArn(e.Arn)!);
        _onBehalfOf = events.Where(e => e.Type == "AssumedRole" && e.OnBehalfOf.Length > 0 && e.Created is not null && OracleSession.OfArn(e.Arn) is not null)
            .ToLookup(e => (OracleSession.OfArn(e.Arn)!, e.Created!.Value));
        foreach (var e in events.Where(e => e.Type == "IAMUser" && e.PrincipalId.Length > 0 && e.Arn.Length > 0))
        {
            _users.TryAdd(e.PrincipalId, OracleOrigin.OfCaller(e)!);
        }
    }

    public OracleVerdict Attribute(OracleEvent e)
    {
        if (e.Type == "AssumedRole" || (e.Type == "Root" && (e.IsAssumedRoot || GrantOf(e) is { Action: "AssumeRoot" } or { IsConflict: true })))
        {
            return OfSession(e, []);
        }

        if (e.Type == "FederatedUser" && OracleOrigin.OfCaller(e) is { } issuer)
        {
            return OfFederatedUser(e, issuer);
        }

        if (e.Type == "AWSAccount" && !OracleOrigin.IsAnonymous(e))
        {
            return OfExternal(e);
        }

        if (OracleOrigin.OfCaller(e) is { } caller)
        {
            var reason = caller.Type == OriginType.AWSService ? AttributionReason.ServiceCaller : AttributionReason.CallerNamed;
            return Known(AttributionStatus.Direct, AttributionMethod.Caller, caller, [], reason);
        }

        return new OracleVerdict
        {
            Status = AttributionStatus.NotApplicable,
            Method = AttributionMethod.None,
            Reasons = OracleOrigin.IsAnonymous(e) ? [AttributionReason.Anonymous]
                : e.IsInsight ? [AttributionReason.Insight]
                : [AttributionReason.NoIdentity, AttributionReason.ServiceEvent],
        };
    }

    private static bool IsSwitch(OracleEvent e) => !e.Failed && e.Source == "signin.amazonaws.com" && e.Name == "SwitchRole"
        && e.Text("additionalEventData", "SwitchFrom").Length > 0 && OracleSession.OfArn(e.Arn) is not null;

    private static OracleVerdict Known(
        AttributionStatus status, AttributionMethod method, OracleOrigin? origin, IReadOnlyList<IReadOnlyList<string>> chain, params AttributionReason[] reasons) =>
        new() { Status = status, Method = method, Origin = origin, Chain = chain, Reasons = reasons };

    private static OracleVerdict Nobody(params AttributionReason[] reasons) =>
        Known(AttributionStatus.Unattributed, AttributionMethod.None, null, [], reasons);

    private OracleGrant? GrantOf(OracleEvent e) => e.Key.Length > 0 ? _grants.GetValueOrDefault(e.Key) : null;

    /// <summary>The event names who asked for the token; a grant that agrees proves it.</summary>
    private OracleVerdict OfFederatedUser(OracleEvent e, OracleOrigin issuer)
    {
        if (GrantOf(e) is { } grant && FailedChecks(grant, e).Count == 0 && OriginOf(grant.Best) is { } asker && (asker.Id, asker.Arn) == (issuer.Id, issuer.Arn))
        {
            return Known(AttributionStatus.Attributed, AttributionMethod.AccessKey, asker, [Ids(grant)], AttributionReason.KeyMatched);
        }

        return Known(AttributionStatus.Direct, AttributionMethod.Caller, issuer, [], AttributionReason.CallerNamed);
    }

    /// <summary>Another account's caller: on a grant the record of the same call in the caller's account names it, else any event that names its id.</summary>
    private OracleVerdict OfExternal(OracleEvent e)
    {
        if (OracleGrant.Issues(e) && _grants[e.IssuedKey] is { IsConflict: false } grant && !OracleGrant.IsPoor(grant.Best))
        {
            if (OriginOf(grant.Best) is { } twin)
            {
                return Known(AttributionStatus.Direct, AttributionMethod.SharedEvent, twin, [], AttributionReason.TwinMatched);
            }

            var caller = OfSession(grant.Best, [grant.Key], grant);
            return Known(
                caller.Status, AttributionMethod.SharedEvent, caller.Origin, caller.Chain,
                caller.Origin is null ? [AttributionReason.GrantOfCallerMissing, .. caller.Reasons] : [AttributionReason.TwinMatched]);
        }

        return _users.TryGetValue(e.PrincipalId, out var user)
            ? Known(AttributionStatus.Direct, AttributionMethod.SharedEvent, user, [], AttributionReason.TwinMatched)
            : Known(
                AttributionStatus.Direct, AttributionMethod.Caller, OracleOrigin.OfCaller(e), [],
                AttributionReason.ExternalAccount, AttributionReason.AwaitingTwin);
    }

    /// <summary>The origin that a grant's own caller is; null when the caller is itself a session.</summary>
    private OracleOrigin? OriginOf(OracleEvent caller)
    {
        if (caller.Type == "AssumedRole" || (caller.Type == "Root" && caller.IsAssumedRoot))
        {
            return null;
        }

        if (caller.Name == "GetCredentialsForIdentity" && OracleGrant.Issues(caller))
        {
            // A Cognito pool's user, in an event whose caller is nobody: all that is known is the identity.
            return new OracleOrigin(OriginType.WebIdentityUser, "", caller.Text("requestParameters", "identityId"), "", "");
        }

        return OracleGrant.IsPoor(caller) && _users.TryGetValue(caller.PrincipalId, out var user)
            ? user
            : OracleOrigin.OfCaller(caller) ?? new OracleOrigin(OriginType.Unknown, caller.PrincipalId, caller.UserName, caller.Arn, caller.Account);
    }

    private static IReadOnlyList<string> Ids(OracleGrant grant) => [.. grant.Events.Select(e => e.Id)];
}
