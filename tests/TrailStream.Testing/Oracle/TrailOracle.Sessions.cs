using TrailStream.Core.Attribution;

namespace TrailStream.Testing.Oracle;

/// <content>Role sessions: which grant made this one, and who asked for it, up to the origin.</content>
public sealed partial class TrailOracle
{
    private const int ChainMax = 5000;

    /// <summary>The verdict on a session, from any event that it signed, a grant included.</summary>
    /// <param name="e">The event.</param>
    /// <param name="below">Issued keys on the way down, to notice a circle.</param>
    /// <param name="self">The grant whose caller this is: it did not issue its own caller.</param>
    private OracleVerdict OfSession(OracleEvent e, HashSet<string> below, OracleGrant? self = null)
    {
        var verdict = OfGrants(e, below, self);
        if (OfPersonNamed(e) is not { } person || verdict.Reasons.Intersect(Contradictions).Any())
        {
            return verdict;
        }

        // The grant knows the name, Identity Center the id; without a grant the session's name must do.
        var name = verdict.Origin is { Type: OriginType.SAMLUser, Name.Length: > 0 } saml ? saml.Name : person.Name;
        return new OracleVerdict
        {
            Status = AttributionStatus.Attributed,
            Method = AttributionMethod.OnBehalfOf,
            Origin = person with { Name = name },
            Chain = verdict.Chain,
            Reasons = [AttributionReason.OnBehalfOf],
            Statements = e.OnBehalfOf.Length > 0 ? [e.Id] : [.. _onBehalfOf[(OracleSession.OfArn(e.Arn)!, e.Created!.Value)].Select(claim => claim.Id)],
        };
    }

    private static readonly AttributionReason[] Contradictions =
    [
        AttributionReason.Conflict, AttributionReason.RoleMismatch, AttributionReason.IssuedAtMismatch, AttributionReason.UsedBeforeGrant,
        AttributionReason.UsedAfterExpiry, AttributionReason.Cycle,
    ];

    private OracleVerdict OfGrants(OracleEvent e, HashSet<string> below, OracleGrant? self)
    {
        var session = OracleSession.OfArn(e.Arn);
        if (GrantOf(e) is { } byKey && byKey != self)
        {
            var failed = FailedChecks(byKey, e);
            return failed.Count > 0 ? Nobody([.. failed]) : OfGrant(byKey, AttributionMethod.AccessKey, below);
        }

        if (session is not null && e.Created is { } created)
        {
            var candidates = _sessions[session]
                .Where(grant => grant != self && grant.Events.Any(g => OracleGrant.SessionOf(g) == session && Fits(g.Time, OracleGrant.Expires(g, Window), created, e.Time)))
                .ToList();
            if (candidates.Count > 0)
            {
                return OfCandidates(candidates, created, below);
            }

            var switches = _switches[session].Where(s => Fits(s.Time, s.Time + (12 * 3600), created, e.Time)).ToList();
            if (switches.Count > 0)
            {
                return OfSwitches(switches, created);
            }
        }

        return OfEventItself(e, session);
    }

    private static bool Fits(long issued, long expires, long created, long used) =>
        Math.Abs(created - issued) <= ToleranceSeconds && used >= issued - ToleranceSeconds && used <= expires + (long)Slack.TotalSeconds;

    /// <summary>What speaks against this grant's having made the session that signed the event.</summary>
    private static List<AttributionReason> FailedChecks(OracleGrant grant, OracleEvent e)
    {
        if (grant.IsConflict)
        {
            return [AttributionReason.Conflict];
        }

        var failed = new List<AttributionReason>();
        if (!IsUsedAsIssued(grant, e))
        {
            failed.Add(AttributionReason.RoleMismatch);
        }

        if (e.Created is { } created && grant.Events.Any(g => Math.Abs(created - g.Time) > ToleranceSeconds))
        {
            failed.Add(AttributionReason.IssuedAtMismatch);
        }

        if (grant.Events.Any(g => e.Time < g.Time - ToleranceSeconds))
        {
            failed.Add(AttributionReason.UsedBeforeGrant);
        }

        if (e.Time > OracleGrant.Expires(grant.Best, Window) + (long)Slack.TotalSeconds)
        {
            failed.Add(AttributionReason.UsedAfterExpiry);
        }

        return failed;
    }

    /// <summary>Each action issues keys for one kind of identity, and the key may be used as that alone.</summary>
    private static bool IsUsedAsIssued(OracleGrant grant, OracleEvent e)
    {
        var granted = grant.Best;
        return grant.Action switch
        {
            "AssumeRoot" => e.Type == "Root" && e.Account == granted.Text("requestParameters", "targetPrincipal"),
            "GetFederationToken" => e.Type == "FederatedUser" && e.Arn == granted.Text("responseElements", "federatedUser", "arn"),
            "GetSessionToken" => e.Type is "IAMUser" or "Root",
            "GetCredentialsForIdentity" => OracleSession.OfArn(e.Arn)?.Name == "CognitoIdentityCredentials",
            "CreateSession" when grant.Session is null => e.Arn == granted.Arn,
            _ => grant.Session is not null && grant.Session == OracleSession.OfArn(e.Arn),
        };
    }

    /// <summary>Several grants for one session and second explain an event only if all of them lead to one origin.</summary>
    private OracleVerdict OfCandidates(List<OracleGrant> candidates, long created, HashSet<string> below)
    {
        if (candidates.Any(grant => grant.IsConflict))
        {
            return Nobody(AttributionReason.Ambiguous);
        }

        var verdicts = candidates.ToDictionary(grant => grant, grant => OfGrant(grant, AttributionMethod.Session, below));
        var heads = verdicts.Select(v => (v.Value.Origin, v.Value.Origin is null ? (v.Key.Best.Arn, v.Key.Best.Key, v.Key.Best.Created) : default)).Distinct();
        if (heads.Count() > 1)
        {
            return Nobody(AttributionReason.Ambiguous);
        }

        return verdicts[candidates.OrderBy(g => Math.Abs(g.Issued - created)).ThenBy(g => g.Best.Id, StringComparer.Ordinal).First()];
    }

    /// <summary>Who asked for this grant.</summary>
    private OracleVerdict OfGrant(OracleGrant grant, AttributionMethod method, HashSet<string> below)
    {
        var found = method == AttributionMethod.AccessKey ? AttributionReason.KeyMatched : AttributionReason.SessionMatched;
        if (OriginOf(grant.Best) is { } origin)
        {
            var reason = origin.Type == OriginType.AWSAccount ? AttributionReason.ExternalAccount : found;
            return Known(AttributionStatus.Attributed, method, origin, [Ids(grant)], reason);
        }

        if (below.Contains(grant.Key) || below.Count > ChainMax)
        {
            return Nobody(AttributionReason.Cycle);
        }

        var caller = OfSession(grant.Best, [.. below, grant.Key], grant);
        if (caller.Origin is not null && caller.Method != AttributionMethod.SourceIdentity)
        {
            var reason = caller.Reasons.Contains(AttributionReason.ExternalAccount) ? AttributionReason.ExternalAccount : found;
            return new OracleVerdict
            {
                Status = AttributionStatus.Attributed,
                Method = method,
                Origin = caller.Origin,
                Chain = [.. caller.Chain, Ids(grant)],
                Reasons = [reason],
                Statements = caller.Statements,
            };
        }

        // A source identity is a claim: it stands in for an origin only where no grant at all was seen.
        var why = caller.Reasons.Except([AttributionReason.NoGrant, AttributionReason.NoKeyNoSession, AttributionReason.SourceIdentityOnly]).ToArray();
        return why.Contains(AttributionReason.Cycle) || why.Contains(AttributionReason.Conflict)
            ? Known(AttributionStatus.Unattributed, AttributionMethod.None, null, [], why)
            : Known(AttributionStatus.Partial, method, null, [.. caller.Chain, Ids(grant)], [AttributionReason.GrantOfCallerMissing, .. why]);
    }

    /// <summary>A console sign-in event knows its caller by ARN alone.</summary>
    private static OracleVerdict OfSwitches(List<OracleEvent> switches, long created)
    {
        var callers = switches.Select(s => s.Text("additionalEventData", "SwitchFrom")).Distinct().ToList();
        if (callers.Count > 1)
        {
            return Nobody(AttributionReason.Ambiguous);
        }

        var chosen = switches.OrderBy(s => Math.Abs(s.Time - created)).ThenBy(s => s.Id, StringComparer.Ordinal).First();
        var ids = new[] { chosen.Id };
        var arn = callers[0];
        if (OracleSession.OfArn(arn) is not null)
        {
            return Known(AttributionStatus.Partial, AttributionMethod.ConsoleSwitchRole, null, [ids], AttributionReason.GrantOfCallerMissing);
        }

        var type = arn.EndsWith(":root", StringComparison.Ordinal) ? OriginType.Root : OriginType.IAMUser;
        var origin = new OracleOrigin(type, "", arn[(arn.LastIndexOfAny(['/', ':']) + 1)..], arn, arn.Split(':', 6)[4]);
        return Known(AttributionStatus.Attributed, AttributionMethod.ConsoleSwitchRole, origin, [ids], AttributionReason.ConsoleSwitch);
    }

    /// <summary>What an event proves about a session whose grant nobody saw.</summary>
    private static OracleVerdict OfEventItself(OracleEvent e, OracleSession? session)
    {
        var path = e.Text("userIdentity", "sessionContext", "sessionIssuer", "arn").Split(":role/aws-service-role/");
        if (path.Length > 1)
        {
            return Known(
                AttributionStatus.Attributed, AttributionMethod.Caller, OracleOrigin.Service(path[1].Split('/')[0]), [], AttributionReason.ServiceLinkedRole);
        }

        if (e.Text("userIdentity", "inScopeOf", "issuerType") == "AWS::Lambda::Function" && e.Text("userIdentity", "inScopeOf", "credentialsIssuedTo").Length > 0)
        {
            return Known(
                AttributionStatus.Attributed, AttributionMethod.Caller, OracleOrigin.Service("lambda.amazonaws.com"), [], AttributionReason.CredentialsScope);
        }

        if (e.SourceIdentity.Length > 0)
        {
            var claimed = new OracleOrigin(OriginType.Unknown, "", e.SourceIdentity, "", "");
            return Known(AttributionStatus.Attributed, AttributionMethod.SourceIdentity, claimed, [], AttributionReason.SourceIdentityOnly);
        }

        return e.Type == "Root" ? Nobody(AttributionReason.RootSessionWithoutGrant, AttributionReason.NoGrant)
            : e.Key.Length == 0 && (session is null || e.Created is null) ? Nobody(AttributionReason.NoKeyNoSession)
            : Nobody(AttributionReason.NoGrant, AttributionReason.NoKeyNoSession);
    }

    /// <summary>The user that Identity Center names on any event of this session; null when there is none, or two.</summary>
    private OracleOrigin? OfPersonNamed(OracleEvent e)
    {
        if (OracleSession.OfArn(e.Arn) is not { } session || e.Created is not { } created)
        {
            return null;
        }

        var users = _onBehalfOf[(session, created)].Select(claim => claim.OnBehalfOf).Distinct().ToList();
        return users.Count == 1 ? new OracleOrigin(OriginType.IdentityCenterUser, users[0], session.Name, "", "") : null;
    }
}
