namespace TrailStream.Testing.Oracle;

/// <summary>Everything that was recorded about one issued key: usually one event, two where the caller is of another account.</summary>
public sealed class OracleGrant
{
    private bool? _isConflict;

    public required string Key { get; init; }

    /// <summary>By event id, the best first: whoever knows the caller, then the earliest, then the lowest id.</summary>
    public required IReadOnlyList<OracleEvent> Events { get; init; }

    public OracleEvent Best => Events[0];

    public string Action => Best.Name;

    public long Issued => Best.Time;

    public OracleSession? Session => SessionOf(Best);

    /// <summary>Those of all its events: more than one only in a conflict, which taints them all.</summary>
    public IEnumerable<OracleSession> Sessions => Events.Select(SessionOf).OfType<OracleSession>().Distinct();

    /// <summary>Two callers, sessions or times for one key: believed by nobody.</summary>
    public bool IsConflict => _isConflict ??= Events.Any(a => Events.Any(b => !AreOneCall(a, b)));

    /// <summary>Own expiration, else duration, else STS's default; at most the window.</summary>
    public static long Expires(OracleEvent e, TimeSpan window)
    {
        var latest = e.Time + (long)window.TotalSeconds;
        if (e.TimeOf("responseElements", "credentials", "expiration") is { } expiration && expiration > e.Time)
        {
            return Math.Min(expiration, latest);
        }

        return e.Number("requestParameters", "durationSeconds") is { } duration && duration > 0 ? Math.Min(e.Time + duration, latest) : e.Time + 3600;
    }

    /// <summary>True for the successful events of the services that may issue a key, wherever else such words stand.</summary>
    public static bool Issues(OracleEvent e) => !e.Failed && e.IssuedKey.Length > 0 && (e.Source, e.Name) is
        ("sts.amazonaws.com", "AssumeRole" or "AssumeRoleWithSAML" or "AssumeRoleWithWebIdentity" or "AssumeRoot" or "GetSessionToken" or "GetFederationToken")
        or ("s3express.amazonaws.com" or "s3.amazonaws.com" or "rolesanywhere.amazonaws.com", "CreateSession")
        or ("cognito-identity.amazonaws.com", "GetCredentialsForIdentity");

    /// <summary>The caller in the view of another account: an id and no name.</summary>
    public static bool IsPoor(OracleEvent e) => e.Type == "AWSAccount";

    public static OracleSession? SessionOf(OracleEvent e) =>
        OracleSession.OfArn(e.Text("responseElements", "assumedRoleUser", "arn"))
        ?? OracleSession.OfRequest(e.Text("requestParameters", "roleArn"), e.Text("requestParameters", "roleSessionName"));

    private static bool AreOneCall(OracleEvent a, OracleEvent b)
    {
        if (a.Name != b.Name || SessionOf(a) != SessionOf(b) || Math.Abs(a.Time - b.Time) > TrailOracle.ToleranceSeconds)
        {
            return false;
        }

        return IsPoor(a) || IsPoor(b)
            ? CanBeSeenFromOutside(a) && CanBeSeenFromOutside(b) && MayEqual(a.PrincipalId, b.PrincipalId) && MayEqual(a.Account, b.Account)
            : (a.Type, a.Arn, a.PrincipalId, a.UserName, a.InvokedBy) == (b.Type, b.Arn, b.PrincipalId, b.UserName, b.InvokedBy)
                && (a.Type != "AssumedRole" || (a.Key, a.Created) == (b.Key, b.Created));
    }

    /// <summary>Services and identity providers' users have no account of their own that a second record could be written in.</summary>
    private static bool CanBeSeenFromOutside(OracleEvent e) => e.Type is "AWSAccount" or "IAMUser" or "Root" or "AssumedRole" or "FederatedUser";

    private static bool MayEqual(string a, string b) => a == b || a.Length == 0 || b.Length == 0;
}
