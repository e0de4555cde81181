namespace TrailStream.Simulation.Tests.Model;

/// <summary>The client of one node in one life: positions, pauses that survive rebalances, a fence on offsets of partitions that it does not have,
/// handlers that run inside a poll.</summary>
internal sealed class ModelConsumer(World world, ModelBroker broker, string name)
{
    private readonly HashSet<int> _paused = [];
    private readonly Dictionary<int, long> _positions = [];
    private readonly Dictionary<int, long> _stored = [];
    private readonly SortedSet<int> _toAssign = [];
    private readonly SortedSet<int> _toRevoke = [];

    public string Name { get; } = name;

    public long LastHeartbeat { get; private set; }

    public IEnumerable<int> Assigned => _positions.Keys;

    public void Heartbeat() => LastHeartbeat = world.Now;

    public void Assign(int partition) => _toAssign.Add(partition);

    public void Revoke(int partition)
    {
        // One that was never taken up goes back at once.
        if (_toAssign.Remove(partition))
        {
            broker.GiveBack(this, partition);
        }
        else
        {
            _toRevoke.Add(partition);
        }
    }

    /// <summary>Partitions that must be given up, by the group's wish (false) or because it has thrown this member out (true).</summary>
    public bool TakeLeaving(out List<int> leaving, out bool lost)
    {
        lost = !broker.IsAway && !broker.IsMember(this);
        leaving = lost ? [.. _positions.Keys] : [.. _toRevoke.Where(_positions.ContainsKey)];
        _toRevoke.Clear();
        if (lost)
        {
            _toAssign.Clear();
        }

        return leaving.Count > 0;
    }

    public List<int> TakeArriving()
    {
        List<int> arriving = [.. _toAssign];
        _toAssign.Clear();
        return arriving;
    }

    public void Begin(int partition, long position) => _positions[partition] = position;

    public void End(int partition, bool lost)
    {
        _positions.Remove(partition);
        _stored.Remove(partition);
        if (!lost)
        {
            broker.GiveBack(this, partition);
        }
    }

    public void Rejoin()
    {
        if (!broker.IsMember(this))
        {
            broker.Join(this);
        }
    }

    /// <summary>librdkafka keeps a pause across rebalances.</summary>
    public void Pause(int partition, bool pause) => _ = pause ? _paused.Add(partition) : _paused.Remove(partition);

    /// <summary>The next record of some partition that is not paused.</summary>
    /// <param name="partition">Its partition.</param>
    /// <param name="ended">True when that partition is at its end.</param>
    public SimRecord? Poll(out int partition, out bool ended)
    {
        (partition, ended) = (-1, false);
        var ready = _positions.Keys.Where(p => !_paused.Contains(p)).Order().ToList();
        if (broker.IsAway || ready.Count == 0)
        {
            return null;
        }

        partition = ready[world.Next(ready.Count)];
        if (_positions[partition] < broker.Low(partition))
        {
            throw new OffsetOutOfRangeException();
        }

        // After broker trouble the client was seen to jump back.
        if (world.Chance(1))
        {
            _positions[partition] = Math.Max(broker.Low(partition), _positions[partition] - world.Between(1, 4));
        }

        var record = broker.Fetch(partition, _positions[partition]);
        ended = record is null;
        _positions[partition] = record is null ? Math.Max(_positions[partition], broker.End(partition)) : record.Offset + 1;
        return record;
    }

    /// <returns>False when the partition is not this member's: the client's own fence.</returns>
    public bool Store(int partition, long offset)
    {
        if (!_positions.ContainsKey(partition))
        {
            return false;
        }

        _stored[partition] = offset;
        return true;
    }

    /// <summary>Commits what is stored.</summary>
    public bool Commit()
    {
        if (broker.IsAway)
        {
            return false;
        }

        foreach (var (partition, offset) in _stored.OrderBy(s => s.Key).ToList())
        {
            if (!broker.Commit(this, partition, offset))
            {
                return false;
            }
        }

        _stored.Clear();
        return true;
    }
}

/// <summary>Retention has overtaken the reader, and auto.offset.reset is error.</summary>
internal sealed class OffsetOutOfRangeException : Exception;
