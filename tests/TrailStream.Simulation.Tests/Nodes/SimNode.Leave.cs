using TrailStream.Pipeline.Settlement;
using TrailStream.Simulation.Tests.Model;

namespace TrailStream.Simulation.Tests.Nodes;

/// <content>How partitions leave: revoked, lost, drained at a stop.</content>
internal sealed partial class SimNode
{
    private void BeginRevoke(List<Partition> leaving)
    {
        foreach (var partition in leaving)
        {
            HandOut(partition);
            ReleaseHeld(partition);
        }

        _leaving = leaving;
        _leavingUntil = _world.Now + Math.Min(5000, ModelBroker.SessionMilliseconds / 4);
        Revoking();
    }

    private void Revoking()
    {
        TakeSettled();
        var leases = _leaving!.ConvertAll(p => p.Lease);
        if (!ReadCoordinator.IsDrained(leases) && _world.Now < _leavingUntil)
        {
            After(20, Revoking);
            return;
        }

        Commit();
        _leaving.ForEach(p => Drop(p, lost: false));
        _leaving = null;
        After(1, Poll);
    }

    private void Drop(Partition partition, bool lost)
    {
        _world.Say($"{Name} gives up {partition.Lease.Partition}, epoch {partition.Lease.Epoch}, {(lost ? "lost" : "revoked")}");
        _partitions.Remove(partition.Lease.Partition);
        _coordinator.Drop(partition.Lease);
        _consumer.End(partition.Lease.Partition, lost);
        _watermark.Remove(Topic, partition.Lease.Partition);
    }

    private void Drain(long until)
    {
        if (_leaving is not null || (!IsIdle && _world.Now < until))
        {
            After(20, () => Drain(until));
            return;
        }

        TakeSettled();
        Commit();
        CheckNothingToRepeat();
        IsDrained = IsIdle;
        IsAlive = false;
        _world.Say($"{Name} has stopped, drained {IsDrained}");
        if (!_around.Broker.IsAway)
        {
            _around.Broker.Leave(_consumer);
        }
    }

    /// <summary>I20: what stops with nothing open leaves nothing to be read again.</summary>
    private void CheckNothingToRepeat()
    {
        if (!IsIdle || _around.Broker.IsAway || !_around.Broker.IsMember(_consumer))
        {
            return;
        }

        foreach (var partition in _partitions.Values)
        {
            if (_around.Broker.Committed(partition.Lease.Partition) < partition.Lease.NextOffset)
            {
                throw new ViolationException(
                    "I20", $"{Name} stopped idle at {partition.Lease.NextOffset} with {_around.Broker.Committed(partition.Lease.Partition)} committed");
            }
        }
    }
}
