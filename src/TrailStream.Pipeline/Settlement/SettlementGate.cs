namespace TrailStream.Pipeline.Settlement;

/// <summary>Counts what is still missing until one read batch is settled. Created by the reader with one hold, so that it cannot
/// settle while its events are still being handed out; every delivery that must become durable adds a hold and releases it when it is.
/// Thread-safe; <paramref name="settled"/> runs once, on whichever thread releases last, and must only post a message.</summary>
public sealed class SettlementGate(Action settled)
{
    private int _holds = 1;

    public void Hold(int count) => Interlocked.Add(ref _holds, count);

    public void Release(int count)
    {
        var left = Interlocked.Add(ref _holds, -count);
        if (left == 0)
        {
            settled();
        }
        else if (left < 0)
        {
            throw new InvalidOperationException($"A batch was settled {-left} times too often.");
        }
    }
}
