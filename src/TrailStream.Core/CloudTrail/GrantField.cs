namespace TrailStream.Core.CloudTrail;

/// <summary>Members of an issuing service's event (and of console sign-in events) below request, response and additional data;
/// found by a second scan that only such events get. The comment is the path.</summary>
public enum GrantField : byte
{
    RoleArn, // requestParameters.roleArn
    RoleSessionName, // requestParameters.roleSessionName
    DurationSeconds, // requestParameters.durationSeconds
    RequestSourceIdentity, // requestParameters.sourceIdentity
    SamlPrincipalArn, // requestParameters.principalArn
    TargetPrincipal, // requestParameters.targetPrincipal
    FederationName, // requestParameters.name
    SerialNumber, // requestParameters.serialNumber
    Tags, // requestParameters.tags (array of {key,value})
    IdentityId, // requestParameters.identityId
    IssuedAccessKeyId, // responseElements.credentials.accessKeyId
    Expiration, // responseElements.credentials.expiration
    AssumedRoleUserArn, // responseElements.assumedRoleUser.arn
    AssumedRoleId, // responseElements.assumedRoleUser.assumedRoleId
    FederatedUserArn, // responseElements.federatedUser.arn
    FederatedUserId, // responseElements.federatedUser.federatedUserId
    Subject, // responseElements.subject
    Issuer, // responseElements.issuer
    Audience, // responseElements.audience
    Provider, // responseElements.provider
    WebIdentitySubject, // responseElements.subjectFromWebIdentityToken
    ResponseSourceIdentity, // responseElements.sourceIdentity
    SwitchFrom, // additionalEventData.SwitchFrom
    ConsoleLogin, // responseElements.ConsoleLogin
    MfaUsed, // additionalEventData.MFAUsed
    Count,
}
