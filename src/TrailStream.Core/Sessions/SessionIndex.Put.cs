namespace TrailStream.Core.Sessions;

public sealed partial class SessionIndex
{
    private const int SecondsAround = (2 * ToleranceSeconds) + 1;

    /// <summary>Takes over a grant or claim (texts interned by the caller) and everything that follows from it. Merging is idempotent and does
    /// not depend on the order of arrival. Appends to <paramref name="wakes"/> the evidence hashes whose waiting events have new evidence.</summary>
    internal void Put(ref SessionRecord draft, List<ulong> wakes)
    {
        var existing = draft.Key != default ? _byKey.Find(draft.Key) : FindClaim(in draft);
        if (existing == 0)
        {
            Add(ref draft, wakes);
        }
        else if (draft.Key == default || AreOneCall(in _records[existing], in draft) || IsSameSession(in _records[existing], in draft))
        {
            Merge(existing, ref draft, wakes);
        }
        else
        {
            Contradict(existing, ref draft, wakes);
        }
    }

    private void Add(ref SessionRecord draft, List<ulong> wakes)
    {
        MakeRoom();
        var session = _records.Allocate();
        draft.State |= SessionStates.Listed;
        draft.EventIds = draft.EventIdText == 0 ? (byte)0 : (byte)1;
        _records[session] = draft;
        if (draft.Key != default && _byKey.Find(draft.Key) == 0)
        {
            _byKey.Set(draft.Key, session);
        }

        MarkRivals(session);
        List(session);
        FileByExpiry(session);
        Relink(session);
        _new = session;
        Spread(session, wakes);
        _new = 0;
    }

    /// <summary>Evidence hashes of the seconds that count as the session's own; five of them.</summary>
    private void EvidenceAround(in SessionRecord record, Span<ulong> seconds)
    {
        for (var i = 0; i < SecondsAround; i++)
        {
            seconds[i] = EvidenceOfSecond(in record, record.IssuedAt - ToleranceSeconds + i);
        }
    }

    private ulong EvidenceOfSecond(in SessionRecord record, long second) =>
        SecondEvidence(Texts[record.AccountText], Texts[record.RoleNameText], Texts[record.SessionNameText], second);

    /// <summary>Enters a session where events and sessions look for it by time, and where it waits for its own caller.</summary>
    private void List(int session)
    {
        ref var record = ref _records[session];
        record.NextInSecond = 0;
        if (record.RoleNameText != 0)
        {
            var key = SecondKey(in record, EvidenceOfSecond(in record, record.IssuedAt));
            record.NextInSecond = _bySecond.Find(key);
            _bySecond.Set(key, session);
        }

        Wait(session);
    }

    /// <summary>Notes on sessions of one role and name in the same seconds that different callers made them: when the index lets one go, the other must
    /// not become the only explanation.</summary>
    private void MarkRivals(int session)
    {
        if (_records[session].RoleNameText == 0 || _records[session].Action == GrantAction.OnBehalfOf)
        {
            return;
        }

        Span<ulong> seconds = stackalloc ulong[SecondsAround];
        EvidenceAround(in _records[session], seconds);
        var looked = 0;
        foreach (var evidence in seconds)
        {
            for (var i = FirstInSecond(evidence); i != 0; i = _records[i].NextInSecond)
            {
                if (++looked > CandidatesMax)
                {
                    _records[session].State |= SessionStates.Contested;
                    return;
                }

                if (i != session && !IsSameCaller(in _records[i], in _records[session]) && !IsSwitchBehind(i, session))
                {
                    _records[i].State |= SessionStates.Contested;
                    _records[session].State |= SessionStates.Contested;
                }
            }
        }
    }

    /// <summary>Claims have no key: the same claim is one with the same action about the same session second by the same caller.</summary>
    private int FindClaim(in SessionRecord draft)
    {
        for (var i = _bySecond.Find(SecondKey(in draft, EvidenceOfSecond(in draft, draft.IssuedAt))); i != 0; i = _records[i].NextInSecond)
        {
            ref var record = ref _records[i];
            if (record.Key == default && record.Action == draft.Action && record.CallerIdText == draft.CallerIdText
                && record.CallerArnText == draft.CallerArnText && record.SessionNameText == draft.SessionNameText
                && record.RoleNameText == draft.RoleNameText && record.AccountText == draft.AccountText)
            {
                return i;
            }
        }

        return 0;
    }
}
