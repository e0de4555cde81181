using TrailStream.Core.Attribution;

namespace TrailStream.Core.Sessions;

/// <summary>What kind of identity a key was used as: each issuing action makes keys for one of them.</summary>
internal enum SessionKind : byte
{
    Role = 0,
    FederatedUser,
    CentralRoot,
}

/// <summary>What Identity Center's own statements say about a session.</summary>
internal enum ClaimState : byte
{
    None = 0,

    /// <summary>They name one user.</summary>
    One,

    /// <summary>They name two: none is believed.</summary>
    Several,
}

/// <summary>What is known of an acting session whose grant is looked for.</summary>
internal ref struct SessionQuery
{
    public SessionKind Kind;

    /// <summary>The key that signed, default without one.</summary>
    public Key80 Key;

    /// <summary>The caller's ARN.</summary>
    public ReadOnlySpan<byte> Arn;

    /// <summary>Account, role name and session name of the assumed-role ARN; role and session are empty where the identity has none.</summary>
    public ReadOnlySpan<byte> Account;
    public ReadOnlySpan<byte> Role;
    public ReadOnlySpan<byte> Session;

    /// <summary>creationDate of the session, Unix seconds; 0 without one.</summary>
    public long CreatedAt;

    /// <summary>When the key was used, Unix seconds.</summary>
    public long Time;

    /// <summary>A session that must not be found: the one that asks.</summary>
    public int Self;
}

/// <summary>The session found, and how; or none, and why (where several contradict one another, with how they were found).</summary>
internal readonly record struct SessionJoin(int Session, AttributionMethod Method, AttributionReason Reason)
{
    /// <summary>Weight of candidates among which nothing can decide any more.</summary>
    public const byte Hopeless = 0xFF;

    /// <summary>An onBehalfOf claim that names the user of the session, 0 without one.</summary>
    public int Claim { get; init; }

    public ClaimState Claims { get; init; }

    /// <summary>Grants that fit the session's second, or <see cref="Hopeless"/>: it grows with evidence.</summary>
    public byte Weight { get; init; }

    /// <summary>The grant of the key, which does not agree; 0 without one.</summary>
    public int Contrary { get; init; }

    /// <summary>True when the key's own grant speaks against the event, so that nothing else may speak for it.</summary>
    public bool IsRefuted => Refutes(Reason);

    public static bool Refutes(AttributionReason reason) => reason is AttributionReason.Conflict or AttributionReason.RoleMismatch
        or AttributionReason.IssuedAtMismatch or AttributionReason.UsedBeforeGrant or AttributionReason.UsedAfterExpiry;
}
