namespace TrailStream.Pipeline.Settlement;

/// <summary>What a settled batch did.</summary>
internal enum SettleResult : byte
{
    /// <summary>The frontier moved.</summary>
    Moved = 0,

    /// <summary>Counted; an older batch is still open.</summary>
    Counted,

    /// <summary>It belongs to an assignment that is over: nothing changes, the partition's present owner reads it again.</summary>
    Fenced,
}
