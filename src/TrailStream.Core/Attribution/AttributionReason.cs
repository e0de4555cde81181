namespace TrailStream.Core.Attribution;

/// <summary>Why the verdict is what it is. In snake_case an Elasticsearch keyword, a metric label and a filter: a closed list, never renamed.</summary>
public enum AttributionReason : byte
{
    None = 0,

    /// <summary>The event names a long-lived principal or an identity-provider user as its caller.</summary>
    CallerNamed,

    /// <summary>An AWS service called on its own behalf.</summary>
    ServiceCaller,

    /// <summary>The caller belongs to an account whose own trail is not in this feed; only its principal id is known.</summary>
    ExternalAccount,

    /// <summary>The other account's record of the same call names the caller.</summary>
    TwinMatched,

    /// <summary>The other account's record of this call may still come and name the caller.</summary>
    AwaitingTwin,

    /// <summary>The grant that issued the key was found and agrees with the event.</summary>
    KeyMatched,

    /// <summary>A grant for the same role, session name and second was found.</summary>
    SessionMatched,

    /// <summary>Identity Center's own statement names the user of the session.</summary>
    OnBehalfOf,

    /// <summary>A console switch-role event names who took the session.</summary>
    ConsoleSwitch,

    /// <summary>Only the source identity, set by the first caller, is known.</summary>
    SourceIdentityOnly,

    /// <summary>The role is linked to a service, and nobody else can assume it.</summary>
    ServiceLinkedRole,

    /// <summary>The event says which function or resource its credentials were issued to.</summary>
    CredentialsScope,

    /// <summary>A service event without a caller.</summary>
    ServiceEvent,

    /// <summary>An unauthenticated request.</summary>
    Anonymous,

    /// <summary>An insight about many events, not an event.</summary>
    Insight,

    /// <summary>The record carries no user identity, or one of a type that says nothing.</summary>
    NoIdentity,

    /// <summary>No grant for the key or session was seen.</summary>
    NoGrant,

    /// <summary>The event has neither a key nor a session to look for.</summary>
    NoKeyNoSession,

    /// <summary>The session's grant was found, but not that of the session which made it.</summary>
    GrantOfCallerMissing,

    /// <summary>Several grants fit and lead to different origins.</summary>
    Ambiguous,

    /// <summary>Two different callers, roles or times were seen for one issued key.</summary>
    Conflict,

    /// <summary>The key's grant is for another role or session than the event's.</summary>
    RoleMismatch,

    /// <summary>The session was created at another time than the key's grant.</summary>
    IssuedAtMismatch,

    /// <summary>The event is older than the grant of its key.</summary>
    UsedBeforeGrant,

    /// <summary>The event is later than the expiry of its key.</summary>
    UsedAfterExpiry,

    /// <summary>The chain of grants leads back to itself.</summary>
    Cycle,

    /// <summary>A central root session whose grant was not seen: who asked for it is not known.</summary>
    RootSessionWithoutGrant,
}
