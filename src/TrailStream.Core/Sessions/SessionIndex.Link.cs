using TrailStream.Core.Attribution;

namespace TrailStream.Core.Sessions;

public sealed partial class SessionIndex
{
    /// <summary>Steps up a chain after which a circle is taken for granted: nobody makes this many hops in a few hours.</summary>
    private const int CircleStepsMax = 4096;

    /// <summary>Each session changes a few times at most while one change spreads.</summary>
    private const long SpreadStepsPerSession = 1000;

    // Sessions whose change is to be carried on, each once: a session waits for its caller by key and by time, and looked at twice for every hop a chain
    // delivered in reverse would cost twice as much with each.
    private readonly Queue<int> _spreading = new();
    private readonly HashSet<int> _isSpreading = [];

    // Former parents, freed when a spread has ended: until then the lists being walked may run through them.
    private readonly List<int> _orphans = [];

    /// <summary>Finds the caller's session anew and writes the chain's head into this one, so that the origin outlives the sessions above.</summary>
    /// <returns>True when anything about the chain has changed.</returns>
    private bool Relink(int session)
    {
        ref var record = ref _records[session];
        var before = Summary(in record);
        if (!record.Has(SessionStates.CallerIsSession))
        {
            SetParent(session, 0);
            SetClaim(session, 0);
            (record.Head, record.Depth, record.ChainConfidence) = (session, 1, AttributionConfidence.Exact);
            (record.LinkMethod, record.LinkReason) = (AttributionMethod.None, AttributionReason.None);
            (record.LinkClaims, record.LinkWeight) = (ClaimState.None, 0);
            record.State &= ~SessionStates.Contradicted;
            SetFinal(ref record, !record.IsPoor);
            return before != Summary(in record);
        }

        var join = KeepKnown(in record, Join(QueryOfCaller(in record, session)));
        var known = record.Parent;
        var isCircle = IsCircle(session, join.Session, known);
        SetParent(session, join.Session);
        SetClaim(session, join.Claim);
        record.LinkMethod = join.Method;
        record.LinkReason = isCircle ? AttributionReason.Cycle : join.Reason;
        record.LinkClaims = join.Claims;
        record.LinkWeight = join.Weight;
        SetHead(session, in join, isCircle);
        return before != Summary(in record);
    }

    private static (int Parent, int Claim, int Head, int Depth, AttributionReason Reason, AttributionConfidence Confidence, SessionStates State) Summary(
        in SessionRecord record) =>
        (record.Parent, record.Claim, record.Head, record.Depth, record.LinkReason, record.ChainConfidence, record.State);

    /// <summary>A parent or claim once found is kept when its own listing has expired (it lives on as this session's evidence), unless what is found
    /// now is at least as good.</summary>
    private SessionJoin KeepKnown(in SessionRecord record, SessionJoin join)
    {
        if (record.Claim != 0 && join.Claims == ClaimState.None && !join.IsRefuted)
        {
            join = join with { Claim = record.Claim, Claims = ClaimState.One };
        }

        if (record.Parent == 0 || record.Parent == join.Session || _records[record.Parent].Has(SessionStates.Listed) || join.IsRefuted
            || join.Method == AttributionMethod.AccessKey)
        {
            return join;
        }

        if (record.LinkMethod != AttributionMethod.AccessKey && join.Session != 0 && !IsSwitchBehind(record.Parent, join.Session))
        {
            // The session found by time has gone, and another one fits: which of them it was cannot be told any more.
            if (HaveSameOrigin(record.Parent, join.Session))
            {
                return join;
            }

            _records[join.Session].State |= SessionStates.Contested;
            return new SessionJoin(0, AttributionMethod.Session, AttributionReason.Ambiguous)
            {
                Claim = join.Claim,
                Claims = join.Claims,
                Weight = SessionJoin.Hopeless,
            };
        }

        return join.Reason == AttributionReason.Ambiguous && record.LinkMethod != AttributionMethod.AccessKey
            ? join
            : join with { Session = record.Parent, Method = record.LinkMethod, Reason = record.LinkReason, Weight = record.LinkWeight };
    }

    private void SetHead(int session, in SessionJoin join, bool isCircle)
    {
        ref var record = ref _records[session];
        record.Depth = 1;
        record.Head = 0;
        record.ChainConfidence = AttributionConfidence.None;
        var isContradicted = isCircle || join.IsRefuted || (join.Session != 0 && _records[join.Session].Has(SessionStates.Contradicted));
        record.State = isContradicted ? record.State | SessionStates.Contradicted : record.State & ~SessionStates.Contradicted;
        var isFinal = false;
        if (join.Session != 0 && !isCircle)
        {
            ref var parent = ref _records[join.Session];
            var byKey = join.Method == AttributionMethod.AccessKey;
            record.Depth = parent.Depth + 1;
            record.Head = parent.Head;
            record.ChainConfidence = (AttributionConfidence)Math.Min(
                (byte)(byKey ? AttributionConfidence.Exact : AttributionConfidence.Strong), (byte)parent.ChainConfidence);
            isFinal = byKey && parent.Has(SessionStates.Final) && (join.Claim != 0 || !IsIdentityCenter(in parent));
        }
        else if (record.Has(SessionStates.CallerExplainsItself) && join.Reason is AttributionReason.NoGrant or AttributionReason.NoKeyNoSession)
        {
            record.Head = session;
            record.ChainConfidence = AttributionConfidence.Strong;
        }

        if (join.Claim != 0 && !isContradicted)
        {
            // AWS's own statement of the user stands above what the grants lead to, but for grants that are forged.
            record.Head = join.Claim;
            record.ChainConfidence = AttributionConfidence.Exact;
        }

        SetFinal(ref record, isFinal);
    }

    /// <summary>Identity Center's roles: any later event of such a session may still name its user by id.</summary>
    internal bool IsIdentityCenter(in SessionRecord record) => Texts[record.RoleNameText].StartsWith("AWSReservedSSO_"u8);

    private void SetFinal(ref SessionRecord record, bool isFinal)
    {
        var awaitsTwin = record.AllEventIdsText == 0 && record.CallerAccountText != 0 && record.AccountText != 0
            && record.CallerAccountText != record.AccountText && record.CallerType is not (OriginType.AWSService or OriginType.WebIdentityUser or OriginType.SAMLUser)
            && record.Action is GrantAction.AssumeRole;
        record.State = isFinal && !awaitsTwin ? record.State | SessionStates.Final : record.State & ~SessionStates.Final;
    }

    internal SessionQuery QueryOfCaller(in SessionRecord record, int self) => new()
    {
        Key = AccessKeys.Parse(Texts[record.CallerKeyText]),
        Arn = Texts[record.CallerArnText],
        Account = record.CallerRoleText == 0 ? Texts[record.CallerAccountText] : Texts[record.CallerRoleAccountText],
        Role = Texts[record.CallerRoleText],
        Session = Texts[record.CallerSessionText],
        CreatedAt = record.CallerCreatedAt,
        Time = record.IssuedAt,
        Self = self,
        Kind = record.CallerType == OriginType.Root ? SessionKind.CentralRoot : SessionKind.Role,
    };

    private void SetParent(int session, int parent)
    {
        ref var record = ref _records[session];
        Exchange(record.Parent, parent);
        record.Parent = parent;
    }

    private void SetClaim(int session, int claim)
    {
        ref var record = ref _records[session];
        Exchange(record.Claim, claim);
        record.Claim = claim;
    }

    private void Exchange(int old, int now)
    {
        if (old == now)
        {
            return;
        }

        if (now != 0)
        {
            _records[now].Children++;
        }

        if (old != 0)
        {
            _records[old].Children--;
            _orphans.Add(old);
        }
    }

    /// <summary>Would the caller <paramref name="parent"/> have been made, over any number of hops, with <paramref name="session"/>? Then all of them are
    /// forged. A link that was no circle becomes one only by a new link above it, and the session that closes it is found first.</summary>
    private bool IsCircle(int session, int parent, int known)
    {
        if (parent == 0)
        {
            return false;
        }

        var isNews = parent != known || _records[session].LinkReason == AttributionReason.Cycle || _records[parent].LinkReason == AttributionReason.Cycle;
        return isNews && (_records[session].Children > 0 || parent == session) && LeadsBackTo(parent, session);
    }

    /// <summary>True when following the callers up from <paramref name="from"/> meets <paramref name="session"/>. A session is issued after its
    /// caller's but for the clocks' tolerance, so that a circle of so many steps cannot reach further back.</summary>
    private bool LeadsBackTo(int from, int session)
    {
        var oldest = _records[session].IssuedAt - (CircleStepsMax * ToleranceSeconds);
        var anchor = from;
        var next = 1;
        for (var steps = 0; steps < CircleStepsMax; steps++)
        {
            if (from == session)
            {
                return true;
            }

            from = _records[from].Parent;
            if (from == 0 || from == anchor || _records[from].IssuedAt < oldest)
            {
                // The top, or another circle above.
                return from == session;
            }

            if (steps == next)
            {
                anchor = from;
                next *= 2;
            }
        }

        return true;
    }

    /// <summary>Carries a change down to every session that was made with this one, and reports whose events should be attributed again. It always goes
    /// all the way: a session left out would go on naming an origin that no longer stands. A queue, not recursion: a chain delivered in reverse may be
    /// thousands deep.</summary>
    private void Spread(int changed, List<ulong> wakes)
    {
        Enqueue(changed);
        Spread(wakes);
    }

    private void Spread(List<ulong> wakes)
    {
        Span<ulong> spans = stackalloc ulong[SpansMax];
        var steps = 0L;
        while (_spreading.TryDequeue(out var session))
        {
            _isSpreading.Remove(session);
            if (++steps > SpreadStepsPerSession * (_records.Count + 1L))
            {
                throw new InvalidOperationException("A change runs in a circle: sessions lead back to themselves unnoticed.");
            }

            Track(session);
            var key = _records[session].Key;
            if (key != default)
            {
                wakes.Add(KeyEvidence(key));
                RelinkWaiters(new Key80(KeyEvidence(key), WaitsForKey), session);
            }

            if (_records[session].RoleNameText != 0)
            {
                Spread(EvidenceAround(in _records[session], ToleranceSeconds, spans), session, wakes);
            }
        }

        foreach (var orphan in _orphans)
        {
            FreeIfUnused(orphan);
        }

        _orphans.Clear();
    }

    private void Enqueue(int session)
    {
        if (_isSpreading.Add(session))
        {
            _touched?.Add(session);
            _spreading.Enqueue(session);
        }
    }

    private void Spread(ReadOnlySpan<ulong> spans, int above, List<ulong> wakes)
    {
        foreach (var evidence in spans)
        {
            wakes.Add(evidence);
            RelinkWaiters(new Key80(evidence, WaitsForSpan), above);
        }
    }

    /// <summary>A principal id has got a name: what stands under it in other accounts' records changes.</summary>
    internal void SpreadPrincipal(ulong evidence, List<ulong> wakes)
    {
        for (var i = _waiters.Find(new Key80(evidence, WaitsForPrincipal)); i != 0; i = _records[i].NextWaiterByKey)
        {
            Enqueue(i);
        }

        Spread(wakes);
    }

    /// <param name="list">Which waiters.</param>
    /// <param name="above">A session of which something is new. What was made with it changes with it.</param>
    private void RelinkWaiters(Key80 list, int above)
    {
        var next = _waiters.Find(list);
        while (next != 0)
        {
            var session = next;
            next = list.High == WaitsForSpan ? _records[session].NextWaiterBySession : _records[session].NextWaiterByKey;
            var changed = Relink(session);
            ref var record = ref _records[session];
            if (changed || (record.LinkReason != AttributionReason.Cycle && (record.Parent == above || record.Claim == above))
                || (TracksRepeats && _reached.Add(session)))
            {
                Enqueue(session);
            }
        }
    }
}
