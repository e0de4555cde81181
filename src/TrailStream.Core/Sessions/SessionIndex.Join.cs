using TrailStream.Core.Attribution;

namespace TrailStream.Core.Sessions;

/// <summary>What is known of an acting session whose grant is looked for.</summary>
internal ref struct SessionQuery
{
    /// <summary>The key that signed, default without one.</summary>
    public Key80 Key;

    /// <summary>Account, role name and session name of the assumed-role ARN; empty where the identity has none.</summary>
    public ReadOnlySpan<byte> Account;
    public ReadOnlySpan<byte> Role;
    public ReadOnlySpan<byte> Session;

    /// <summary>creationDate of the session, Unix seconds; 0 without one.</summary>
    public long CreatedAt;

    /// <summary>When the key was used, Unix seconds.</summary>
    public long Time;

    /// <summary>A session that must not be found: the one that asks.</summary>
    public int Self;
}

/// <summary>The session found, and how; or none, and why.</summary>
internal readonly record struct SessionJoin(int Session, AttributionMethod Method, AttributionReason Reason)
{
    /// <summary>An onBehalfOf claim that names the user of the session, 0 without one.</summary>
    public int Claim { get; init; }
}

public sealed partial class SessionIndex
{
    /// <summary>Candidates looked at in one second; a role whose sessions are made more often than this under one name cannot be told apart by
    /// time anyway, and an attacker could make it costly.</summary>
    private const int CandidatesMax = 64;

    /// <summary>Finds the grant of an acting session: by its key if the evidence agrees, else by role, session name and time.</summary>
    internal SessionJoin Join(in SessionQuery query)
    {
        var claim = query.Role.IsEmpty || query.CreatedAt == 0 ? 0 : FindClaimOfUser(in query);
        if (query.Key != default)
        {
            var found = _byKey.Find(query.Key);
            if (found != 0 && found != query.Self)
            {
                var disagreement = Disagreement(found, in query);
                return disagreement == AttributionReason.None
                    ? new SessionJoin(found, AttributionMethod.AccessKey, AttributionReason.KeyMatched) { Claim = claim }
                    : new SessionJoin(0, AttributionMethod.None, disagreement);
            }
        }

        if (query.Role.IsEmpty)
        {
            return new SessionJoin(0, AttributionMethod.None, query.Key == default ? AttributionReason.NoKeyNoSession : AttributionReason.NoGrant);
        }

        if (query.CreatedAt == 0)
        {
            return new SessionJoin(0, AttributionMethod.None, query.Key == default ? AttributionReason.NoKeyNoSession : AttributionReason.NoGrant);
        }

        return JoinBySecond(in query) with { Claim = claim };
    }

    /// <summary>Why the key's grant does not explain this use; None when it does.</summary>
    private AttributionReason Disagreement(int session, in SessionQuery query)
    {
        ref var record = ref _records[session];
        if (record.Has(SessionStates.Conflict))
        {
            return AttributionReason.Conflict;
        }

        if (record.RoleNameText != 0 && !query.Role.IsEmpty && !IsSameSession(in record, in query))
        {
            return AttributionReason.RoleMismatch;
        }

        if (query.CreatedAt != 0 && Math.Abs(query.CreatedAt - record.IssuedAt) > ToleranceSeconds)
        {
            return AttributionReason.IssuedAtMismatch;
        }

        if (query.Time < record.IssuedAt - ToleranceSeconds)
        {
            return AttributionReason.UsedBeforeGrant;
        }

        return query.Time > record.ExpiresAt + (long)Options.Slack.TotalSeconds ? AttributionReason.UsedAfterExpiry : AttributionReason.None;
    }

    private bool IsSameSession(in SessionRecord record, in SessionQuery query) =>
        Texts[record.SessionNameText].SequenceEqual(query.Session)
        && Texts[record.RoleNameText].SequenceEqual(query.Role)
        && Texts[record.AccountText].SequenceEqual(query.Account);

    private SessionJoin JoinBySecond(in SessionQuery query)
    {
        var best = 0;
        var switched = 0;
        var seen = 0;
        for (var second = query.CreatedAt - ToleranceSeconds; second <= query.CreatedAt + ToleranceSeconds; second++)
        {
            var first = FirstInSecond(SecondEvidence(query.Account, query.Role, query.Session, second));
            for (var i = first; i != 0; i = _records[i].NextInSecond)
            {
                ref var record = ref _records[i];
                if (i == query.Self || record.Action == GrantAction.OnBehalfOf || !IsSameSession(in record, in query)
                    || query.Time < record.IssuedAt - ToleranceSeconds || query.Time > record.ExpiresAt + (long)Options.Slack.TotalSeconds)
                {
                    continue;
                }

                if (record.Has(SessionStates.Conflict) || ++seen > CandidatesMax)
                {
                    return new SessionJoin(0, AttributionMethod.None, AttributionReason.Ambiguous);
                }

                ref var kept = ref record.Action == GrantAction.SwitchRole ? ref switched : ref best;
                if (kept != 0 && !HaveSameOrigin(kept, i))
                {
                    return new SessionJoin(0, AttributionMethod.None, AttributionReason.Ambiguous);
                }

                kept = kept == 0 || Precedes(i, kept, query.CreatedAt) ? i : kept;
            }
        }

        if (best != 0)
        {
            return new SessionJoin(best, AttributionMethod.Session, AttributionReason.SessionMatched);
        }

        return switched != 0
            ? new SessionJoin(switched, AttributionMethod.ConsoleSwitchRole, AttributionReason.ConsoleSwitch)
            : new SessionJoin(0, AttributionMethod.None, AttributionReason.NoGrant);
    }

    /// <summary>Nearest in time, then lowest event id: the same choice in whatever order the candidates came.</summary>
    private bool Precedes(int a, int b, long createdAt)
    {
        var distanceA = Math.Abs(_records[a].IssuedAt - createdAt);
        var distanceB = Math.Abs(_records[b].IssuedAt - createdAt);
        return distanceA != distanceB
            ? distanceA < distanceB
            : Texts[_records[a].EventIdText].SequenceCompareTo(Texts[_records[b].EventIdText]) < 0;
    }

    private bool HaveSameOrigin(int a, int b)
    {
        var headA = _records[a].Head;
        var headB = _records[b].Head;
        if (headA == 0 || headB == 0)
        {
            // Unknown heads are the same only if the same session made both.
            return headA == headB && SameCaller(in _records[a], in _records[b]);
        }

        return SameCaller(in _records[headA], in _records[headB]);
    }

    private static bool SameCaller(in SessionRecord a, in SessionRecord b) =>
        a.CallerType == b.CallerType && a.CallerArnText == b.CallerArnText && a.CallerIdText == b.CallerIdText
        && a.CallerNameText == b.CallerNameText && a.CallerAccountText == b.CallerAccountText
        && (!a.Has(SessionStates.CallerIsSession) || (a.CallerKeyText == b.CallerKeyText && a.CallerCreatedAt == b.CallerCreatedAt));

    /// <summary>An onBehalfOf claim about this very session; 0 when there is none or when two name different users.</summary>
    private int FindClaimOfUser(in SessionQuery query)
    {
        var found = 0;
        var seen = 0;
        for (var i = FirstInSecond(SecondEvidence(query.Account, query.Role, query.Session, query.CreatedAt)); i != 0; i = _records[i].NextInSecond)
        {
            ref var record = ref _records[i];
            if (record.Action != GrantAction.OnBehalfOf || i == query.Self || !IsSameSession(in record, in query))
            {
                continue;
            }

            if (found != 0 || ++seen > CandidatesMax)
            {
                return 0;
            }

            found = i;
        }

        return found;
    }
}
