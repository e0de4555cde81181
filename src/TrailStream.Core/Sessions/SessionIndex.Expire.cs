namespace TrailStream.Core.Sessions;

public sealed partial class SessionIndex
{
    /// <summary>Sessions expire by quarter hours of event time; 256 of them (64 h) hold the window of 36 h, its slack and clock trouble.</summary>
    private const int BucketSeconds = 900;
    private const int BucketCount = 256;

    /// <summary>Half an hour at least for a grant that came after its own expiry.</summary>
    private const int LateBuckets = 3;

    private const int TextsMax = 22;
    private const int ContentTexts = 2;
    private const SessionStates ContentStates = SessionStates.CallerIsSession | SessionStates.Mfa | SessionStates.CallerExplainsItself;

    /// <summary>Names of people kept to recognise a borrowed session name.</summary>
    private const int NamesMax = 1_000_000;

    private readonly int[] _buckets;
    private long _oldestBucket = long.MaxValue;
    private long _newestBucket = long.MinValue;
    private long _firstKept = long.MinValue;

    // Sessions that expired before this may be missing.
    private long _evictedUntil = long.MinValue;

    /// <summary>Moves event time forward (the caller has clamped it to wall clock + 5 min, so that one forged date cannot empty the index)
    /// and drops what has expired.</summary>
    public void Advance(long eventTime)
    {
        var last = (eventTime - (long)Options.Slack.TotalSeconds) / BucketSeconds;
        _firstKept = Math.Max(_firstKept, last);
        while (_oldestBucket < last && _oldestBucket <= _newestBucket)
        {
            Expired += EvictBucket(_oldestBucket, int.MaxValue);
            _oldestBucket++;
        }
    }

    /// <summary>Makes room by evicting what expires first.</summary>
    /// <returns>True when something has gone.</returns>
    private bool MakeRoom(int sessions)
    {
        var before = EvictedFull;
        while (_records.Count + sessions > Options.SessionsMax && _oldestBucket <= _newestBucket)
        {
            // 64 at a time: the cost of a full index is spread over the inserts.
            EvictedFull += EvictBucket(_oldestBucket, 64);
            if (_buckets[_oldestBucket & (BucketCount - 1)] == 0)
            {
                _oldestBucket++;
            }
        }

        return EvictedFull != before;
    }

    private void FileByExpiry(int session)
    {
        ref var record = ref _records[session];
        var bucket = BucketOf(in record);
        if (_oldestBucket > _newestBucket)
        {
            _oldestBucket = bucket;
            _newestBucket = bucket;
        }

        // Both ends share one ring: what lies outside the ring's reach is filed at its nearer end.
        if (bucket < _oldestBucket)
        {
            bucket = _newestBucket - bucket < BucketCount ? bucket : _newestBucket - BucketCount + 1;
            _oldestBucket = Math.Min(_oldestBucket, bucket);
        }
        else if (bucket > _newestBucket)
        {
            bucket = Math.Min(bucket, _oldestBucket + BucketCount - 1);
            _newestBucket = Math.Max(_newestBucket, bucket);
        }

        ref var first = ref _buckets[bucket & (BucketCount - 1)];
        record.NextInBucket = first;
        first = session;
    }

    /// <summary>By its own expiry, at most a window after its issue. What comes after its time (a grant that was delivered days late) stays for a while:
    /// the events that waited for it are attributed again within minutes.</summary>
    private long BucketOf(in SessionRecord record)
    {
        var bucket = ExpiryBucketOf(in record);
        return _firstKept == long.MinValue ? bucket : Math.Max(bucket, _firstKept + LateBuckets);
    }

    private long ExpiryBucketOf(in SessionRecord record) =>
        (record.Has(SessionStates.Conflict) ? record.ExpiresAt : Math.Min(record.ExpiresAt, record.IssuedAt + (long)Options.Window.TotalSeconds))
        / BucketSeconds;

    /// <param name="bucket">A quarter hour.</param>
    /// <param name="atMost">int.MaxValue when its time has come, less when room is needed.</param>
    private int EvictBucket(long bucket, int atMost)
    {
        ref var first = ref _buckets[bucket & (BucketCount - 1)];
        var evicted = 0;
        while (first != 0 && evicted < atMost)
        {
            var session = first;
            first = _records[session].NextInBucket;
            if (atMost == int.MaxValue && ExpiryBucketOf(in _records[session]) > bucket)
            {
                // A better record of the grant gave it a later expiry than the first, or its date lies beyond the ring. A full index lets it go all the
                // same: moving what is dated years ahead on and on would take for ever.
                FileByExpiry(session);
                continue;
            }

            Unlist(session);
            evicted++;
        }

        _evictedUntil = evicted == 0 ? _evictedUntil : Math.Max(_evictedUntil, (bucket + 1) * BucketSeconds);
        return evicted;
    }

    /// <summary>Takes a session out of the tables; its record stays while sessions below it live, because it is their evidence.</summary>
    private void Unlist(int session)
    {
        ref var record = ref _records[session];
        if (record.Key != default && _byKey.Find(record.Key) == session)
        {
            _byKey.Remove(record.Key);
        }

        RemoveFromSpan(session);
        record.State &= ~SessionStates.Listed;
        if (record.LinkReason == Attribution.AttributionReason.Cycle)
        {
            // Or they would hold one another for ever.
            SetParent(session, 0);
        }

        FreeIfUnused(session);
        foreach (var orphan in _orphans)
        {
            FreeIfUnused(orphan);
        }

        _orphans.Clear();
    }

    private void RemoveFromSpan(int session)
    {
        ref var record = ref _records[session];
        if (!record.IsListedByTime)
        {
            return;
        }

        var key = SpanKey(in record, EvidenceOfSpan(in record, record.IssuedAt));
        var current = _bySpan.Find(key);
        if (current == session)
        {
            if (record.NextInSpan == 0)
            {
                _bySpan.Remove(key);
            }
            else
            {
                _bySpan.Set(key, record.NextInSpan);
            }
        }
        else
        {
            while (current != 0 && _records[current].NextInSpan != session)
            {
                current = _records[current].NextInSpan;
            }

            if (current != 0)
            {
                _records[current].NextInSpan = record.NextInSpan;
            }
        }

        record.NextInSpan = 0;
    }

    /// <summary>Frees a record that is neither listed nor named by another, then its parents likewise. One that is free already is left alone: a
    /// spread may orphan a parent twice, or its child and itself.</summary>
    private void FreeIfUnused(int session)
    {
        while (session != 0)
        {
            ref var record = ref _records[session];
            if (record.Action == GrantAction.None || record.Children > 0 || record.Has(SessionStates.Listed))
            {
                return;
            }

            StopWaiting(session);
            var (parent, claim) = (record.Parent, record.Claim);
            ReleaseTexts(in record);
            _records.Free(session);
            if (claim != 0 && --_records[claim].Children == 0)
            {
                // A claim has no caller's session: nothing above it.
                FreeIfUnused(claim);
            }

            if (parent != 0)
            {
                _records[parent].Children--;
            }

            session = parent;
        }
    }

    private void ReleaseTexts(in SessionRecord record)
    {
        Span<int> texts = stackalloc int[TextsMax];
        CollectTexts(in record, texts);
        foreach (var text in texts)
        {
            Texts.Release(text);
        }
    }

    /// <summary>Every text that a record refers to; from <see cref="ContentTexts"/> on what the event itself says.</summary>
    private static void CollectTexts(in SessionRecord record, Span<int> texts)
    {
        ReadOnlySpan<int> all =
        [
            record.EventIdText, record.AllEventIdsText,
            record.AccountText, record.RoleNameText, record.SessionNameText, record.RoleArnText, record.IssuedKeyText, record.SourceIdentityText,
            record.SourceIpText, record.CallerArnText, record.CallerNameText, record.CallerIdText, record.CallerAccountText, record.CallerKeyText,
            record.CallerProviderText, record.WorkloadIdText, record.WorkloadNameText, record.NamespaceText, record.ClusterText,
            record.CallerRoleText, record.CallerSessionText, record.CallerRoleAccountText,
        ];
        all.CopyTo(texts);
    }
}
