namespace TrailStream.Core.Sessions;

/// <content>Sessions that wait for evidence about their callers: lists by the evidence's hash, through the records.</content>
public sealed partial class SessionIndex
{
    private const ushort WaitsForKey = 1;
    private const ushort WaitsForSpan = 2;
    private const ushort WaitsForPrincipal = 3;

    /// <summary>Enters a session in the lists of what could tell more about its caller. It stays there while it lives, because better or contradicting
    /// evidence may still come.</summary>
    private void Wait(int session)
    {
        ref var record = ref _records[session];
        Texts.MarkSessionName(record.SessionNameText);
        record.NextWaiterByKey = record.PreviousWaiterByKey = record.NextWaiterBySession = record.PreviousWaiterBySession = 0;
        var (byKey, bySecond) = CallerEvidence(in record);
        if (byKey != default)
        {
            var first = _waiters.Find(byKey);
            record.NextWaiterByKey = first;
            if (first != 0)
            {
                _records[first].PreviousWaiterByKey = session;
            }

            _waiters.Set(byKey, session);
        }

        if (bySecond != default)
        {
            var first = _waiters.Find(bySecond);
            record.NextWaiterBySession = first;
            if (first != 0)
            {
                _records[first].PreviousWaiterBySession = session;
            }

            _waiters.Set(bySecond, session);
        }
    }

    private void StopWaiting(int session)
    {
        ref var record = ref _records[session];
        var (byKey, bySecond) = CallerEvidence(in record);
        if (byKey != default)
        {
            Unchain(byKey, record.PreviousWaiterByKey, record.NextWaiterByKey);
            if (record.PreviousWaiterByKey != 0)
            {
                _records[record.PreviousWaiterByKey].NextWaiterByKey = record.NextWaiterByKey;
            }

            if (record.NextWaiterByKey != 0)
            {
                _records[record.NextWaiterByKey].PreviousWaiterByKey = record.PreviousWaiterByKey;
            }
        }

        if (bySecond != default)
        {
            Unchain(bySecond, record.PreviousWaiterBySession, record.NextWaiterBySession);
            if (record.PreviousWaiterBySession != 0)
            {
                _records[record.PreviousWaiterBySession].NextWaiterBySession = record.NextWaiterBySession;
            }

            if (record.NextWaiterBySession != 0)
            {
                _records[record.NextWaiterBySession].PreviousWaiterBySession = record.PreviousWaiterBySession;
            }
        }
    }

    /// <summary>Moves the head of a list when the first one leaves.</summary>
    private void Unchain(Key80 list, int previous, int next)
    {
        if (previous != 0)
        {
            return;
        }

        if (next == 0)
        {
            _waiters.Remove(list);
        }
        else
        {
            _waiters.Set(list, next);
        }
    }

    private (Key80 ByKey, Key80 BySecond) CallerEvidence(in SessionRecord record)
    {
        if (!record.Has(SessionStates.CallerIsSession))
        {
            return record.IsPoor && record.CallerIdText != 0
                ? (new Key80(PrincipalEvidence(Texts[record.CallerIdText]), WaitsForPrincipal), default)
                : default;
        }

        var key = AccessKeys.Parse(Texts[record.CallerKeyText]);
        var byKey = key == default ? default : new Key80(KeyEvidence(key), WaitsForKey);
        var bySecond = record.CallerRoleText == 0 || record.CallerCreatedAt == 0
            ? default
            : new Key80(
                SpanEvidence(Texts[record.CallerRoleAccountText], Texts[record.CallerRoleText], Texts[record.CallerSessionText], record.CallerCreatedAt),
                WaitsForSpan);
        return (byKey, bySecond);
    }
}
