using TrailStream.Core.Attribution;

namespace TrailStream.Core.Sessions;

public sealed partial class SessionIndex
{
    /// <summary>Sessions that one piece of evidence may set anew. A chain of 100,000 links is an attack; what lies beyond is set by its next event.</summary>
    private const int SpreadMax = 100_000;

    private const ushort WaitsForKey = 1;
    private const ushort WaitsForSecond = 2;

    private readonly Queue<int> _spreading = new();

    // Former parents, freed when a spread has ended: until then the lists being walked may run through them.
    private readonly List<int> _orphans = [];

    /// <summary>Times that <see cref="SpreadMax"/> stopped a spread.</summary>
    public long SpreadsCut { get; private set; }

    /// <summary>Finds the caller's session anew and writes the chain's head into this one, so that the origin outlives the sessions above.</summary>
    /// <returns>True when anything about the chain has changed.</returns>
    private bool Relink(int session)
    {
        ref var record = ref _records[session];
        var before = (record.Parent, record.Head, record.Depth, record.LinkReason, record.ChainConfidence);
        var join = default(SessionJoin);
        if (record.Has(SessionStates.CallerIsSession))
        {
            join = Join(QueryOfCaller(in record, session));

            // A parent once proven is kept when its own listing has expired: it lives on as this session's evidence.
            if (join.Session == 0 && join.Reason == AttributionReason.NoGrant && record.Parent != 0)
            {
                join = new SessionJoin(record.Parent, record.LinkMethod, record.LinkReason);
            }
        }

        ref var now = ref _records[session];
        SetParent(session, join.Session != 0 && !LeadsBackTo(join.Session, session) ? join.Session : 0);
        now.LinkMethod = join.Method;
        now.LinkReason = join.Session != 0 && now.Parent == 0 ? AttributionReason.Cycle : join.Reason;
        if (!now.Has(SessionStates.CallerIsSession))
        {
            now.Head = session;
            now.Depth = 1;
            now.ChainConfidence = AttributionConfidence.Exact;
        }
        else if (now.Parent != 0)
        {
            ref var parent = ref _records[now.Parent];
            now.Head = parent.Has(SessionStates.Conflict) ? 0 : parent.Head;
            now.Depth = parent.Depth + 1;
            var link = join.Method == AttributionMethod.AccessKey ? AttributionConfidence.Exact : AttributionConfidence.Strong;
            now.ChainConfidence = (AttributionConfidence)Math.Min((byte)link, (byte)parent.ChainConfidence);
        }
        else
        {
            now.Head = 0;
            now.Depth = 1;
            now.ChainConfidence = AttributionConfidence.None;
        }

        now.State = now.Head != 0 ? now.State | SessionStates.Resolved : now.State & ~SessionStates.Resolved;
        return before != (now.Parent, now.Head, now.Depth, now.LinkReason, now.ChainConfidence);
    }

    private SessionQuery QueryOfCaller(in SessionRecord record, int self) => new()
    {
        Key = AccessKeys.Parse(Texts[record.CallerKeyText]),
        Account = Texts[record.CallerRoleAccountText],
        Role = Texts[record.CallerRoleText],
        Session = Texts[record.CallerSessionText],
        CreatedAt = record.CallerCreatedAt,
        Time = record.IssuedAt,
        Self = self,
    };

    private void SetParent(int session, int parent)
    {
        ref var record = ref _records[session];
        var old = record.Parent;
        if (old == parent)
        {
            return;
        }

        record.Parent = parent;
        if (parent != 0)
        {
            _records[parent].Children++;
        }

        if (old != 0)
        {
            _records[old].Children--;
            _orphans.Add(old);
        }
    }

    /// <summary>True when following the callers up from <paramref name="from"/> meets <paramref name="session"/>. A session is issued after its
    /// caller's, so that a loop can only be made of sessions of the same few seconds: nothing older need be visited.</summary>
    private bool LeadsBackTo(int from, int session)
    {
        var oldest = _records[session].IssuedAt - (2 * ToleranceSeconds);
        for (var steps = 0; from != 0 && steps < 64 && _records[from].IssuedAt >= oldest; steps++)
        {
            if (from == session)
            {
                return true;
            }

            from = _records[from].Parent;
        }

        return from == session;
    }

    /// <summary>Carries a change down to every session that was made with this one, and reports whose events should be attributed again.
    /// A queue, not recursion: a chain delivered in reverse may be thousands deep.</summary>
    private void Spread(int changed, List<ulong> wakes, bool identityChanged)
    {
        var budget = SpreadMax;
        _spreading.Enqueue(changed);
        while (_spreading.TryDequeue(out var session))
        {
            var record = _records[session];
            Track(session, isNew: session == changed && !identityChanged);
            if (record.Key != default)
            {
                var evidence = KeyEvidence(record.Key);
                wakes.Add(evidence);
                RelinkWaiters(evidence, WaitsForKey, identityChanged ? session : 0, ref budget);
            }

            if (record.RoleNameText != 0)
            {
                for (var second = record.IssuedAt - ToleranceSeconds; second <= record.IssuedAt + ToleranceSeconds; second++)
                {
                    var evidence = EvidenceOfSecond(in record, second);
                    wakes.Add(evidence);
                    RelinkWaiters(evidence, WaitsForSecond, identityChanged ? session : 0, ref budget);
                }
            }

            if (budget <= 0)
            {
                SpreadsCut++;
                _spreading.Clear();
            }
        }

        foreach (var orphan in _orphans)
        {
            FreeIfUnused(orphan);
        }

        _orphans.Clear();
    }

    /// <param name="above">A session whose caller is now known better; 0 without one. What was made with it changes with it.</param>
    private void RelinkWaiters(ulong evidence, ushort kind, int above, ref int budget)
    {
        var next = _waiters.Find(new Key80(evidence, kind));
        while (next != 0 && budget-- > 0)
        {
            var session = next;
            next = kind == WaitsForKey ? _records[session].NextWaiterByKey : _records[session].NextWaiterBySession;
            if (Relink(session) || (above != 0 && _records[session].Parent == above))
            {
                _spreading.Enqueue(session);
            }
        }
    }

    /// <summary>Enters a session whose caller is a session in the lists of that caller's evidence. It stays there while it lives, because better
    /// or contradicting evidence may still come.</summary>
    private void Wait(int session)
    {
        ref var record = ref _records[session];
        record.NextWaiterByKey = record.PreviousWaiterByKey = record.NextWaiterBySession = record.PreviousWaiterBySession = 0;
        if (!record.Has(SessionStates.CallerIsSession))
        {
            return;
        }

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
        if (!record.Has(SessionStates.CallerIsSession))
        {
            return;
        }

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
        var key = AccessKeys.Parse(Texts[record.CallerKeyText]);
        var byKey = key == default ? default : new Key80(KeyEvidence(key), WaitsForKey);
        var bySecond = record.CallerRoleText == 0 || record.CallerCreatedAt == 0
            ? default
            : new Key80(
                SecondEvidence(Texts[record.CallerRoleAccountText], Texts[record.CallerRoleText], Texts[record.CallerSessionText], record.CallerCreatedAt),
                WaitsForSecond);
        return (byKey, bySecond);
    }
}
