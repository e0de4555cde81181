using TrailStream.Core.Attribution;

namespace TrailStream.Core.Sessions;

public sealed partial class SessionIndex
{
    /// <summary>Takes over a grant or claim (texts interned by the caller) and everything that follows from it. Merging is idempotent and does
    /// not depend on the order of arrival. Appends to <paramref name="wakes"/> the evidence hashes whose waiting events have new evidence.</summary>
    internal void Put(ref SessionRecord draft, List<ulong> wakes)
    {
        var existing = draft.Key != default ? _byKey.Find(draft.Key) : FindClaim(in draft);
        if (existing != 0)
        {
            if (Merge(existing, ref draft))
            {
                Relink(existing);
                Spread(existing, wakes, identityChanged: true);
            }

            return;
        }

        MakeRoom();
        var session = _records.Allocate();
        draft.State |= SessionStates.Listed;
        _records[session] = draft;
        List(session);
        Relink(session);
        Spread(session, wakes, identityChanged: false);
    }

    internal ulong EvidenceOfSecond(in SessionRecord record, long second) =>
        SecondEvidence(Texts[record.AccountText], Texts[record.RoleNameText], Texts[record.SessionNameText], second);

    private void List(int session)
    {
        ref var record = ref _records[session];
        if (record.Key != default)
        {
            _byKey.Set(record.Key, session);
        }

        if (record.RoleNameText != 0)
        {
            var key = new Key80(EvidenceOfSecond(in record, record.IssuedAt), 0);
            record.NextInSecond = _bySecond.Find(key);
            _bySecond.Set(key, session);
        }

        FileByExpiry(session);
        Wait(session);
    }

    /// <summary>Claims have no key: the same claim is one with the same action about the same session second by the same caller.</summary>
    private int FindClaim(in SessionRecord draft)
    {
        for (var i = FirstInSecond(EvidenceOfSecond(in draft, draft.IssuedAt)); i != 0; i = _records[i].NextInSecond)
        {
            ref var record = ref _records[i];
            if (record.Key == default && record.Action == draft.Action && record.CallerIdText == draft.CallerIdText
                && record.CallerArnText == draft.CallerArnText)
            {
                return i;
            }
        }

        return 0;
    }

    /// <returns>True when the record says something new.</returns>
    private bool Merge(int session, ref SessionRecord draft)
    {
        ref var record = ref _records[session];
        if (record.EventIdText == draft.EventIdText || EventIdSet.Contains(Texts[record.FurtherEventIdsText], Texts[draft.EventIdText]))
        {
            ReleaseTexts(in draft);
            return false;
        }

        if (draft.Key != default && !AreTwins(in record, in draft))
        {
            ReleaseTexts(in draft);
            var first = !record.Has(SessionStates.Conflict);
            record.State |= SessionStates.Conflict;
            return first;
        }

        if (IsBetter(in draft, in record))
        {
            StopWaiting(session);
            RemoveFromSecond(session);
            var old = record;
            draft.State |= (old.State & (SessionStates.Conflict | SessionStates.Listed)) | SessionStates.Listed;
            draft.FurtherEventIdsText = EventIdSet.Add(Texts, Texts.Share(old.FurtherEventIdsText), Texts[old.EventIdText]);
            draft.Parent = old.Parent;
            draft.Head = old.Head;
            draft.Depth = old.Depth;
            draft.Children = old.Children;
            draft.LinkMethod = old.LinkMethod;
            draft.LinkReason = old.LinkReason;
            draft.ChainConfidence = old.ChainConfidence;
            draft.NextInBucket = old.NextInBucket;
            record = draft;
            ReleaseTexts(in old);
            ListAgain(session);
            return true;
        }

        var before = record.FurtherEventIdsText;
        record.FurtherEventIdsText = EventIdSet.Add(Texts, before, Texts[draft.EventIdText]);
        ReleaseTexts(in draft);
        return record.FurtherEventIdsText != before;
    }

    private void ListAgain(int session)
    {
        ref var record = ref _records[session];
        if (record.RoleNameText != 0)
        {
            var key = new Key80(EvidenceOfSecond(in record, record.IssuedAt), 0);
            record.NextInSecond = _bySecond.Find(key);
            _bySecond.Set(key, session);
        }

        Wait(session);
    }

    /// <summary>Two records of one call: same session, same second, callers that can be one and the same.</summary>
    private bool AreTwins(in SessionRecord a, in SessionRecord b)
    {
        if (a.RoleNameText != b.RoleNameText || a.SessionNameText != b.SessionNameText || a.AccountText != b.AccountText
            || Math.Abs(a.IssuedAt - b.IssuedAt) > ToleranceSeconds)
        {
            return false;
        }

        if (a.CallerType == OriginType.AWSAccount || b.CallerType == OriginType.AWSAccount)
        {
            return (a.CallerIdText == b.CallerIdText || a.CallerIdText == 0 || b.CallerIdText == 0)
                && (a.CallerAccountText == b.CallerAccountText || a.CallerAccountText == 0 || b.CallerAccountText == 0);
        }

        return a.CallerType == b.CallerType && a.CallerArnText == b.CallerArnText && a.CallerIdText == b.CallerIdText
            && a.CallerNameText == b.CallerNameText;
    }

    /// <summary>A total order, so that the outcome does not depend on who came first: the richer identity, then the earlier time, then the lower id.</summary>
    private bool IsBetter(in SessionRecord a, in SessionRecord b)
    {
        var richA = a.CallerType != OriginType.AWSAccount;
        var richB = b.CallerType != OriginType.AWSAccount;
        if (richA != richB)
        {
            return richA;
        }

        return a.IssuedAt != b.IssuedAt
            ? a.IssuedAt < b.IssuedAt
            : Texts[a.EventIdText].SequenceCompareTo(Texts[b.EventIdText]) < 0;
    }
}
