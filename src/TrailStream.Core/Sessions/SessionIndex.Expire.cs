namespace TrailStream.Core.Sessions;

public sealed partial class SessionIndex
{
    /// <summary>Sessions expire by quarter hours of event time; 256 of them (64 h) hold the window of 36 h, its slack and clock trouble.</summary>
    private const int BucketSeconds = 900;
    private const int BucketCount = 256;

    /// <summary>Names of people kept to recognise a borrowed session name.</summary>
    private const int NamesMax = 1_000_000;

    private readonly int[] _buckets;
    private long _oldestBucket = long.MaxValue;
    private long _newestBucket = long.MinValue;

    /// <summary>Moves event time forward (the caller has clamped it to wall clock + 5 min, so that one forged date cannot empty the index)
    /// and drops what has expired.</summary>
    public void Advance(long eventTime)
    {
        var last = (eventTime - (long)Options.Slack.TotalSeconds) / BucketSeconds;
        while (_oldestBucket < last && _oldestBucket <= _newestBucket)
        {
            Expired += EvictBucket(_oldestBucket, int.MaxValue);
            _oldestBucket++;
        }
    }

    /// <summary>Makes room by evicting what expires first.</summary>
    private void MakeRoom()
    {
        while (_records.Count >= Options.SessionsMax && _oldestBucket <= _newestBucket)
        {
            // 64 at a time: the cost of a full index is spread over the inserts.
            EvictedFull += EvictBucket(_oldestBucket, 64);
            if (_buckets[_oldestBucket & (BucketCount - 1)] == 0)
            {
                _oldestBucket++;
            }
        }
    }

    private void FileByExpiry(int session)
    {
        ref var record = ref _records[session];
        var expiry = Math.Min(record.ExpiresAt, record.IssuedAt + (long)Options.Window.TotalSeconds);
        var bucket = expiry / BucketSeconds;
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

    private int EvictBucket(long bucket, int atMost)
    {
        ref var first = ref _buckets[bucket & (BucketCount - 1)];
        var evicted = 0;
        while (first != 0 && evicted < atMost)
        {
            var session = first;
            first = _records[session].NextInBucket;
            Unlist(session);
            evicted++;
        }

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

        RemoveFromSecond(session);
        record.State &= ~SessionStates.Listed;
        FreeIfUnused(session);
    }

    private void RemoveFromSecond(int session)
    {
        ref var record = ref _records[session];
        if (record.RoleNameText == 0)
        {
            return;
        }

        var key = new Key80(EvidenceOfSecond(in record, record.IssuedAt), 0);
        var current = _bySecond.Find(key);
        if (current == session)
        {
            if (record.NextInSecond == 0)
            {
                _bySecond.Remove(key);
            }
            else
            {
                _bySecond.Set(key, record.NextInSecond);
            }
        }
        else
        {
            while (current != 0 && _records[current].NextInSecond != session)
            {
                current = _records[current].NextInSecond;
            }

            if (current != 0)
            {
                _records[current].NextInSecond = record.NextInSecond;
            }
        }

        record.NextInSecond = 0;
    }

    /// <summary>Frees a record that is neither listed nor anybody's parent, then its parents likewise. One that is free already is left alone: a
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
            var parent = record.Parent;
            ReleaseTexts(in record);
            _records.Free(session);
            if (parent != 0)
            {
                _records[parent].Children--;
            }

            session = parent;
        }
    }

    private void ReleaseTexts(in SessionRecord record)
    {
        ReadOnlySpan<int> texts =
        [
            record.AccountText, record.RoleNameText, record.SessionNameText, record.RoleArnText, record.IssuedKeyText, record.SourceIdentityText,
            record.EventIdText, record.FurtherEventIdsText, record.SourceIpText, record.CallerArnText, record.CallerNameText, record.CallerIdText,
            record.CallerAccountText, record.CallerKeyText, record.CallerProviderText, record.WorkloadIdText, record.WorkloadNameText,
            record.NamespaceText, record.ClusterText, record.CallerRoleText, record.CallerSessionText, record.CallerRoleAccountText,
        ];
        foreach (var text in texts)
        {
            Texts.Release(text);
        }
    }
}
