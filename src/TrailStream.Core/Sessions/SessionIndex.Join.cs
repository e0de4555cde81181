using TrailStream.Core.Attribution;

namespace TrailStream.Core.Sessions;

public sealed partial class SessionIndex
{
    /// <summary>Grants looked at for one session and second. STS lets an account make a few hundred sessions a second; what made more of one name
    /// than this cannot be told apart by time, and looking at them all for each event would be costly.</summary>
    internal const int CandidatesMax = 254;

    /// <summary>How long after a session's expiry a clock may still say that it was used.</summary>
    private const int UseSkewSeconds = 300;

    /// <summary>Finds the grant of an acting session: by its key if the evidence agrees, else by role, session name and time.</summary>
    internal SessionJoin Join(in SessionQuery query)
    {
        var found = query.Key == default ? 0 : _byKey.Find(query.Key);
        if (found != 0 && found != query.Self)
        {
            var disagreement = Disagreement(found, in query);
            return disagreement == AttributionReason.None
                ? WithClaim(new SessionJoin(found, AttributionMethod.AccessKey, AttributionReason.KeyMatched), in query)
                : new SessionJoin(0, AttributionMethod.None, disagreement) { Contrary = found };
        }

        if (query.Kind != SessionKind.Role || query.Role.IsEmpty || query.CreatedAt == 0)
        {
            return new SessionJoin(0, AttributionMethod.None, query.Key == default ? AttributionReason.NoKeyNoSession : AttributionReason.NoGrant);
        }

        return WithClaim(JoinByTime(in query), in query);
    }

    /// <summary>Fills in grants that fit the session by role, name and time, at most as many as there is room for; in no order.</summary>
    internal int Candidates(in SessionQuery query, Span<int> into)
    {
        var count = 0;
        for (var span = FirstSpan(query.CreatedAt); span <= LastSpan(query.CreatedAt); span += SpanSeconds)
        {
            for (var i = FirstInSpan(SpanEvidence(query.Account, query.Role, query.Session, span)); i != 0 && count < into.Length; i = _records[i].NextInSpan)
            {
                if (_records[i].Action != GrantAction.SwitchRole && IsCandidate(i, in query))
                {
                    into[count++] = i;
                }
            }
        }

        return count;
    }

    /// <summary>Why the key's grant does not explain this use; None when it does.</summary>
    private AttributionReason Disagreement(int session, in SessionQuery query)
    {
        ref var record = ref _records[session];
        if (record.Has(SessionStates.Conflict))
        {
            return AttributionReason.Conflict;
        }

        if (!IsUsedAsIssued(in record, in query))
        {
            return AttributionReason.RoleMismatch;
        }

        // All records of the grant must agree: one that does not would not be forgotten for one that does.
        if (query.CreatedAt != 0 && (query.CreatedAt < record.LastIssuedAt - ToleranceSeconds || query.CreatedAt > record.FirstIssuedAt + ToleranceSeconds))
        {
            return AttributionReason.IssuedAtMismatch;
        }

        if (query.Time < record.LastIssuedAt - ToleranceSeconds)
        {
            return AttributionReason.UsedBeforeGrant;
        }

        return query.Time > record.ExpiresAt + (long)Options.Slack.TotalSeconds ? AttributionReason.UsedAfterExpiry : AttributionReason.None;
    }

    /// <summary>Each action issues keys for one kind of identity, and the key may be used as that alone.</summary>
    private bool IsUsedAsIssued(in SessionRecord record, in SessionQuery query) => record.Action switch
    {
        GrantAction.AssumeRoot => query.Kind == SessionKind.CentralRoot && Texts[record.AccountText].SequenceEqual(query.Account),
        GrantAction.GetFederationToken => query.Kind == SessionKind.FederatedUser
            && Texts[record.AccountText].SequenceEqual(AssumedRoleArn.AccountOf(query.Arn))
            && Texts[record.SessionNameText].SequenceEqual(AssumedRoleArn.LastSegment(query.Arn)),
        GrantAction.GetSessionToken => false,

        // The data event that issues it does not name the role; the session's name is fixed by AWS.
        GrantAction.GetCredentialsForIdentity => query.Kind == SessionKind.Role && query.Session.SequenceEqual("CognitoIdentityCredentials"u8),

        // S3 Express: a key of five minutes for the same caller.
        GrantAction.CreateSession when record.RoleNameText == 0 => query.Kind == SessionKind.Role && Texts[record.CallerArnText].SequenceEqual(query.Arn),
        _ => query.Kind == SessionKind.Role && record.RoleNameText != 0 && IsSameSession(in record, in query),
    };

    private bool IsSameSession(in SessionRecord record, in SessionQuery query) =>
        Texts[record.SessionNameText].SequenceEqual(query.Session)
        && Texts[record.RoleNameText].SequenceEqual(query.Role)
        && Texts[record.AccountText].SequenceEqual(query.Account);

    private bool IsCandidate(int session, in SessionQuery query)
    {
        ref var record = ref _records[session];
        return session != query.Self && IsSameSession(in record, in query)
            && query.CreatedAt >= record.FirstIssuedAt - ToleranceSeconds && query.CreatedAt <= record.LastIssuedAt + ToleranceSeconds
            && query.Time >= record.FirstIssuedAt - ToleranceSeconds && query.Time <= record.ExpiresAt + (long)Options.Slack.TotalSeconds;
    }

    /// <summary>The spans in which a session made at that time may be listed: under the time of its best record, which is within the tolerance of the
    /// others, which are within the tolerance of the session's own.</summary>
    private static long FirstSpan(long createdAt) => (createdAt - (2 * ToleranceSeconds)) & ~(SpanSeconds - 1);

    private static long LastSpan(long createdAt) => createdAt + (2 * ToleranceSeconds);

    private SessionJoin JoinByTime(in SessionQuery query)
    {
        var granted = default(Choice);
        var switched = default(Choice);
        for (var span = FirstSpan(query.CreatedAt); span <= LastSpan(query.CreatedAt); span += SpanSeconds)
        {
            for (var i = FirstInSpan(SpanEvidence(query.Account, query.Role, query.Session, span)); i != 0; i = _records[i].NextInSpan)
            {
                if (IsCandidate(i, in query))
                {
                    Consider(ref _records[i].Action == GrantAction.SwitchRole ? ref switched : ref granted, i, query.CreatedAt);
                }
            }
        }

        // A rival that the index had to let go may have been the one that acted here.
        if (granted.Count == 1 && _records[granted.Best].Has(SessionStates.Contested) && query.Time <= _evictedUntil + UseSkewSeconds)
        {
            granted.IsHopeless = true;
        }

        return granted.Count > 0 ? Decide(in granted, AttributionMethod.Session, AttributionReason.SessionMatched)
            : switched.Count > 0 ? Decide(in switched, AttributionMethod.ConsoleSwitchRole, AttributionReason.ConsoleSwitch)
            : new SessionJoin(0, AttributionMethod.None, AttributionReason.NoGrant);
    }

    private void Consider(ref Choice choice, int session, long createdAt)
    {
        choice.IsHopeless |= ++choice.Count > CandidatesMax || _records[session].Has(SessionStates.Conflict);
        if (choice.IsHopeless || choice.Best == 0)
        {
            choice.Best = session;
            return;
        }

        choice.Differs |= !HaveSameOrigin(choice.Best, session);
        choice.Best = Precedes(session, choice.Best, createdAt) ? session : choice.Best;
    }

    private static SessionJoin Decide(in Choice choice, AttributionMethod method, AttributionReason reason) => choice.IsHopeless || choice.Differs
        ? new SessionJoin(0, method, AttributionReason.Ambiguous) { Weight = choice.IsHopeless ? SessionJoin.Hopeless : (byte)choice.Count }
        : new SessionJoin(choice.Best, method, reason) { Weight = (byte)choice.Count };

    /// <summary>Nearest in time, then lowest event id: the same choice in whatever order the candidates came.</summary>
    private bool Precedes(int a, int b, long createdAt)
    {
        var distanceA = Math.Abs(_records[a].IssuedAt - createdAt);
        var distanceB = Math.Abs(_records[b].IssuedAt - createdAt);
        return distanceA != distanceB
            ? distanceA < distanceB
            : CompareEventIds(in _records[a], in _records[b]) < 0;
    }

    /// <summary>Unknown heads are the same only if the same session made both.</summary>
    private bool HaveSameOrigin(int a, int b)
    {
        var headA = _records[a].Head;
        var headB = _records[b].Head;
        if (headA == 0 || headB == 0)
        {
            return headA == headB && IsSameCaller(in _records[a], in _records[b]);
        }

        return IsSameCaller(in _records[headA], in _records[headB]) || IsSamePrincipal(in _records[headA], in _records[headB]);
    }

    /// <summary>One principal, though one record knows its name and the other only its id.</summary>
    private static bool IsSamePrincipal(in SessionRecord a, in SessionRecord b) =>
        a.CallerIdText != 0 && a.CallerIdText == b.CallerIdText && a.CallerAccountText == b.CallerAccountText && a.CallerProviderText == b.CallerProviderText
        && !a.Has(SessionStates.CallerIsSession) && !b.Has(SessionStates.CallerIsSession) && (a.CallerType == b.CallerType || a.IsPoor || b.IsPoor);

    private static bool IsSameCaller(in SessionRecord a, in SessionRecord b) =>
        a.CallerType == b.CallerType && a.CallerArnText == b.CallerArnText && a.CallerIdText == b.CallerIdText
        && a.CallerNameText == b.CallerNameText && a.CallerAccountText == b.CallerAccountText && a.CallerProviderText == b.CallerProviderText
        && a.WorkloadType == b.WorkloadType && a.WorkloadIdText == b.WorkloadIdText && a.WorkloadNameText == b.WorkloadNameText
        && a.NamespaceText == b.NamespaceText && a.ClusterText == b.ClusterText
        && (!a.Has(SessionStates.CallerIsSession) || (a.CallerKeyText == b.CallerKeyText && a.CallerCreatedAt == b.CallerCreatedAt));

    /// <summary>A console switch and the grant behind it: one caller, whom the sign-in event knows by ARN alone.</summary>
    private bool IsSwitchBehind(int a, int b) =>
        (_records[a].Action == GrantAction.SwitchRole) != (_records[b].Action == GrantAction.SwitchRole)
        && _records[a].CallerArnText != 0 && _records[a].CallerArnText == _records[b].CallerArnText;

    /// <summary>Adds the onBehalfOf claims about this very session.</summary>
    private SessionJoin WithClaim(SessionJoin join, in SessionQuery query)
    {
        if (query.Role.IsEmpty || query.CreatedAt == 0)
        {
            return join;
        }

        for (var i = FirstClaim(SpanEvidence(query.Account, query.Role, query.Session, query.CreatedAt)); i != 0; i = _records[i].NextInSpan)
        {
            if (_records[i].IssuedAt != query.CreatedAt || !IsSameSession(in _records[i], in query))
            {
                continue;
            }

            if (join.Claim != 0)
            {
                return join with { Claim = 0, Claims = ClaimState.Several };
            }

            join = join with { Claim = i, Claims = ClaimState.One };
        }

        return join;
    }

    /// <summary>What the candidates looked at so far come to.</summary>
    private struct Choice
    {
        public int Best;
        public int Count;

        /// <summary>Two of them lead to different origins, or one leads nowhere yet.</summary>
        public bool Differs;

        /// <summary>One of them is forged, or there are too many.</summary>
        public bool IsHopeless;
    }
}
