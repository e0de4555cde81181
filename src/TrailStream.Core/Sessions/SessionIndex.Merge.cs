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
        var ids = record.AllEventIdsText;
        if (record.EventIdText != draft.EventIdText)
        {
            ids = EventIdSet.Add(Texts, Texts.Share(ids), Texts[record.EventIdText], out _);
            ids = EventIdSet.Add(Texts, ids, Texts[draft.EventIdText], out var count);
            changed |= ids != record.AllEventIdsText;
            Texts.Release(record.AllEventIdsText);
            record.AllEventIdsText = ids;
            record.EventIds = (byte)count;
        }

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
            _spreading.Enqueue(session);
            if (wasListedByTime)
            {
                Spread(seconds, session, wakes);
            }

            Spread(wakes);
        }
    }

    /// <summary>Widens the span of times, and marks the record when the draft cannot be of the same call.</summary>
    /// <returns>True when that is news.</returns>
    private bool NoteContradiction(ref SessionRecord record, in SessionRecord draft)
    {
        var first = Math.Min(record.IssuedAt - record.EarlierBy, draft.IssuedAt);
        var last = Math.Max(record.IssuedAt + record.LaterBy, draft.IssuedAt);
        if (draft.Key == default || (last - first <= ToleranceSeconds && AreTwins(in record, in draft)))
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
        draft.State |= old.State & (SessionStates.Conflict | SessionStates.Listed | SessionStates.Contested);
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
            return (a.CallerIdText == b.CallerIdText || a.CallerIdText == 0 || b.CallerIdText == 0)
                && (a.CallerAccountText == b.CallerAccountText || a.CallerAccountText == 0 || b.CallerAccountText == 0);
        }

        return a.CallerType == b.CallerType && a.CallerArnText == b.CallerArnText && a.CallerIdText == b.CallerIdText && a.CallerNameText == b.CallerNameText
            && (!a.Has(SessionStates.CallerIsSession) || (a.CallerKeyText == b.CallerKeyText && a.CallerCreatedAt == b.CallerCreatedAt));
    }

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
