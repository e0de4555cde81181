using TrailStream.Simulation.Tests.Model;
using TrailStream.Simulation.Tests.Nodes;

namespace TrailStream.Simulation.Tests;

/// <summary>What a run did, to see that it was not idle.</summary>
internal sealed record SimulationResult(long Steps, int Events, int Rewrites, int Crashes, int Stops, int Drained);

/// <summary>Some nodes, a broker and a store through one bad day that the seed chooses; then the trouble ends, everything must arrive, and the nodes
/// are stopped.</summary>
internal sealed class Simulation
{
    private const int Partitions = 4;
    private const int TroubleTime = 60_000;

    /// <summary>After the trouble everything has to arrive within this; the longest single wait is a request without an answer.</summary>
    private const int HealTime = 300_000;

    private readonly World _world;
    private readonly Ledger _ledger = new();
    private readonly Surroundings _around;
    private readonly SimNode?[] _nodes;
    private readonly NodeClock[] _clocks;
    private readonly int[] _lives;
    private int _crashes;
    private int _stops;
    private int _drained;
    private bool _isOver;

    public Simulation(ulong seed, NodePolicy policy, bool isTraced = false)
    {
        _world = new World(seed, isTraced);
        var broker = new ModelBroker(_world, _ledger, Partitions);
        _around = new Surroundings(
            _world,
            _ledger,
            broker,
            new ModelStore(_world, _ledger),
            new ModelTopic<int>(_world, _ledger.SessionAcknowledged),
            new ModelTopic<(int Number, byte[] Payload)>(_world, letter => _ledger.DeadLettered(letter.Number, letter.Payload)),
            policy);
        _nodes = new SimNode?[_world.Between(1, 3)];
        _clocks = [.. Enumerable.Range(0, _nodes.Length).Select(_ => new NodeClock(_world))];
        _lives = new int[_nodes.Length];
    }

    public string Trace => _world.Trace;

    public SimulationResult Run()
    {
        for (var i = 0; i < _nodes.Length; i++)
        {
            Start(i, _world.Next(500));
        }

        Feed();
        for (var i = _world.Between(3, 14); i > 0; i--)
        {
            _world.After(_world.Next(TroubleTime), Trouble);
        }

        Watch();
        RunTo(TroubleTime);
        Heal();
        RunUntil(() => _around.Broker.IsSettled && _nodes.All(n => n is { IsAlive: true, IsIdle: true }), "I15", "not everything was settled");
        _isOver = true;
        foreach (var node in _nodes)
        {
            node!.Stop();
        }

        RunUntil(() => _nodes.All(n => n!.HasEnded), "I15", "a node does not stop");
        if (_nodes.Any(n => !n!.IsDrained))
        {
            throw new ViolationException("I20/I21", "a node did not stop idle although all was well");
        }

        _ledger.CheckEnd();
        return new SimulationResult(_world.Steps, _ledger.Events.Count, _ledger.Rewrites, _crashes, _stops, _drained);
    }

    /// <summary>Records come for most of the time of trouble: uses before and after their grants, some never granted, some twice.</summary>
    private void Feed()
    {
        var records = _world.Between(60, 160);
        for (var i = 0; i < records; i++)
        {
            _world.After(_world.Next(TroubleTime * 3 / 4), () =>
            {
                var events = Enumerable.Range(0, _world.Between(1, 3)).Select(_ => NewEvent()).ToArray();
                _around.Broker.Append(_world.Next(Partitions), events);
                if (_world.Chance(5))
                {
                    // Delivered twice, as CloudTrail may.
                    _around.Broker.Append(_world.Next(Partitions), events);
                }
            });
        }
    }

    private SimEvent NewEvent()
    {
        var kind = _world.Next(100) switch
        {
            < 15 => SimKind.Grant,
            < 60 => SimKind.Use,
            < 64 => SimKind.Broken,
            < 67 => SimKind.Awkward,
            < 69 => SimKind.Refused,
            _ => SimKind.Plain,
        };
        var time = new DateTimeOffset(2026, 3, 4, 12, 0, 0, TimeSpan.Zero).ToUnixTimeSeconds() + (_world.Now / 1000) - _world.Next(20);
        return _ledger.Add(kind, kind is SimKind.Grant or SimKind.Use ? _world.Between(1, 20) : 0, _world.Chance(1) ? 253_402_300_799 : time);
    }

    private void Start(int i, long after) => _world.After(after, () =>
    {
        if (_nodes[i] is { IsAlive: true } || _isOver)
        {
            return;
        }

        var node = new SimNode($"node-{i}.{++_lives[i]}", _around, _clocks[i]);
        _nodes[i] = node;
        node.Start();
    });

    /// <summary>Whoever has ended is started again.</summary>
    private void Watch()
    {
        for (var i = 0; i < _nodes.Length; i++)
        {
            if (_nodes[i] is { IsAlive: false } ended && !_isOver)
            {
                _drained += ended.IsDrained ? 1 : 0;
                _nodes[i] = null;
                Start(i, _world.Between(50, 5000));
            }
        }

        _world.After(100, Watch);
    }

    private void Trouble()
    {
        var store = _around.Store;
        var node = _nodes[_world.Next(_nodes.Length)];
        var kind = _world.Next(18);
        _world.Say($"trouble {kind}");
        switch (kind)
        {
            case 0 or 1 or 2 or 3:
                _crashes += node is { IsAlive: true } ? 1 : 0;
                node?.Crash();
                break;
            case 4 or 5:
                _stops += node is { IsAlive: true } ? 1 : 0;
                node?.Stop();
                break;
            case 6 when node is { IsPaused: false }:
                node.Freeze(_world.Between(500, 3 * ModelBroker.SessionMilliseconds));
                break;
            case 7:
                For(_world.Between(500, 40_000), isOn => store.IsAway = isOn);
                break;
            case 8:
                For(_world.Between(500, 10_000), isOn => store.IsHung = isOn);
                break;
            case 9:
                For(_world.Between(500, 20_000), isOn => store.IsOverloaded = isOn);
                break;
            case 10:
                For(_world.Between(500, 20_000), isOn => store.Refuses = isOn);
                break;
            case 11:
                For(_world.Between(5000, 40_000), isOn => store.ItemTroublePercent = isOn ? 20 : 0);
                break;
            case 12:
                For(_world.Between(5000, 40_000), isOn => store.LostAnswerPercent = isOn ? 30 : 0);
                break;
            case 13:
                For(_world.Between(500, 10_000), isOn => _around.Broker.IsAway = isOn);
                break;
            case 14:
                For(_world.Between(500, 10_000), isOn => (_around.Sessions.IsDiskFull, _around.DeadLetters.IsDiskFull) = (isOn, isOn));
                break;
            case 15:
                _clocks[_world.Next(_clocks.Length)].Offset += TimeSpan.FromHours(_world.Between(-24, 24));
                break;
            case 16:
                Truncate();
                break;
            default:
                EverybodyDown();
                break;
        }
    }

    /// <summary>Retention overtakes what is read, or only what is committed.</summary>
    private void Truncate()
    {
        var partition = _world.Next(Partitions);
        _around.Broker.Truncate(partition, Math.Max(0, _around.Broker.Committed(partition)) + _world.Between(-5, 5));
    }

    /// <summary>All are killed at once; now and then an operator rewinds the group before they return.</summary>
    private void EverybodyDown()
    {
        foreach (var node in _nodes)
        {
            _crashes += node is { IsAlive: true } ? 1 : 0;
            node?.Crash();
        }

        _around.Broker.ThrowOutAll();
        if (_world.Chance(50))
        {
            var partition = _world.Next(Partitions);
            _around.Broker.Rewind(partition, _world.Next((int)_around.Broker.End(partition) + 1));
        }
    }

    private void For(long milliseconds, Action<bool> set)
    {
        set(true);
        _world.After(milliseconds, () => set(false));
    }

    private void Heal()
    {
        _world.Say($"all is well again");
        var store = _around.Store;
        (store.IsAway, store.IsHung, store.IsOverloaded, store.Refuses) = (false, false, false, false);
        (store.ItemTroublePercent, store.LostAnswerPercent) = (0, 0);
        (_around.Broker.IsAway, _around.Sessions.IsDiskFull, _around.DeadLetters.IsDiskFull) = (false, false, false);
    }

    private void RunTo(long until)
    {
        while (_world.Step(until))
        {
            Check();
        }
    }

    private void RunUntil(Func<bool> isDone, string invariant, string what)
    {
        var until = _world.Now + HealTime;
        while (!isDone())
        {
            if (!_world.Step(until))
            {
                throw new ViolationException(invariant, $"{what} within {HealTime / 1000} s");
            }

            Check();
        }
    }

    private void Check()
    {
        foreach (var node in _nodes)
        {
            if (node is { IsAlive: true })
            {
                node.CheckLimits();
            }
        }

        if ((_world.Steps & 63) == 0)
        {
            _around.Broker.Tick();
        }
    }
}
