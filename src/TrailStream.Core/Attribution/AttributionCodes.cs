namespace TrailStream.Core.Attribution;

/// <summary>The verdict on one event. In snake_case an Elasticsearch keyword, a metric label and a filter: never renamed.</summary>
public enum AttributionStatus : byte
{
    /// <summary>A service event without a caller, an anonymous request, an insight.</summary>
    NotApplicable = 0,

    /// <summary>The caller is a long-lived principal, an identity-provider user or an AWS service.</summary>
    Direct,

    /// <summary>Traced to the origin.</summary>
    Attributed,

    /// <summary>Some hops are known, the head is not.</summary>
    Partial,

    /// <summary>May still be resolved by evidence under way.</summary>
    Pending,

    /// <summary>The time for evidence has passed without any.</summary>
    Unattributed,
}

/// <summary>How the acting session was joined to its origin.</summary>
public enum AttributionMethod : byte
{
    /// <summary>Not at all.</summary>
    None = 0,

    /// <summary>The event names the caller itself.</summary>
    Caller,

    /// <summary>The event's access key is the key that a grant issued.</summary>
    AccessKey,

    /// <summary>Role, session name and creation time are those of a grant.</summary>
    Session,

    /// <summary>The other account's record of the same call names the caller.</summary>
    SharedEvent,

    /// <summary>Identity Center says on whose behalf the session acts.</summary>
    OnBehalfOf,

    /// <summary>A console sign-in event says who switched to the role.</summary>
    ConsoleSwitchRole,

    /// <summary>Only the source identity, chosen by the first caller, is known.</summary>
    SourceIdentity,

    /// <summary>The role's trust policy forces the session name to be the user's name.</summary>
    SessionName,
}

/// <summary>How sure the attribution is.</summary>
public enum AttributionConfidence : byte
{
    None = 0,

    /// <summary>A claim that AWS does not check.</summary>
    Asserted,

    /// <summary>Proven by role, session name and time together.</summary>
    Strong,

    /// <summary>Proven by the key itself or by AWS's own statement in the event.</summary>
    Exact,
}
