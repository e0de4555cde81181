namespace TrailStream.Core.Attribution;

/// <summary>Parts of <c>arn:PARTITION:sts::ACCOUNT:assumed-role/ROLE/SESSION</c> or <c>arn:PARTITION:iam::ACCOUNT:role/PATH/ROLE</c>,
/// as raw JSON string content.</summary>
internal readonly ref struct AssumedRoleArn
{
    private AssumedRoleArn(ReadOnlySpan<byte> account, ReadOnlySpan<byte> role, ReadOnlySpan<byte> session)
    {
        Account = account;
        Role = role;
        Session = session;
    }

    public ReadOnlySpan<byte> Account { get; }

    public ReadOnlySpan<byte> Role { get; }

    public ReadOnlySpan<byte> Session { get; }

    /// <summary>False for every other ARN. The session name may not hold a slash, the role name has lost its path.</summary>
    public static bool TryParse(ReadOnlySpan<byte> arn, out AssumedRoleArn parts)
    {
        parts = default;
        if (!TrySplit(arn, out var account, out var resource) || !resource.StartsWith("assumed-role/"u8))
        {
            return false;
        }

        resource = resource["assumed-role/"u8.Length..];
        var slash = resource.IndexOf((byte)'/');
        if (slash <= 0 || slash == resource.Length - 1)
        {
            return false;
        }

        parts = new AssumedRoleArn(account, resource[..slash], resource[(slash + 1)..]);
        return true;
    }

    /// <summary>The session that a grant for this role ARN creates: role name without path. For grants whose answer names no session ARN.</summary>
    public static bool TryBuild(ReadOnlySpan<byte> roleArn, ReadOnlySpan<byte> sessionName, out AssumedRoleArn parts)
    {
        parts = default;
        if (sessionName.IsEmpty || !TrySplit(roleArn, out var account, out var resource) || !resource.StartsWith("role/"u8))
        {
            return false;
        }

        var role = LastSegment(resource);
        parts = new AssumedRoleArn(account, role, sessionName);
        return !role.IsEmpty;
    }

    /// <summary>What follows the last slash or colon.</summary>
    public static ReadOnlySpan<byte> LastSegment(ReadOnlySpan<byte> arn) => arn[(arn.LastIndexOfAny((byte)'/', (byte)':') + 1)..];

    /// <summary>The account of any ARN; empty if it has none.</summary>
    public static ReadOnlySpan<byte> AccountOf(ReadOnlySpan<byte> arn) => TrySplit(arn, out var account, out _) ? account : default;

    private static bool TrySplit(ReadOnlySpan<byte> arn, out ReadOnlySpan<byte> account, out ReadOnlySpan<byte> resource)
    {
        account = default;
        resource = default;
        if (!arn.StartsWith("arn:"u8))
        {
            return false;
        }

        // arn : partition : service : region : account : resource
        var rest = arn;
        for (var i = 0; i < 4; i++)
        {
            var colon = rest.IndexOf((byte)':');
            if (colon < 0)
            {
                return false;
            }

            rest = rest[(colon + 1)..];
        }

        var end = rest.IndexOf((byte)':');
        if (end < 0)
        {
            return false;
        }

        account = rest[..end];
        resource = rest[(end + 1)..];
        return true;
    }
}
