namespace TrailStream.Core.Sessions;

public sealed partial class SessionIndex
{
    /// <summary>Spans that what was issued within the tolerance can be listed in, four times the tolerance around it.</summary>
    private const int SpansMax = 3;

    /// <summary>Takes over a grant or claim (texts interned by the caller) and everything that follows from it. Merging is idempotent and does
    /// not depend on the order of arrival. Appends to <paramref name="wakes"/> the evidence hashes whose waiting events have new evidence.</summary>
    internal void Put(ref SessionRecord draft, List<ulong> wakes)
    {
        var existing = FindRecord(in draft);
        if (MakeRoom(existing == 0 ? 1 : TaintsMax))
        {
            existing = FindRecord(in draft);
        }

        if (existing == 0)
        {
            _new = Add(ref draft);
            Spread(_new, wakes);
            _new = 0;
        }
        else if (draft.Key == default || (!_records[existing].Has(SessionStates.Conflict) && AreOneCall(in _records[existing], in draft)))
        {
            Merge(existing, ref draft, wakes);
            TrackRepeat(existing);
        }
        else
        {
            Contradict(existing, ref draft, wakes);
            TrackRepeat(existing);
        }
    }

    private int FindRecord(in SessionRecord draft) => draft.Key != default ? _byKey.Find(draft.Key) : FindClaim(in draft);

    private int Add(ref SessionRecord draft)
    {
        var session = _records.Allocate();
        draft.State |= SessionStates.Listed;
        draft.EventIds = draft.HasEventId ? (byte)1 : (byte)0;
        _records[session] = draft;
        if (draft.Key != default && !draft.Has(SessionStates.Taint))
        {
            _byKey.Set(draft.Key, session);
        }

        MarkRivals(session);
        List(session);
        FileByExpiry(session);
        Relink(session);
        return session;
    }

    /// <summary>Evidence hashes of the spans around a session's own time.</summary>
    /// <param name="record">The session.</param>
    /// <param name="reach">Seconds before and after all that was recorded of it.</param>
    /// <param name="into">Room for <see cref="SpansMax"/> of them.</param>
    private Span<ulong> EvidenceAround(in SessionRecord record, int reach, Span<ulong> into)
    {
        var count = 0;
        for (var span = (record.FirstIssuedAt - reach) & ~(SpanSeconds - 1); span <= record.LastIssuedAt + reach; span += SpanSeconds)
        {
            into[count++] = EvidenceOfSpan(in record, span);
        }

        return into[..count];
    }

    private ulong EvidenceOfSpan(in SessionRecord record, long second) =>
        SpanEvidence(Texts[record.AccountText], Texts[record.RoleNameText], Texts[record.SessionNameText], second);

    /// <summary>Enters a session where events and sessions look for it by time, and where it waits for its own caller.</summary>
    private void List(int session)
    {
        ref var record = ref _records[session];
        record.NextInSpan = 0;
        if (record.IsListedByTime)
        {
            var key = SpanKey(in record, EvidenceOfSpan(in record, record.IssuedAt));
            record.NextInSpan = _bySpan.Find(key);
            _bySpan.Set(key, session);
        }

        Wait(session);
    }

    /// <summary>Notes on sessions of one role and name at the same time that different callers made them: when the index lets one go, the other must
    /// not become the only explanation.</summary>
    private void MarkRivals(int session)
    {
        ref var record = ref _records[session];
        if (!record.IsListedByTime || record.Action == GrantAction.OnBehalfOf)
        {
            return;
        }

        Span<ulong> spans = stackalloc ulong[SpansMax];
        var looked = 0;
        foreach (var evidence in EvidenceAround(in record, 2 * ToleranceSeconds, spans))
        {
            for (var i = FirstInSpan(evidence); i != 0; i = _records[i].NextInSpan)
            {
                if (++looked > CandidatesMax)
                {
                    record.State |= SessionStates.Contested;
                    return;
                }

                if (i != session && FitOneTime(in _records[i], in record) && !IsSameCaller(in _records[i], in record) && !IsSwitchBehind(i, session))
                {
                    _records[i].State |= SessionStates.Contested;
                    record.State |= SessionStates.Contested;
                }
            }
        }
    }

    /// <summary>True when one session may have been made by either.</summary>
    private static bool FitOneTime(in SessionRecord a, in SessionRecord b) =>
        a.FirstIssuedAt - b.LastIssuedAt <= 2 * ToleranceSeconds && b.FirstIssuedAt - a.LastIssuedAt <= 2 * ToleranceSeconds;

    /// <summary>Claims have no key: the same claim is one with the same action about the same session second by the same caller.</summary>
    private int FindClaim(in SessionRecord draft)
    {
        for (var i = _bySpan.Find(SpanKey(in draft, EvidenceOfSpan(in draft, draft.IssuedAt))); i != 0; i = _records[i].NextInSpan)
        {
            ref var record = ref _records[i];
            if (record.Key == default && record.IssuedAt == draft.IssuedAt && record.Action == draft.Action && record.CallerIdText == draft.CallerIdText
                && record.CallerArnText == draft.CallerArnText && record.SessionNameText == draft.SessionNameText
                && record.RoleNameText == draft.RoleNameText && record.AccountText == draft.AccountText)
            {
                return i;
            }
        }

        return 0;
    }
}
