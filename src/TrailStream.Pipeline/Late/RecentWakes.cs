namespace TrailStream.Pipeline.Late;

/// <summary>Evidence that came lately. An event and the evidence for it travel to the late actor on different ways: the evidence may be
/// learned after the event's verdict was made and yet announced before the event itself arrives. Then nobody would wake it again. Owned
/// by the late actor.</summary>
internal sealed class RecentWakes(int capacity)
{
    private Dictionary<ulong, long> _young = [];
    private Dictionary<ulong, long> _old = [];
    private long _youngest;
    private long _youngestOfOld;
    private long _forgotten;

    public void Add(ulong evidence, long generation)
    {
        if (_young.Count >= capacity)
        {
            (_old, _young) = (_young, _old);
            _young.Clear();
            _forgotten = _youngestOfOld;
            _youngestOfOld = _youngest;
        }

        _young[evidence] = generation;
        _youngest = Math.Max(_youngest, generation);
    }

    /// <summary>True when evidence for the event may have come after its verdict of <paramref name="generation"/>. Never false in
    /// error.</summary>
    public bool MayHaveMissed(ulong evidence1, ulong evidence2, long generation) =>
        generation < _forgotten || Came(evidence1, generation) || Came(evidence2, generation);

    private bool Came(ulong evidence, long generation) =>
        evidence != 0
        && ((_young.TryGetValue(evidence, out var when) && when > generation) || (_old.TryGetValue(evidence, out when) && when > generation));
}
