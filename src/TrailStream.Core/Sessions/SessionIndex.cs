namespace TrailStream.Core.Sessions;

/// <summary>CONTRACT STUB (lead implements). The sliding index of issued credentials, shared by all workers. Many may read at once, one may write:
/// callers take the lock once a batch.</summary>
public sealed class SessionIndex : IDisposable
{
    public SessionIndex(SessionIndexOptions options) => Options = options;

    public SessionIndexOptions Options { get; }

    /// <summary>Sessions held now, bytes of unmanaged memory, evictions because the index was full.</summary>
    public int Count => 0;

    public long Bytes => 0;

    public long EvictedFull => 0;

    public void EnterRead() => throw new NotImplementedException();

    public void ExitRead() => throw new NotImplementedException();

    public void EnterWrite() => throw new NotImplementedException();

    public void ExitWrite() => throw new NotImplementedException();

    /// <summary>Moves event time forward (already clamped to wall clock + 5 min by the caller) and drops what has expired. Under the write lock.</summary>
    public void Advance(long eventTime) => throw new NotImplementedException();

    public void Dispose()
    {
    }
}

/// <param name="SessionsMax">Sessions held at most.</param>
/// <param name="Window">Longest life of a session in the index, in event time.</param>
/// <param name="Slack">How long after its expiration a session is still found.</param>
/// <param name="HashSeed">Seed of the hash functions (event content is attacker-controlled).</param>
public sealed record SessionIndexOptions(int SessionsMax, TimeSpan Window, TimeSpan Slack, ulong HashSeed)
{
    public static SessionIndexOptions Default { get; } = new(20_000_000, TimeSpan.FromHours(36), TimeSpan.FromHours(2), 0x5bd1e995_9e3779b9);
}
