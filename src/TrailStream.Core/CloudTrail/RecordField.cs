namespace TrailStream.Core.CloudTrail;

/// <summary>The members of a CloudTrail record that attribution and the documents need. Each is found by its place in the
/// structure; the comment is its path.</summary>
public enum RecordField : byte
{
    EventVersion, // eventVersion
    EventId, // eventID
    EventTime, // eventTime
    EventSource, // eventSource
    EventName, // eventName
    EventType, // eventType
    EventCategory, // eventCategory
    AwsRegion, // awsRegion
    SourceIpAddress, // sourceIPAddress
    UserAgent, // userAgent
    ErrorCode, // errorCode
    ErrorMessage, // errorMessage
    RequestId, // requestID
    RecipientAccountId, // recipientAccountId
    SharedEventId, // sharedEventID
    ReadOnly, // readOnly
    ManagementEvent, // managementEvent
    ApiVersion, // apiVersion
    VpcEndpointId, // vpcEndpointId
    SessionCredentialFromConsole, // sessionCredentialFromConsole
    RequestParameters, // requestParameters
    ResponseElements, // responseElements
    AdditionalEventData, // additionalEventData
    ServiceEventDetails, // serviceEventDetails
    Resources, // resources
    TlsDetails, // tlsDetails
    InsightDetails, // insightDetails
    TrailStream, // trailstream (a record that has been through here before)
    UserIdentity, // userIdentity
    IdentityType, // userIdentity.type
    PrincipalId, // userIdentity.principalId
    Arn, // userIdentity.arn
    AccountId, // userIdentity.accountId
    AccessKeyId, // userIdentity.accessKeyId
    UserName, // userIdentity.userName
    InvokedBy, // userIdentity.invokedBy
    IdentityProvider, // userIdentity.identityProvider
    OnBehalfOfUserId, // userIdentity.onBehalfOf.userId
    OnBehalfOfIdentityStoreArn, // userIdentity.onBehalfOf.identityStoreArn
    CredentialId, // userIdentity.credentialId
    InScopeOfIssuerType, // userIdentity.inScopeOf.issuerType
    InScopeOfCredentialsIssuedTo, // userIdentity.inScopeOf.credentialsIssuedTo
    CreationDate, // userIdentity.sessionContext.attributes.creationDate
    MfaAuthenticated, // userIdentity.sessionContext.attributes.mfaAuthenticated
    IssuerType, // userIdentity.sessionContext.sessionIssuer.type
    IssuerPrincipalId, // userIdentity.sessionContext.sessionIssuer.principalId
    IssuerArn, // userIdentity.sessionContext.sessionIssuer.arn
    IssuerAccountId, // userIdentity.sessionContext.sessionIssuer.accountId
    IssuerUserName, // userIdentity.sessionContext.sessionIssuer.userName
    SourceIdentity, // userIdentity.sessionContext.sourceIdentity
    FederatedProvider, // userIdentity.sessionContext.webIdFederationData.federatedProvider
    Ec2RoleDelivery, // userIdentity.sessionContext.ec2RoleDelivery
    AssumedRoot, // userIdentity.sessionContext.assumedRoot
    SignInSessionArn, // userIdentity.sessionContext.signInSessionArn
    Count,
}
