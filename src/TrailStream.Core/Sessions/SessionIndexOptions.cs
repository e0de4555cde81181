namespace TrailStream.Core.Sessions;

/// <param name="SessionsMax">Sessions held at most. 20 M sessions are about 6 GB: set it to what the machine has.</param>
/// <param name="Window">Longest life of a session in the index, in event time. 36 h is the longest life of any STS credential.</param>
/// <param name="Slack">How long after its expiration a session is still found: delivery is usually minutes, sometimes hours late.</param>
/// <param name="HashSeed">Seed of the hash functions (event content is attacker-controlled).</param>
public sealed record SessionIndexOptions(int SessionsMax, TimeSpan Window, TimeSpan Slack, ulong HashSeed)
{
    public static SessionIndexOptions Default { get; } = new(20_000_000, TimeSpan.FromHours(36), TimeSpan.FromHours(2), 0x5bd1e995_9e3779b9);
}
