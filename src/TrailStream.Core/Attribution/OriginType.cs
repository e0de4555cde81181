namespace TrailStream.Core.Attribution;

/// <summary>What kind of principal stands at the head of a chain. The names are the values of <c>origin.type</c>.</summary>
public enum OriginType : byte
{
    Unknown = 0,
    IAMUser,
    Root,
    SAMLUser,
    WebIdentityUser,
    IdentityCenterUser,
    FederatedUser,
    AWSService,
    AWSAccount,
    Role,
}
