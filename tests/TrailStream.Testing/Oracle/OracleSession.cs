namespace TrailStream.Testing.Oracle;

/// <summary>What an assumed-role ARN names: <c>arn:aws:sts::ACCOUNT:assumed-role/ROLE/SESSION</c>.</summary>
/// <param name="Account">The role's account.</param>
/// <param name="Role">Its name without path.</param>
/// <param name="Name">The session's name.</param>
public sealed record OracleSession(string Account, string Role, string Name)
{
    public static OracleSession? OfArn(string arn)
    {
        var parts = arn.Split(':', 6);
        var path = parts.Length == 6 && parts[0] == "arn" ? parts[5].Split('/', 3) : [];
        return path is ["assumed-role", { Length: > 0 } role, { Length: > 0 } name] ? new OracleSession(parts[4], role, name) : null;
    }

    /// <summary>The session that a request for a role makes; grants of EC2, Lambda and RDS say no more than that.</summary>
    public static OracleSession? OfRequest(string roleArn, string sessionName)
    {
        var parts = roleArn.Split(':', 6);
        var isRole = parts.Length == 6 && parts[0] == "arn" && parts[5].StartsWith("role/", StringComparison.Ordinal) && !parts[5].EndsWith('/');
        return isRole && sessionName.Length > 0 ? new OracleSession(parts[4], parts[5][(parts[5].LastIndexOf('/') + 1)..], sessionName) : null;
    }
}
