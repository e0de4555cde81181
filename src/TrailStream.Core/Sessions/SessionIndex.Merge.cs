using TrailStream.Core.Attribution;

namespace TrailStream.Core.Sessions;

/// <content>Several records of one grant: the other account's, deliveries under another id, forgeries. What is kept does not depend on who came first:
/// the best record by a total order, all event ids, and whether any two of them contradict one another.</content>
public sealed partial class SessionIndex
{
    /// <summary>What a contradiction adds at most: the first and the last second of the key's record, and the one of the new event.</summary>
    private const int TaintsMax = 3;

    private void Merge(int session, ref SessionRecord draft, List<ulong> wakes)
    {
        ref var record = ref _records[session];
        if (IsSameEvent(in record, in draft) && CompareContents(in record, in draft) == 0)
        {
            // Every route may deliver the event again.
            ReleaseTexts(in draft);
            return;
        }

        if (draft.Action == GrantAction.OnBehalfOf)
        {
            MergeClaim(session, ref draft, wakes);
            return;
        }

        // Events and sessions that were explained by what this record said before must look again, too.
        Span<ulong> spans = stackalloc ulong[SpansMax];
        spans = record.IsListedByTime ? EvidenceAround(in record, ToleranceSeconds, spans) : default;
        var changed = Widen(ref record, in draft);
        changed |= AddEventId(ref record, in draft);
        if (IsBetter(in draft, in record))
        {
            Replace(session, ref draft);
            changed = true;
        }
        else
        {
            ReleaseTexts(in draft);
        }

        if (changed)
        {
            Relink(session);
            Enqueue(session);
            Spread(spans, session, wakes);
            Spread(wakes);
        }
    }

    /// <summary>Any event of a session may repeat the statement; the evidence is the one that came early in the session's life, roughly: what comes in order
    /// then hardly ever changes it, and what comes in reverse a dozen times.</summary>
    private void MergeClaim(int session, ref SessionRecord draft, List<ulong> wakes)
    {
        ref var record = ref _records[session];
        var order = draft.ClaimAge - record.ClaimAge;
        order = order != 0 ? order : CompareEventIds(in draft, in record);
        if (order < 0)
        {
            (record.EventIdText, draft.EventIdText) = (draft.EventIdText, record.EventIdText);
            (record.EventIdHigh, record.EventIdLow) = (draft.EventIdHigh, draft.EventIdLow);
            record.ClaimAge = draft.ClaimAge;
            record.EventIds = (byte)Math.Min(record.EventIds + 1, byte.MaxValue);
            Spread(session, wakes);
        }

        ReleaseTexts(in draft);
    }

    /// <summary>One key, and callers, sessions or times that cannot be of one call. None of them is believed. The key's record goes on collecting the
    /// events, so that it is the same in whatever order they came; by name and time only a taint of each second is found, so that an event of any
    /// of these sessions is not explained by what else lies there.</summary>
    private void Contradict(int existing, ref SessionRecord draft, List<ulong> wakes)
    {
        ref var record = ref _records[existing];
        Span<ulong> spans = stackalloc ulong[SpansMax];
        spans = record.IsListedByTime ? EvidenceAround(in record, ToleranceSeconds, spans) : default;
        var changed = !record.Has(SessionStates.Conflict);
        if (changed)
        {
            RemoveFromSpan(existing);
            record.State |= SessionStates.Conflict;
            var last = record.LastIssuedAt;
            Taint(in record, record.FirstIssuedAt);
            Taint(in record, last);
            (record.EarlierBy, record.LaterBy) = (0, 0);
        }

        changed |= Taint(in draft, draft.IssuedAt) | AddEventId(ref record, in draft);
        record.ExpiresAt = Math.Max(record.ExpiresAt, draft.ExpiresAt);
        if (IsBetter(in draft, in record))
        {
            Replace(existing, ref draft);
            changed = true;
        }
        else
        {
            ReleaseTexts(in draft);
        }

        if (changed)
        {
            Relink(existing);
            Enqueue(existing);
            Spread(spans, existing, wakes);
            Spread(wakes);
        }
    }

    /// <summary>Marks one second of a session as one in which a key in conflict was issued.</summary>
    /// <returns>True when that is news.</returns>
    private bool Taint(in SessionRecord source, long second)
    {
        if (source.RoleNameText == 0)
        {
            // Nothing can find it but its key.
            return false;
        }

        for (var i = FirstInSpan(EvidenceOfSpan(in source, second)); i != 0; i = _records[i].NextInSpan)
        {
            ref var other = ref _records[i];
            if (other.Has(SessionStates.Taint) && other.Key == source.Key && other.IssuedAt == second && IsSameSession(in other, in source))
            {
                other.ExpiresAt = Math.Max(other.ExpiresAt, source.ExpiresAt);
                return false;
            }
        }

        var taint = new SessionRecord
        {
            KeyLow = source.KeyLow,
            KeyHigh = source.KeyHigh,
            Action = source.Action,
            State = SessionStates.Conflict | SessionStates.Taint,
            IssuedAt = second,
            ExpiresAt = source.ExpiresAt,
            AccountText = Texts.Share(source.AccountText),
            RoleNameText = Texts.Share(source.RoleNameText),
            SessionNameText = Texts.Share(source.SessionNameText),
            RoleArnText = Texts.Share(source.RoleArnText),
            IssuedKeyText = Texts.Share(source.IssuedKeyText),
        };
        Enqueue(Add(ref taint));
        return true;
    }

    private bool AddEventId(ref SessionRecord record, in SessionRecord draft)
    {
        if (IsSameEvent(in record, in draft))
        {
            return false;
        }

        Span<byte> own = stackalloc byte[EventIds.TextLength];
        Span<byte> more = stackalloc byte[EventIds.TextLength];
        var ids = EventIdSet.Add(Texts, Texts.Share(record.AllEventIdsText), EventIdOf(in record, own), out _);
        ids = EventIdSet.Add(Texts, ids, EventIdOf(in draft, more), out var count);
        var isNews = ids != record.AllEventIdsText;
        Texts.Release(record.AllEventIdsText);
        record.AllEventIdsText = ids;
        record.EventIds = (byte)count;
        return isNews;
    }

    private static bool AreOneCall(in SessionRecord record, in SessionRecord draft)
    {
        var first = Math.Min(record.FirstIssuedAt, draft.IssuedAt);
        var last = Math.Max(record.LastIssuedAt, draft.IssuedAt);
        return last - first <= ToleranceSeconds && AreTwins(in record, in draft);
    }

    private static bool IsSameSession(in SessionRecord a, in SessionRecord b) =>
        a.RoleNameText == b.RoleNameText && a.SessionNameText == b.SessionNameText && a.AccountText == b.AccountText;

    /// <summary>The times of one call's records differ by the tolerance at most.</summary>
    /// <returns>True when the span of them is wider than before.</returns>
    private static bool Widen(ref SessionRecord record, in SessionRecord draft)
    {
        var (first, last) = (Math.Min(record.FirstIssuedAt, draft.IssuedAt), Math.Max(record.LastIssuedAt, draft.IssuedAt));
        var isNews = first != record.FirstIssuedAt || last != record.LastIssuedAt;
        (record.EarlierBy, record.LaterBy) = ((byte)(record.IssuedAt - first), (byte)(last - record.IssuedAt));
        return isNews;
    }

    /// <summary>The draft's content in the record's place; what was found about its caller, and who hangs on it, stays.</summary>
    private void Replace(int session, ref SessionRecord draft)
    {
        StopWaiting(session);
        RemoveFromSpan(session);
        var old = _records[session];
        draft.State |= old.State & (SessionStates.Conflict | SessionStates.Listed | SessionStates.Contested);
        draft.AllEventIdsText = Texts.Share(old.AllEventIdsText);
        draft.EventIds = Math.Max((byte)1, old.EventIds);
        if (old.Has(SessionStates.Conflict))
        {
            draft.ExpiresAt = Math.Max(draft.ExpiresAt, old.ExpiresAt);
        }
        else
        {
            // The span of all records, the draft's own included, as Widen left it.
            (draft.EarlierBy, draft.LaterBy) = ((byte)(draft.IssuedAt - old.FirstIssuedAt), (byte)(old.LastIssuedAt - draft.IssuedAt));
        }

        draft.Parent = old.Parent;
        draft.Claim = old.Claim;
        draft.Head = old.Head;
        draft.Depth = old.Depth;
        draft.Children = old.Children;
        draft.LinkMethod = old.LinkMethod;
        draft.LinkReason = old.LinkReason;
        draft.LinkClaims = old.LinkClaims;
        draft.LinkWeight = old.LinkWeight;
        draft.ChainConfidence = old.ChainConfidence;
        draft.NextInBucket = old.NextInBucket;
        _records[session] = draft;
        ReleaseTexts(in old);
        MarkRivals(session);
        List(session);
    }

    /// <summary>Two records of one call: same session, callers that can be one and the same.</summary>
    private static bool AreTwins(in SessionRecord a, in SessionRecord b)
    {
        // Cognito's own data event and the STS call behind it issue one key; only the latter names the role.
        var differentViews = a.Action != b.Action;
        if (differentViews)
        {
            return (a.Action, b.Action) is (GrantAction.GetCredentialsForIdentity, GrantAction.AssumeRoleWithWebIdentity)
                or (GrantAction.AssumeRoleWithWebIdentity, GrantAction.GetCredentialsForIdentity);
        }

        if (a.RoleNameText != b.RoleNameText || a.SessionNameText != b.SessionNameText || a.AccountText != b.AccountText)
        {
            return false;
        }

        if (a.IsPoor || b.IsPoor)
        {
            // A service or an identity provider's user has no account in which a second record could be written.
            return MayBePoor(a.CallerType) && MayBePoor(b.CallerType) && (a.CallerIdText == b.CallerIdText || a.CallerIdText == 0 || b.CallerIdText == 0)
                && (a.CallerAccountText == b.CallerAccountText || a.CallerAccountText == 0 || b.CallerAccountText == 0);
        }

        return a.CallerType == b.CallerType && a.CallerArnText == b.CallerArnText && a.CallerIdText == b.CallerIdText && a.CallerNameText == b.CallerNameText
            && (!a.Has(SessionStates.CallerIsSession) || (a.CallerKeyText == b.CallerKeyText && a.CallerCreatedAt == b.CallerCreatedAt));
    }

    private static bool MayBePoor(OriginType caller) => caller is OriginType.AWSAccount or OriginType.IAMUser or OriginType.Root or OriginType.Role;

    /// <summary>A total order over records that differ, so that the outcome does not depend on who came first: the richer identity, then the earlier
    /// time, then the lower id, then whatever else tells two records of one id apart.</summary>
    private bool IsBetter(in SessionRecord a, in SessionRecord b)
    {
        var difference = Richness(in a) - Richness(in b);
        if (difference != 0)
        {
            return difference > 0;
        }

        if (a.IssuedAt != b.IssuedAt)
        {
            return a.IssuedAt < b.IssuedAt;
        }

        var order = CompareEventIds(in a, in b);
        return order != 0 ? order < 0 : CompareContents(in a, in b) < 0;
    }

    private static int Richness(in SessionRecord record) =>
        (record.Action != GrantAction.GetCredentialsForIdentity ? 4 : 0) + (record.IsPoor ? 0 : 2) + (record.CallerIdText != 0 ? 1 : 0);

    private int CompareContents(in SessionRecord a, in SessionRecord b)
    {
        // A key in conflict keeps the latest expiry of all its records.
        var isOwnExpiry = !a.Has(SessionStates.Conflict) && !b.Has(SessionStates.Conflict);
        var order = (a.Action, isOwnExpiry ? a.ExpiresAt : 0, a.IssuedAt, a.CallerType, a.CallerCreatedAt, a.WorkloadType, a.State & ContentStates)
            .CompareTo((b.Action, isOwnExpiry ? b.ExpiresAt : 0, b.IssuedAt, b.CallerType, b.CallerCreatedAt, b.WorkloadType, b.State & ContentStates));
        if (order != 0)
        {
            return order;
        }

        Span<int> textsOfA = stackalloc int[TextsMax];
        Span<int> textsOfB = stackalloc int[TextsMax];
        CollectTexts(in a, textsOfA);
        CollectTexts(in b, textsOfB);
        for (var i = ContentTexts; i < TextsMax; i++)
        {
            order = textsOfA[i] == textsOfB[i] ? 0 : Texts[textsOfA[i]].SequenceCompareTo(Texts[textsOfB[i]]);
            if (order != 0)
            {
                return order;
            }
        }

        return 0;
    }
}
