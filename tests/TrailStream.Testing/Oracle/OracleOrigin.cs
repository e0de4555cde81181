using TrailStream.Core.Attribution;

namespace TrailStream.Testing.Oracle;

/// <summary>Who stands at the head of a chain; "" for what is not known of them.</summary>
public sealed record OracleOrigin(OriginType Type, string Id, string Name, string Arn, string Account)
{
    public static OracleOrigin Service(string name) => new(OriginType.AWSService, "", name, "", "");

    /// <summary>The principal that userIdentity names, null if it is a session or nobody.</summary>
    public static OracleOrigin? OfCaller(OracleEvent caller)
    {
        var issuer = (string member) => caller.Text("userIdentity", "sessionContext", "sessionIssuer", member);
        return caller.Type switch
        {
            "IAMUser" => new(
                OriginType.IAMUser, caller.PrincipalId, caller.UserName.Length > 0 ? caller.UserName : LastPart(caller.Arn), caller.Arn, caller.Account),
            "Root" => new(OriginType.Root, caller.PrincipalId, caller.UserName.Length > 0 ? caller.UserName : "root", caller.Arn, caller.Account),
            "FederatedUser" when issuer("arn").Length > 0 => new(
                issuer("type") == "Root" ? OriginType.Root : OriginType.IAMUser, issuer("principalId"), issuer("userName"), issuer("arn"), issuer("accountId")),
            "SAMLUser" => new(OriginType.SAMLUser, caller.PrincipalId, caller.UserName, caller.Arn, caller.Account),
            "WebIdentityUser" => new(OriginType.WebIdentityUser, caller.PrincipalId, caller.UserName, caller.Arn, caller.Account),
            "IdentityCenterUser" => new(
                OriginType.IdentityCenterUser, caller.OnBehalfOf.Length > 0 ? caller.OnBehalfOf : caller.PrincipalId, caller.UserName, caller.Arn, caller.Account),
            "AWSService" => Service(caller.InvokedBy),
            "" when caller.InvokedBy.Length > 0 => Service(caller.InvokedBy),
            "AWSAccount" when !IsAnonymous(caller) => new(OriginType.AWSAccount, caller.PrincipalId, caller.UserName, caller.Arn, caller.Account),
            _ => null,
        };
    }

    /// <summary>An S3 request without any credentials.</summary>
    public static bool IsAnonymous(OracleEvent caller) => caller.Type == "AWSAccount"
        && (caller.Account is "ANONYMOUS_PRINCIPAL" or "anonymous" || (caller.Account.Length == 0 && caller.PrincipalId.Length == 0));

    private static string LastPart(string arn) => arn[(arn.LastIndexOfAny(['/', ':']) + 1)..];
}
