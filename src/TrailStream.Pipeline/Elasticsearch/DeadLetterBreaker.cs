namespace TrailStream.Pipeline.Elasticsearch;

/// <summary>Stops the flow into the dead letters when it is too large to be the events' own fault: a template that was changed by hand refuses
/// everything, and a stream that gives it all up as dead letters has lost the day. Opens when more than <see cref="RefusedMost"/> documents
/// and more than <see cref="ShareMost"/> of all were refused within <see cref="Window"/>; closes when the share of what is tried falls below it
/// again. Thread-safe.</summary>
internal sealed class DeadLetterBreaker(TimeProvider clock)
{
    /// <summary>Fewer than this in a window are single faulty events, whatever their share.</summary>
    public const int RefusedMost = 100;

    /// <summary>Real trails stay far below one refused document in a hundred.</summary>
    public const double ShareMost = 0.01;

    public static readonly TimeSpan Window = TimeSpan.FromSeconds(60);

    private readonly Lock _lock = new();
    private long _started = clock.GetTimestamp();
    private long _refused;
    private long _accepted;

    /// <summary>True while so much was refused that nothing more is given up.</summary>
    public bool IsOpen
    {
        get
        {
            lock (_lock)
            {
                return _refused > RefusedMost && _refused > ShareMost * (_refused + _accepted);
            }
        }
    }

    /// <summary>Counts one answer. False while the breaker is open: the refused documents have to be tried again.</summary>
    /// <param name="refused">Documents that would become dead letters.</param>
    /// <param name="accepted">Documents that the store took.</param>
    public bool Admit(int refused, int accepted)
    {
        lock (_lock)
        {
            if (clock.GetElapsedTime(_started) >= Window)
            {
                // While it is open the window's share goes on counting, so that a minute's end does not let a minute's worth through.
                _started = clock.GetTimestamp();
                (_refused, _accepted) = IsOpen ? (_refused / 2, _accepted / 2) : (0, 0);
            }

            (_refused, _accepted) = (_refused + refused, _accepted + accepted);
            return refused == 0 || !IsOpen;
        }
    }
}
