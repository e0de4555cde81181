namespace TrailStream.Core.Generation;

/// <summary>Which kinds of stories are told, and how often.</summary>
public enum TrailMix
{
    /// <summary>As in real trails: nine of ten roles are assumed by services; what is rare there is rare here, what nobody's trail holds is not told.</summary>
    Lifelike,

    /// <summary>Every kind there is, the odd, the spoilt and the forged as often as the others. Some last for days.</summary>
    EveryKind,
}

/// <summary>What the made-up organisation is like.</summary>
public sealed record TrailGeneratorOptions
{
    /// <summary>The same seed gives the same bytes.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>Which stories are told.</summary>
    public TrailMix Mix { get; init; }

    /// <summary>Stories begin until this many events exist; those under way are told to their end, so that a few more may come.</summary>
    public long Events { get; init; } = 10_000;

    /// <summary>eventTime of the first event.</summary>
    public DateTimeOffset Start { get; init; } = new(2026, 11, 20, 8, 0, 0, TimeSpan.Zero);

    /// <summary>Events a second of event time.</summary>
    public double EventsPerSecond { get; init; } = 10;

    /// <summary>Share of grants that are delivered late; in real data 13 to 33 % of uses come before their grant.</summary>
    public double LateGrantShare { get; init; } = 0.2;

    /// <summary>How late at most; real delivery takes up to about ten minutes.</summary>
    public TimeSpan LateGrantMax { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Share of people's and pipelines' grants that never come: a trail without STS, a lost file.</summary>
    public double MissingGrantShare { get; init; } = 0.01;

    /// <summary>Share of events that come a second time by another route, byte for byte.</summary>
    public double DuplicateShare { get; init; } = 0.005;

    /// <summary>One attacker with a leaked key, who borrows a colleague's name.</summary>
    public bool Attacker { get; init; } = true;
}
