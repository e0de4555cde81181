using TrailStream.Core.Attribution;

namespace TrailStream.Core.Sessions;

/// <content>Several records of one grant: the other account's, deliveries under another id, forgeries. What is kept does not depend on who came first:
/// the best record by a total order, all event ids, and whether any two of them contradict one another.</content>
public sealed partial class SessionIndex
{
    private void Merge(int session, ref SessionRecord draft, List<ulong> wakes)
    {
        ref var record = ref _records[session];
        if (draft.Action == GrantAction.OnBehalfOf || (record.EventIdText == draft.EventIdText && CompareContents(in record, in draft) == 0))
        {
            // Every event of a session may repeat the claim, and every route may deliver the grant again.
            ReleaseTexts(in draft);
            return;
        }

        // Events and sessions that were explained by what this record said before must look again, too.
        Span<ulong> seconds = stackalloc ulong[SecondsAround];
        var wasListedByTime = record.RoleNameText != 0;
        if (wasListedByTime)
        {
            EvidenceAround(in record, seconds);
        }

        var changed = NoteContradiction(ref record, in draft);
        changed |= AddEventId(ref record, draft.EventIdText);
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
            if (wasListedByTime)
            {
                Spread(seconds, session, wakes);
            }

            Spread(wakes);
        }
    }

    /// <summary>One key for two sessions. Neither is believed; both stay listed by their time, so that an event of either is not explained by what else
    /// lies in that second.</summary>
    private void Contradict(int existing, ref SessionRecord draft, List<ulong> wakes)
    {
        ref var record = ref _records[existing];
        var isNews = !record.Has(SessionStates.Split);
        record.State |= SessionStates.Conflict | SessionStates.Split;
        draft.State |= SessionStates.Conflict | SessionStates.Split;
        if (isNews)
        {
            Relink(existing);
            Spread(existing, wakes);
        }

        var other = FindRival(in draft);
        if (other != 0)
        {
            Merge(other, ref draft, wakes);
        }
        else if (draft.RoleNameText != 0)
        {
            Add(ref draft, wakes);
        }
        else
        {
            // Nothing can find it but its key.
            ReleaseTexts(in draft);
        }
    }

    /// <summary>Another session of the same key as the draft's, 0 without one.</summary>
    private int FindRival(in SessionRecord draft)
    {
        Span<ulong> seconds = stackalloc ulong[SecondsAround];
        EvidenceAround(in draft, seconds);
        foreach (var evidence in draft.RoleNameText == 0 ? default : seconds)
        {
            for (var i = FirstInSecond(evidence); i != 0; i = _records[i].NextInSecond)
            {
                if (_records[i].Key == draft.Key && IsSameSession(in _records[i], in draft))
                {
                    return i;
                }
            }
        }

        return 0;
    }

    private bool AddEventId(ref SessionRecord record, int id)
    {
        if (record.EventIdText == id)
        {
            return false;
        }

        var ids = EventIdSet.Add(Texts, Texts.Share(record.AllEventIdsText), Texts[record.EventIdText], out _);
        ids = EventIdSet.Add(Texts, ids, Texts[id], out var count);
        var isNews = ids != record.AllEventIdsText;
        Texts.Release(record.AllEventIdsText);
        record.AllEventIdsText = ids;
        record.EventIds = (byte)count;
        return isNews;
    }

    private static bool AreOneCall(in SessionRecord record, in SessionRecord draft)
    {
        var first = Math.Min(record.IssuedAt - record.EarlierBy, draft.IssuedAt);
        var last = Math.Max(record.IssuedAt + record.LaterBy, draft.IssuedAt);
        return last - first <= ToleranceSeconds && AreTwins(in record, in draft);
    }

    private static bool IsSameSession(in SessionRecord a, in SessionRecord b) =>
        a.RoleNameText == b.RoleNameText && a.SessionNameText == b.SessionNameText && a.AccountText == b.AccountText
        && Math.Abs(a.IssuedAt - b.IssuedAt) <= ToleranceSeconds;

    /// <summary>Widens the span of times, and marks the record when the draft cannot be of the same call.</summary>
    /// <returns>True when that is news.</returns>
    private bool NoteContradiction(ref SessionRecord record, in SessionRecord draft)
    {
        var first = Math.Min(record.IssuedAt - record.EarlierBy, draft.IssuedAt);
        var last = Math.Max(record.IssuedAt + record.LaterBy, draft.IssuedAt);
        if (draft.Key == default || AreOneCall(in record, in draft))
        {
            record.EarlierBy = (byte)Math.Min(record.IssuedAt - first, byte.MaxValue);
            record.LaterBy = (byte)Math.Min(last - record.IssuedAt, byte.MaxValue);
            return false;
        }

        var isNews = !record.Has(SessionStates.Conflict);
        record.State |= SessionStates.Conflict;
        return isNews;
    }

    /// <summary>The draft's content in the record's place; what was found about its caller, and who hangs on it, stays.</summary>
    private void Replace(int session, ref SessionRecord draft)
    {
        StopWaiting(session);
        RemoveFromSecond(session);
        var old = _records[session];
        draft.State |= old.State & (SessionStates.Conflict | SessionStates.Split | SessionStates.Listed | SessionStates.Contested);
        draft.AllEventIdsText = Texts.Share(old.AllEventIdsText);
        draft.EventIds = Math.Max((byte)1, old.EventIds);
        draft.EarlierBy = (byte)Math.Clamp(draft.IssuedAt - (old.IssuedAt - old.EarlierBy), 0, byte.MaxValue);
        draft.LaterBy = (byte)Math.Clamp(old.IssuedAt + old.LaterBy - draft.IssuedAt, 0, byte.MaxValue);
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

        var order = Texts[a.EventIdText].SequenceCompareTo(Texts[b.EventIdText]);
        return order != 0 ? order < 0 : CompareContents(in a, in b) < 0;
    }

    private static int Richness(in SessionRecord record) =>
        (record.Action != GrantAction.GetCredentialsForIdentity ? 4 : 0) + (record.IsPoor ? 0 : 2) + (record.CallerIdText != 0 ? 1 : 0);

    private int CompareContents(in SessionRecord a, in SessionRecord b)
    {
        var order = (a.Action, a.ExpiresAt, a.IssuedAt, a.CallerType, a.CallerCreatedAt, a.WorkloadType, a.State & ContentStates)
            .CompareTo((b.Action, b.ExpiresAt, b.IssuedAt, b.CallerType, b.CallerCreatedAt, b.WorkloadType, b.State & ContentStates));
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
