using TrailStream.Core.Attribution;

namespace TrailStream.Core.Sessions;

/// <summary>Which event a session record was learnt from.</summary>
internal enum GrantAction : byte
{
    None = 0,
    AssumeRole,
    AssumeRoleWithSAML,
    AssumeRoleWithWebIdentity,
    AssumeRoot,
    GetSessionToken,
    GetFederationToken,
    CreateSession,
    GetCredentialsForIdentity,

    /// <summary>Not a grant: a console sign-in event that says who switched to a role.</summary>
    SwitchRole,

    /// <summary>Not a grant: an action that carries onBehalfOf.</summary>
    OnBehalfOf,
}

[Flags]
internal enum SessionStates : ushort
{
    None = 0,

    /// <summary>In the key and session tables (else kept only for its children).</summary>
    Listed = 1,

    /// <summary>Two callers for one key: never believed again.</summary>
    Conflict = 2,

    /// <summary>Nothing that usually comes could still change who stands at the head, or the evidence for it.</summary>
    Final = 4,

    /// <summary>The caller is a temporary session, so its own grant must be found.</summary>
    CallerIsSession = 8,

    /// <summary>The caller authenticated with MFA.</summary>
    Mfa = 16,

    /// <summary>The caller's session says itself which service it belongs to: the origin while its grant is not known.</summary>
    CallerExplainsItself = 32,

    /// <summary>Another caller made a session of the same role and name in the same seconds. Stays when that one has been evicted.</summary>
    Contested = 64,

    /// <summary>Not a grant of its own: one second in which a key was issued that was issued otherwise, too. Keeps what the session was said to be from
    /// being explained by what else lies in that second.</summary>
    Taint = 128,

    /// <summary>The chain above ends in records that contradict one another or lead round in a circle: it proves nothing, and nothing else is believed
    /// beside it.</summary>
    Contradicted = 256,
}

/// <summary>One session (the life of one issued key), or what one event claims about it. Lives in a <see cref="Slab{T}"/>; every int named
/// …Text is a number in the <see cref="TextPool"/>, every other link a number in the slab; 0 = none.</summary>
internal struct SessionRecord
{
    // Members by size, so that nothing is lost between them: 192 bytes.
    // The issued key (zero for claims without one) and when it was issued, Unix seconds.
    public ulong KeyLow;
    public long IssuedAt;

    // The event that the record was read from; as a text only an id that is no UUID.
    public ulong EventIdHigh;
    public ulong EventIdLow;

    // The caller's session, where it is one: what to look for, and what was found.
    public long CallerCreatedAt;
    public int CallerRoleText;
    public int CallerSessionText;
    public int CallerRoleAccountText;
    public int Parent;
    public int Claim;
    public int Head;
    public int Depth;

    /// <summary>Records that name this one as parent or claim.</summary>
    public int Children;

    /// <summary>How long the credentials live.</summary>
    public uint LifeSeconds;

    // Identity of the session: account, role name and session name are what an assumed-role ARN holds.
    public int AccountText;
    public int RoleNameText;
    public int SessionNameText;
    public int RoleArnText;
    public int IssuedKeyText;
    public int SourceIdentityText;

    // The evidence: the id where it is no UUID, and those of all events that say the same, where there are several.
    public int EventIdText;
    public int AllEventIdsText;
    public int SourceIpText;

    // Who asked for it.
    public int CallerArnText;
    public int CallerNameText;
    public int CallerIdText;
    public int CallerAccountText;
    public int CallerKeyText;
    public int CallerProviderText;
    public int WorkloadIdText;
    public int WorkloadNameText;
    public int NamespaceText;
    public int ClusterText;

    // Lists: same session and span, same expiry bucket, waiters on one evidence hash (by key or principal, by session).
    public int NextInSpan;
    public int NextInBucket;
    public int NextWaiterByKey;
    public int NextWaiterBySession;
    public int PreviousWaiterByKey;
    public int PreviousWaiterBySession;

    public ushort KeyHigh;
    public SessionStates State;
    public GrantAction Action;
    public OriginType CallerType;
    public WorkloadType WorkloadType;

    // How much earlier and later than IssuedAt other records of this grant are, within the tolerance: AWS writes both accounts' records in one second.
    public byte EarlierBy;
    public byte LaterBy;

    // Events that say the same; of a claim those that were the evidence in their turn.
    public byte EventIds;

    // Of an onBehalfOf claim: the binary logarithm of how old the session was at the event that is kept as the evidence.
    public byte ClaimAge;
    public AttributionMethod LinkMethod;
    public AttributionConfidence ChainConfidence;
    public AttributionReason LinkReason;
    public ClaimState LinkClaims;
    public byte LinkWeight;

    /// <summary>When the credentials end, Unix seconds.</summary>
    public long ExpiresAt
    {
        readonly get => IssuedAt + LifeSeconds;
        set => LifeSeconds = (uint)Math.Clamp(value - IssuedAt, 0, uint.MaxValue);
    }

    public readonly bool HasEventId => EventIdHigh != 0 || EventIdText != 0;

    public readonly long FirstIssuedAt => IssuedAt - EarlierBy;

    public readonly long LastIssuedAt => IssuedAt + LaterBy;

    /// <summary>Found by its session's name and time. Of a key in conflict only the <see cref="SessionStates.Taint"/> of each second is.</summary>
    public readonly bool IsListedByTime => RoleNameText != 0 && (State & (SessionStates.Conflict | SessionStates.Taint)) != SessionStates.Conflict;

    public readonly Key80 Key => new(KeyLow, KeyHigh);

    /// <summary>A cross-account call of which only the role's side was seen: an id and an account, no name.</summary>
    public readonly bool IsPoor => CallerType == OriginType.AWSAccount;

    public readonly bool Has(SessionStates state) => (State & state) != 0;
}

/// <summary>The workload behind a service or web-identity origin; in snake_case the value of <c>origin.workload.type</c>.</summary>
internal enum WorkloadType : byte
{
    None = 0,
    Instance,
    Function,
    Task,
    Pod,
    ServiceAccount,
    Repository,
    Service,
    Project,
    Database,
    Certificate,
    Identity,
}
