namespace TrailStream.Pipeline.Elasticsearch;

/// <summary>Growing waits with full jitter, so that many writers do not come back together. One per request.</summary>
internal struct Backoff(ulong seed)
{
    private const double FirstMilliseconds = 100;

    /// <summary>The first write should come within 5 s of a store's return; 2 s of them are the request's.</summary>
    private const double MostMilliseconds = 3000;

    private ulong _state = seed;
    private int _attempt;

    public TimeSpan Next()
    {
        var most = Math.Min(MostMilliseconds, FirstMilliseconds * Math.Pow(2, Math.Min(_attempt++, 10)));
        _state = (_state * 6364136223846793005) + 1442695040888963407;
        return TimeSpan.FromMilliseconds(most * (0.1 + (0.9 * ((_state >> 33) / (double)(1UL << 31)))));
    }
}
