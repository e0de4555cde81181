namespace TrailStream.Simulation.Tests.Model;

/// <summary>Kafka as far as settlement sees it: partitions with gaps and retention, one group with generations and incremental rebalances, and its
/// rules for commits, the surprising ones included: a member may commit a partition that somebody else owns, and may go backwards.</summary>
internal sealed class ModelBroker(World world, Ledger ledger, int partitions)
{
    /// <summary>A member that is silent this long is out.</summary>
    public const int SessionMilliseconds = 6000;

    private readonly List<SimRecord>[] _records = [.. Enumerable.Range(0, partitions).Select(_ => new List<SimRecord>())];
    private readonly long[] _low = new long[partitions];
    private readonly long[] _next = new long[partitions];
    private readonly long[] _committed = [.. Enumerable.Repeat(-1L, partitions)];
    private readonly int[] _checkedTo = new int[partitions];
    private readonly ModelConsumer?[] _owners = new ModelConsumer?[partitions];
    private readonly List<ModelConsumer> _members = [];

    public int Partitions => partitions;

    /// <summary>No node reaches it.</summary>
    public bool IsAway { get; set; }

    public long Committed(int partition) => _committed[partition];

    public long Low(int partition) => _low[partition];

    public long End(int partition) => _next[partition];

    public bool IsSettled => Enumerable.Range(0, partitions).All(p => _committed[p] == _next[p] || _low[p] == _next[p]);

    /// <summary>Appends; now and then an offset is skipped, as compaction and transaction markers do.</summary>
    public void Append(int partition, SimEvent[] events)
    {
        _next[partition] += world.Chance(5) ? world.Between(1, 3) : 0;
        _records[partition].Add(new SimRecord(_next[partition]++, events));
    }

    /// <summary>The first record at or behind an offset; null at the end.</summary>
    public SimRecord? Fetch(int partition, long offset)
    {
        var records = _records[partition];
        var (low, high) = (0, records.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            (low, high) = records[middle].Offset < offset ? (middle + 1, high) : (low, middle);
        }

        return low < records.Count ? records[low] : null;
    }

    /// <summary>Retention removes the oldest records, read or not.</summary>
    public void Truncate(int partition, long low) => _low[partition] = Math.Max(_low[partition], Math.Min(low, _next[partition]));

    /// <summary>A node has reported that these offsets were gone before it could read them.</summary>
    public void Excuse(int partition, long from, long to)
    {
        foreach (var record in _records[partition].Where(r => r.Offset >= from && r.Offset < to))
        {
            ledger.Excuse(record);
        }
    }

    /// <summary>An operator resets the group's offsets: allowed while it has no members.</summary>
    public void Rewind(int partition, long to)
    {
        if (_members.Count == 0 && _committed[partition] > to)
        {
            _committed[partition] = Math.Min(_committed[partition], Math.Max(to, _low[partition]));
            _checkedTo[partition] = 0;
            world.Say($"operator rewinds {partition} to {_committed[partition]}");
        }
    }

    public void Join(ModelConsumer member)
    {
        _members.Add(member);
        member.Heartbeat();
        Rebalance();
    }

    public void Leave(ModelConsumer member)
    {
        if (_members.Remove(member))
        {
            Free(member);
            Rebalance();
        }
    }

    public bool IsMember(ModelConsumer member) => _members.Contains(member);

    /// <summary>Throws out who is silent.</summary>
    public void Tick()
    {
        foreach (var member in _members.Where(m => world.Now - m.LastHeartbeat > SessionMilliseconds).ToList())
        {
            world.Say($"member {member.Name} is thrown out");
            _members.Remove(member);
            Free(member);
        }

        Rebalance();
    }

    public void ThrowOutAll()
    {
        _members.Clear();
        Array.Clear(_owners);
    }

    /// <summary>A revoked partition has been given back.</summary>
    public void GiveBack(ModelConsumer member, int partition)
    {
        if (_owners[partition] == member)
        {
            _owners[partition] = null;
            Rebalance();
        }
    }

    /// <summary>Kafka checks that the member is in the group, never that it owns the partition.</summary>
    /// <returns>False when it is not in the group.</returns>
    public bool Commit(ModelConsumer member, int partition, long offset)
    {
        if (!_members.Contains(member))
        {
            return false;
        }

        world.Say($"{member.Name} commits {partition}@{offset}");
        if (_owners[partition] != member)
        {
            throw new ViolationException("I4", $"{member.Name} commits partition {partition}, which it does not own");
        }

        if (offset < _committed[partition])
        {
            throw new ViolationException("I3", $"partition {partition} goes back from {_committed[partition]} to {offset}");
        }

        _committed[partition] = offset;
        CheckSettled(partition, offset);
        return true;
    }

    /// <summary>I2: everything before a committed offset is durable.</summary>
    private void CheckSettled(int partition, long offset)
    {
        var records = _records[partition];
        for (; _checkedTo[partition] < records.Count && records[_checkedTo[partition]].Offset < offset; _checkedTo[partition]++)
        {
            var record = records[_checkedTo[partition]];
            if (record.Offset < _low[partition])
            {
                continue;
            }

            foreach (var one in record.Events)
            {
                if (!ledger.IsTerminal(one))
                {
                    throw new ViolationException("I2", $"{partition}@{offset} is committed, event {one.Number} ({one.Kind}) of @{record.Offset} is nowhere");
                }
            }
        }
    }

    /// <summary>Ownership moves stickily: only what must.</summary>
    private void Rebalance()
    {
        if (_members.Count == 0)
        {
            return;
        }

        var most = (partitions + _members.Count - 1) / _members.Count;
        for (var p = 0; p < partitions; p++)
        {
            if (_owners[p] is { } owner && Owned(owner) > most && _members.Exists(m => Owned(m) < partitions / _members.Count))
            {
                owner.Revoke(p);
            }
            else if (_owners[p] is null)
            {
                var least = _members.MinBy(Owned)!;
                _owners[p] = least;
                least.Assign(p);
            }
        }
    }

    private int Owned(ModelConsumer member) => _owners.Count(owner => owner == member);

    private void Free(ModelConsumer member)
    {
        for (var p = 0; p < partitions; p++)
        {
            if (_owners[p] == member)
            {
                _owners[p] = null;
            }
        }
    }
}
