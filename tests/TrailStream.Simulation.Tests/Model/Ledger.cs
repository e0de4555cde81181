namespace TrailStream.Simulation.Tests.Model;

/// <summary>The test's own book: every event that went in, and where it was seen durable. Checks the invariants that speak of events.</summary>
internal sealed class Ledger
{
    private readonly List<SimEvent> _events = [];
    private readonly Dictionary<int, (long Rank, int Writes)> _documents = [];
    private readonly HashSet<int> _deadLetters = [];
    private readonly HashSet<int> _sessions = [];
    private readonly HashSet<int> _excused = [];

    public IReadOnlyList<SimEvent> Events => _events;

    public IEnumerable<int> SessionKeys => _sessions;

    /// <summary>Documents written again: redelivery and corrections.</summary>
    public int Rewrites { get; private set; }

    public SimEvent Add(SimKind kind, int key, long time)
    {
        var added = new SimEvent(_events.Count, kind, key) { Time = time };
        _events.Add(added);
        return added;
    }

    /// <summary>The store has written a document.</summary>
    public void Written(int number, long rank, ReadOnlySpan<byte> document)
    {
        if (!System.Text.Encoding.UTF8.GetString(document).Contains(_events[number].Mark, StringComparison.Ordinal))
        {
            throw new ViolationException("I8", $"event {number} was written with another's content");
        }

        if (_documents.TryGetValue(number, out var before))
        {
            Rewrites++;
            if (rank < before.Rank)
            {
                throw new ViolationException("I6/I11", $"event {number} went from rank {before.Rank} to {rank}");
            }
        }

        _documents[number] = (rank, before.Writes + 1);
    }

    public void DeadLettered(int number, ReadOnlySpan<byte> payload)
    {
        if (!System.Text.Encoding.UTF8.GetString(payload).Contains(_events[number].Mark, StringComparison.Ordinal))
        {
            throw new ViolationException("I8", $"event {number} is a dead letter with another's content");
        }

        _deadLetters.Add(number);
    }

    public void SessionAcknowledged(int key) => _sessions.Add(key);

    /// <summary>Retention removed it, and the node said so.</summary>
    public void Excuse(SimRecord record)
    {
        foreach (var one in record.Events)
        {
            _excused.Add(one.Number);
        }
    }

    /// <summary>True when the event is where it must be.</summary>
    public bool IsTerminal(SimEvent one) => one.Kind switch
    {
        SimKind.Broken or SimKind.Refused => _deadLetters.Contains(one.Number),
        SimKind.Grant => _documents.ContainsKey(one.Number) && _sessions.Contains(one.Key),
        _ => _documents.ContainsKey(one.Number),
    };

    /// <summary>I7 and I5: everything in exactly one place.</summary>
    public void CheckEnd()
    {
        foreach (var one in _events)
        {
            if (!IsTerminal(one) && !_excused.Contains(one.Number))
            {
                throw new ViolationException("I7", $"event {one.Number} ({one.Kind}) is nowhere");
            }

            if (_documents.ContainsKey(one.Number) && _deadLetters.Contains(one.Number))
            {
                throw new ViolationException("I7", $"event {one.Number} ({one.Kind}) is in the store and among the dead letters");
            }
        }
    }
}
