using System.Runtime.InteropServices;
using TrailStream.Pipeline.Options;

namespace TrailStream.Pipeline.Late;

/// <summary>The events that wait for evidence: by what they wait for, by age, by event time. Pure bookkeeping: no clock, no I/O. Owned by
/// the late actor; not thread-safe.</summary>
internal sealed class LateBuffer(LateOptions limits)
{
    /// <summary>Fewer events that are gone are not worth a sweep.</summary>
    private const int GoneMin = 1024;

    private readonly Dictionary<ulong, List<LateEvent>> _byEvidence = [];

    /// <summary>In order of arrival; events that are gone are dropped when they come to the front, or in a sweep.</summary>
    private Queue<LateEvent> _held = new();
    private Queue<LateEvent> _byAge = new();
    private Queue<LateEvent> _openByAge = new();
    private PriorityQueue<LateEvent, long> _openByEventTime = new();
    private int _gone;

    public int Count { get; private set; }

    public int Held { get; private set; }

    public long Bytes { get; private set; }

    public long HeldBytes { get; private set; }

    /// <summary>Events that some queue still knows, gone ones included.</summary>
    public int Known => Math.Max(_byAge.Count, _openByEventTime.Count);

    /// <summary>Takes an event in.</summary>
    /// <returns>False when too many wait for the same evidence already: the event is not kept.</returns>
    public bool Add(LateEvent late)
    {
        if (!HasRoom(late.WaitsFor1) || !HasRoom(late.WaitsFor2))
        {
            return false;
        }

        Count++;
        Bytes += late.Cost;
        if (late.IsHeld)
        {
            Held++;
            HeldBytes += late.Cost;
            _held.Enqueue(late);
        }

        Map(late);
        _byAge.Enqueue(late);
        _openByAge.Enqueue(late);
        _openByEventTime.Enqueue(late, late.EventTime);
        return true;
    }

    /// <summary>Appends the events that wait for <paramref name="evidence"/>, each once per round.</summary>
    public void Collect(ulong evidence, long round, List<LateEvent> into)
    {
        if (evidence == 0 || !_byEvidence.TryGetValue(evidence, out var waiting))
        {
            return;
        }

        foreach (var late in waiting)
        {
            if (late.Round != round)
            {
                late.Round = round;
                into.Add(late);
            }
        }
    }

    /// <summary>Takes an event out: explained, or forgotten.</summary>
    /// <param name="late">The event.</param>
    /// <param name="keepHold">True when the caller still has to write it: its record stays unsettled.</param>
    public void Remove(LateEvent late, bool keepHold = false)
    {
        if (late.Gone)
        {
            return;
        }

        late.Gone = true;
        Count--;
        Bytes -= late.Cost;
        var batch = late.Batch;
        Unhold(late);
        late.Batch = keepHold ? batch : null;
        Unmap(late);
        if (++_gone > Math.Max(GoneMin, Count))
        {
            Sweep();
        }
    }

    /// <summary>The event has been written: its record is no longer kept from settling by this buffer.</summary>
    public void Unhold(LateEvent late)
    {
        if (late.IsHeld)
        {
            late.Batch = null;
            Held--;
            HeldBytes -= late.Cost;
        }
    }

    /// <summary>A new verdict waits for other evidence than the last.</summary>
    public void WaitFor(LateEvent late, ulong evidence1, ulong evidence2)
    {
        if (late.WaitsFor1 == evidence1 && late.WaitsFor2 == evidence2)
        {
            return;
        }

        Unmap(late);
        (late.WaitsFor1, late.WaitsFor2) = (evidence1, evidence2);
        Map(late);
    }

    /// <summary>Appends held events: all that arrived up to <paramref name="arrivedUntil"/>, and as many more as stand above the byte
    /// limit. They stay held until <see cref="Unhold"/>.</summary>
    public void CollectHeld(long arrivedUntil, long bytesMax, List<LateEvent> into)
    {
        var excess = HeldBytes - bytesMax;
        while (_held.TryPeek(out var late))
        {
            if (late.Gone || !late.IsHeld)
            {
                _held.Dequeue();
            }
            else if (late.ArrivedAt <= arrivedUntil || excess > 0)
            {
                _held.Dequeue();
                excess -= late.Cost;
                into.Add(late);
            }
            else
            {
                return;
            }
        }
    }

    /// <summary>Appends the held events of one partition's assignment.</summary>
    public void CollectHeld(string topic, int partition, int epoch, List<LateEvent> into)
    {
        foreach (var late in _held)
        {
            if (late is { Gone: false, Batch: { } batch } && batch.Partition == partition && batch.Epoch == epoch && batch.Topic == topic)
            {
                into.Add(late);
            }
        }
    }

    /// <summary>Appends written events whose time for evidence is over: by age, or because event time has gone on that far.</summary>
    public void CollectOver(long arrivedUntil, long eventTimeUntil, List<LateEvent> into)
    {
        while (_openByAge.TryPeek(out var late) && (late.Gone || late.Closed || (late.ArrivedAt <= arrivedUntil && !late.IsHeld)))
        {
            Close(_openByAge.Dequeue(), into);
        }

        List<LateEvent>? heldBack = null;
        while (_openByEventTime.TryPeek(out var late, out var eventTime) && (late.Gone || late.Closed || eventTime <= eventTimeUntil))
        {
            _openByEventTime.Dequeue();
            if (late is { Gone: false, Closed: false, IsHeld: true })
            {
                // Still in its hold time: old events of a backlog get at least that long.
                (heldBack ??= []).Add(late);
                continue;
            }

            Close(late, into);
        }

        foreach (var late in heldBack ?? [])
        {
            _openByEventTime.Enqueue(late, late.EventTime);
        }
    }

    /// <summary>Appends everything not closed yet.</summary>
    public void CollectOpen(List<LateEvent> into)
    {
        while (_openByAge.TryDequeue(out var late))
        {
            Close(late, into);
        }

        _openByEventTime.Clear();
    }

    /// <summary>The oldest event, when the memory limit is passed; it should be written if it is held, and removed.</summary>
    public LateEvent? Excess()
    {
        while (_byAge.TryPeek(out var late) && (late.Gone || Bytes > limits.MemoryBytes))
        {
            _byAge.Dequeue();
            if (!late.Gone)
            {
                return late;
            }
        }

        return null;
    }

    /// <summary>Most events are explained within seconds, but stand in queues whose front may wait for a quarter of an hour: without this their
    /// bytes would be kept as long.</summary>
    private void Sweep()
    {
        _gone = 0;
        _held = new Queue<LateEvent>(_held.Where(late => late is { Gone: false, IsHeld: true }));
        _byAge = new Queue<LateEvent>(_byAge.Where(late => !late.Gone));
        _openByAge = new Queue<LateEvent>(_openByAge.Where(late => late is { Gone: false, Closed: false }));
        _openByEventTime = new PriorityQueue<LateEvent, long>(_openByEventTime.UnorderedItems.Where(item => item.Element is { Gone: false, Closed: false }));
    }

    private static void Close(LateEvent late, List<LateEvent> into)
    {
        if (!late.Gone && !late.Closed)
        {
            late.Closed = true;
            into.Add(late);
        }
    }

    private bool HasRoom(ulong evidence) =>
        evidence == 0 || !_byEvidence.TryGetValue(evidence, out var waiting) || waiting.Count < limits.EventsPerKey;

    private void Map(LateEvent late)
    {
        Map(late.WaitsFor1, late);
        if (late.WaitsFor2 != late.WaitsFor1)
        {
            Map(late.WaitsFor2, late);
        }
    }

    private void Map(ulong evidence, LateEvent late)
    {
        if (evidence != 0)
        {
            ref var waiting = ref CollectionsMarshal.GetValueRefOrAddDefault(_byEvidence, evidence, out _);
            waiting ??= new List<LateEvent>(1);
            SetSlot(late, evidence, waiting.Count);
            waiting.Add(late);
        }
    }

    private void Unmap(LateEvent late)
    {
        Unmap(late.WaitsFor1, late);
        if (late.WaitsFor2 != late.WaitsFor1)
        {
            Unmap(late.WaitsFor2, late);
        }
    }

    private void Unmap(ulong evidence, LateEvent late)
    {
        if (evidence == 0 || !_byEvidence.TryGetValue(evidence, out var waiting))
        {
            return;
        }

        // The last one takes its place: many thousands may wait for one key, and one grant takes them all out.
        var slot = late.WaitsFor1 == evidence ? late.Slot1 : late.Slot2;
        var last = waiting[^1];
        waiting[slot] = last;
        SetSlot(last, evidence, slot);
        waiting.RemoveAt(waiting.Count - 1);
        if (waiting.Count == 0)
        {
            _byEvidence.Remove(evidence);
        }
    }

    private static void SetSlot(LateEvent late, ulong evidence, int slot)
    {
        if (late.WaitsFor1 == evidence)
        {
            late.Slot1 = slot;
        }
        else
        {
            late.Slot2 = slot;
        }
    }
}
