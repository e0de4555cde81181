namespace TrailStream.Core.Attribution;

/// <summary>Why the verdict is what it is. In snake_case an Elasticsearch keyword, a metric label and a filter: a closed list, never renamed. Each member says
/// what it means (summary), how common it is (first paragraph of the remarks) and what the analyst does next (second): <c>docs/reasons.md</c> is made of
/// it.</summary>
public enum AttributionReason : byte
{
    None = 0,

    /// <summary>The event names a long-lived principal or an identity-provider user as its caller.</summary>
    /// <remarks><para>Very common: users with access keys or in the console, sign-in calls.</para>
    /// <para>Nothing: the origin is the caller. A temporary key (ASIA) of an IAM user is the same user's.</para></remarks>
    CallerNamed,

    /// <summary>An AWS service called on its own behalf.</summary>
    /// <remarks><para>Very common; nine of ten role grants are services'.</para>
    /// <para>Nothing. To see what the service did with the role, follow the issued key.</para></remarks>
    ServiceCaller,

    /// <summary>The caller belongs to an account whose own trail is not in this feed; only its account and principal id are known.</summary>
    /// <remarks><para>Common with partners, vendors and accounts that are not collected.</para>
    /// <para>Ask the owner of the account for the event with the same sharedEventID, or add its trail to the feed: the document is corrected
    /// then.</para></remarks>
    ExternalAccount,

    /// <summary>The other account's record of the same call names the caller, or other events name its principal id.</summary>
    /// <remarks><para>Common in organisations with many accounts.</para>
    /// <para>Nothing: both event ids are in the evidence.</para></remarks>
    TwinMatched,

    /// <summary>The other account's record of this call may still come and name the caller.</summary>
    /// <remarks><para>Common for minutes, and for good where the caller's account is not in the feed.</para>
    /// <para>Wait for the delivery; if it stays, treat it as an external account.</para></remarks>
    AwaitingTwin,

    /// <summary>The grant that issued the key was found and agrees with the event in role, session name and time.</summary>
    /// <remarks><para>Very common: seven of eight events of roles.</para>
    /// <para>Nothing: the chain lists each grant.</para></remarks>
    KeyMatched,

    /// <summary>A grant for the same role, session name and second was found; the key itself was never seen issued.</summary>
    /// <remarks><para>Common: Identity Center, the console, service-linked roles and calls that a service forwards all sign with keys of their
    /// own.</para>
    /// <para>Nothing in general. Where it matters, compare source address and user agent with the grant's.</para></remarks>
    SessionMatched,

    /// <summary>Identity Center's own statement, on this event or on another one of the session, names the user.</summary>
    /// <remarks><para>Common in organisations with Identity Center; services add the statement one by one.</para>
    /// <para>Look the user id up in the identity store. One of the session's events with userIdentity.onBehalfOf is in the evidence.</para></remarks>
    OnBehalfOf,

    /// <summary>A console switch-role event names who took the session; the grant behind it was not seen.</summary>
    /// <remarks><para>Rare: the grant usually comes too and stands above it.</para>
    /// <para>Nothing: the SwitchRole event is the evidence.</para></remarks>
    ConsoleSwitch,

    /// <summary>Only the source identity is known. AWS keeps it along the chain, but the first caller chose it.</summary>
    /// <remarks><para>Rare: few roles ask for one.</para>
    /// <para>Treat it as a claim. It is worth as much as the trust policy that demands it: check sts:SourceIdentity there.</para></remarks>
    SourceIdentityOnly,

    /// <summary>The role is linked to a service, and nobody else can assume it.</summary>
    /// <remarks><para>Common where service-linked roles act without a grant in the feed.</para>
    /// <para>Nothing: the service acted.</para></remarks>
    ServiceLinkedRole,

    /// <summary>The event says which function its credentials were issued to.</summary>
    /// <remarks><para>Common for newer Lambda events whose grant is not in the feed.</para>
    /// <para>Look at who deployed or changed that function.</para></remarks>
    CredentialsScope,

    /// <summary>A service event without a caller.</summary>
    /// <remarks><para>Common: maintenance, scheduled deletions, notifications.</para>
    /// <para>Nothing: there is nobody behind it.</para></remarks>
    ServiceEvent,

    /// <summary>An unauthenticated request.</summary>
    /// <remarks><para>Rare but for public buckets.</para>
    /// <para>Judge by source address; nobody was asked for a name.</para></remarks>
    Anonymous,

    /// <summary>An insight about many events, not an event.</summary>
    /// <remarks><para>Rare.</para>
    /// <para>Look at the events of its time span.</para></remarks>
    Insight,

    /// <summary>The record carries no user identity, or one of a type that says nothing.</summary>
    /// <remarks><para>Rare: Unknown and Directory callers, redacted or truncated records.</para>
    /// <para>Judge by the request and its source address; look for the same requestID in other services' events.</para></remarks>
    NoIdentity,

    /// <summary>No grant for the key or session was seen.</summary>
    /// <remarks><para>Usual at a first start and where read-only management events are filtered out before the feed; otherwise rare.</para>
    /// <para>Check the feed first (AssumeRole is a read-only event), then coverage on the document. If both are complete, look up the key's account and
    /// treat the use as suspicious.</para></remarks>
    NoGrant,

    /// <summary>The event has neither a key nor a creation time to look for.</summary>
    /// <remarks><para>Rare: some calls that services make with a role.</para>
    /// <para>Judge by role, session name and the service in via_service.</para></remarks>
    NoKeyNoSession,

    /// <summary>The session's grant was found, but not that of the session which made it.</summary>
    /// <remarks><para>Usual for chains that began before the first event or in an account that is not collected; otherwise rare.</para>
    /// <para>Start from the first hop of the chain: its from_arn and from_key say whose grant is missing.</para></remarks>
    GrantOfCallerMissing,

    /// <summary>Several grants fit the session's name and second and lead to different origins, or one of them leads nowhere yet.</summary>
    /// <remarks><para>Rare: a session name that several callers use in one second.</para>
    /// <para>Look at the grants in the evidence and compare source addresses. A role session name per person, or a source identity, ends
    /// it.</para></remarks>
    Ambiguous,

    /// <summary>Two different callers, sessions or times were seen for one issued key. AWS never does that: records were forged, mixed from several
    /// sources or anonymised.</summary>
    /// <remarks><para>Never in an intact feed.</para>
    /// <para>Take it for tampering until shown otherwise: compare the events in the evidence with the log files and their digests.</para></remarks>
    Conflict,

    /// <summary>The key's grant is for another role, session or kind of identity than the event's.</summary>
    /// <remarks><para>Never in an intact feed; usual in anonymised data.</para>
    /// <para>As for conflict: one of the two records is not AWS's.</para></remarks>
    RoleMismatch,

    /// <summary>The session was created at another time than the key's grant.</summary>
    /// <remarks><para>Never in an intact feed; usual in replayed or anonymised data.</para>
    /// <para>As for conflict; a replay of old records is the usual cause.</para></remarks>
    IssuedAtMismatch,

    /// <summary>The event is older than the grant of its key.</summary>
    /// <remarks><para>Never in an intact feed.</para>
    /// <para>As for conflict; check the clocks of whatever wrote the records.</para></remarks>
    UsedBeforeGrant,

    /// <summary>The event is later than the expiry of its key, slack included.</summary>
    /// <remarks><para>Never in an intact feed.</para>
    /// <para>As for conflict; check the clocks of whatever wrote the records.</para></remarks>
    UsedAfterExpiry,

    /// <summary>The chain of grants leads back to itself.</summary>
    /// <remarks><para>Never in an intact feed.</para>
    /// <para>As for conflict: a session cannot have made its own maker.</para></remarks>
    Cycle,

    /// <summary>A central root session whose grant was not seen: who asked for it is not known.</summary>
    /// <remarks><para>Rare, and each one matters.</para>
    /// <para>Find the AssumeRoot event in the management or delegated administrator's account; is that account's trail in the feed?</para></remarks>
    RootSessionWithoutGrant,
}
