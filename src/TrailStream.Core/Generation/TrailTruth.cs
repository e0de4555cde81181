using TrailStream.Core.Attribution;

namespace TrailStream.Core.Generation;

/// <summary>What kind of life an event is from.</summary>
public enum TrailStory : byte
{
    Person,
    ConsoleUser,
    ConsoleSwitch,
    IdentityCenter,
    SamlUser,
    CiPipeline,
    Pod,
    PodIdentity,
    Instance,
    Function,
    Task,
    ServiceLinked,
    ForwardedSession,
    Partner,
    SessionToken,
    Federation,
    CentralRoot,
    FailedGrant,
    ServiceEvent,
    Attacker,

    // What EveryKind tells often, and Lifelike seldom or never.
    LongChain,
    Juggling,
    IdentityCenterChain,
    NamedExternal,
    BusyName,
    LostAccount,
    SourceIdentity,
    Database,
    ScopedFunction,
    GitLabPipeline,
    CognitoUser,
    ExpressSession,
    RolesAnywhere,
    SignInToken,
    UnflaggedRoot,
    ReusedKey,
    MalformedKey,
    OutsideLife,
    ForgedName,
    LookAlike,
    KeyConflict,
    Cycle,
    Redacted,
    Truncated,
    NoIdentity,
    Insight,
    NetworkActivity,
}

/// <summary>What the attribution of one generated event finally must be, whatever the order of delivery. Filled anew by each
/// <see cref="TrailGenerator.Next"/>.</summary>
public sealed class TrailTruth
{
    public string EventId { get; set; } = "";

    public TrailStory Story { get; set; }

    public AttributionStatus Status { get; set; }

    public OriginType OriginType { get; set; }

    public string? OriginName { get; set; }

    public string? OriginArn { get; set; }

    public string? OriginId { get; set; }

    public int Depth { get; set; }

    /// <summary>Event ids of the grants, hop 1 (nearest the origin) first.</summary>
    public List<string> GrantEventIds { get; } = [];

    /// <summary>The reason that must be given; null where the status says it all.</summary>
    public AttributionReason? Reason { get; set; }

    /// <summary>What must be said about the session's name; null where nothing must.</summary>
    public bool? SessionNameMatches { get; set; }

    /// <summary>The same bytes were delivered before.</summary>
    public bool IsDuplicate { get; set; }

    internal void CopyFrom(TrailTruth other)
    {
        (EventId, Story, Status, OriginType) = (other.EventId, other.Story, other.Status, other.OriginType);
        (OriginName, OriginArn, OriginId, Depth, IsDuplicate) = (other.OriginName, other.OriginArn, other.OriginId, other.Depth, other.IsDuplicate);
        (Reason, SessionNameMatches) = (other.Reason, other.SessionNameMatches);
        GrantEventIds.Clear();
        GrantEventIds.AddRange(other.GrantEventIds);
    }
}
