namespace TrailStream.Core.Sessions;

/// <summary>Which uses of a session's key its change can make better.</summary>
public enum ConcernedUses : byte
{
    /// <summary>All: an origin that was proven may be another one now.</summary>
    All = 0,

    /// <summary>Those whose origin this key has not proven: the others knew the grant. That is the usual case, a grant before its uses, and nearly all
    /// documents.</summary>
    Unproven,

    /// <summary>Those that key and chain have not proven to the end. For evidence that is repeated, and may have concerned anything above when it was
    /// new; a document without the second record's id among its evidence stays so.</summary>
    Incomplete,

    /// <summary>Those that name an origin: it is void now, if it rests on this session.</summary>
    Named,
}
