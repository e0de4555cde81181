using static TrailStream.Core.Documents.FieldType;

namespace TrailStream.Core.Documents;

/// <content><c>aws.cloudtrail.*</c>.</content>
public static partial class DocumentFields
{
    private const string Aws = "aws.cloudtrail.";
    private const string Identity = Aws + "user_identity.";
    private const string Context = Identity + "session_context.";
    private const string Issuer = Context + "session_issuer.";
    private const string FromIssuer = "userIdentity.sessionContext.sessionIssuer.";

    private static DocumentField[] CloudTrail =>
    [
        new(Aws + "event_version", Keyword, "eventVersion", "Version of the record's format.", "1.08"),
        new(Aws + "event_category", Keyword, "eventCategory", "Management, Data, NetworkActivity or Insight.", "Management"),
        new(Aws + "event_type", Keyword, "eventType", "What made the event.", "AwsApiCall"),
        new(Aws + "api_version", Keyword, "apiVersion", "Version of the service's interface.", "2012-08-10"),
        new(Aws + "request_id", Keyword, "requestID", "The service's id of the call.", "79aad6f1-8f35-4f3e-8a4c-0a6d1e5b3c77"),
        new(Aws + "recipient_account_id", Keyword, "recipientAccountId", "Account whose trail has the event.", "222222222222"),
        new(Aws + "shared_event_id", Keyword, "sharedEventID", "The same in each account's copy of one event.", "0c5a4f3e-6d6b-4b8e-9a53-2f1d3c7e8b90"),
        new(Aws + "vpc_endpoint_id", Keyword, "vpcEndpointId", "VPC endpoint that the call went through.", "vpce-0123456789abcdef0"),
        new(Aws + "session_credential_from_console", Keyword, "sessionCredentialFromConsole", "true for a call from the console.", "true"),
        new(Aws + "management_event", Keyword, "managementEvent", "true for management events.", "true"),
        new(Aws + "read_only", FieldType.Boolean, "readOnly", "True for calls that change nothing.", "false"),
        new(Aws + "error_code", Keyword, "errorCode", "The service's error.", "AccessDenied"),
        new(Aws + "error_message", Keyword, "errorMessage", "Its text.", "User is not authorized to perform: iam:CreateUser"),
        new(Identity + "type", Keyword, "userIdentity.type", "Kind of caller.", "AssumedRole"),
        new(Identity + "arn", Keyword, "userIdentity.arn", "The caller's ARN.", "arn:aws:sts::222222222222:assumed-role/deploy/alice"),
        new(Identity + "access_key_id", Keyword, "userIdentity.accessKeyId", "Key that the call was signed with.", "ASIAHOP2EXAMPLE"),
        new(Identity + "invoked_by", Keyword, "userIdentity.invokedBy", "Service that called for the caller.", "cloudformation.amazonaws.com"),
        new(Identity + "identity_provider", Keyword, "userIdentity.identityProvider",
            "Who vouched for a federated caller.", "arn:aws:iam::111111111111:saml-provider/okta"),
        new(Identity + "credential_id", Keyword, "userIdentity.credentialId",
            "An Identity Center user's credential.", "EXAMPLEVHULjJdTUdPJfofVa1sufHDoj7aYcOYcxFVllWR"),
        new(Identity + "on_behalf_of.user_id", Keyword, "userIdentity.onBehalfOf.userId",
            "Id of the Identity Center user behind the call.", "544894e8-80c1-707f-60e3-3ba6510dfac1"),
        new(Identity + "on_behalf_of.identity_store_arn", Keyword, "userIdentity.onBehalfOf.identityStoreArn",
            "That user's directory.", "arn:aws:identitystore::111111111111:identitystore/d-9067642ac7"),
        new(Identity + "in_scope_of.issuer_type", Keyword, "userIdentity.inScopeOf.issuerType",
            "Kind of what the credentials were issued to.", "AWS::Lambda::Function"),
        new(Identity + "in_scope_of.credentials_issued_to", Keyword, "userIdentity.inScopeOf.credentialsIssuedTo",
            "What the credentials were issued to.", "arn:aws:lambda:eu-west-1:222222222222:function:resize"),
        new(Context + "creation_date", Date, "userIdentity.sessionContext.attributes.creationDate",
            "When the session's credentials were issued.", "2026-11-23T10:02:00.000Z"),
        new(Context + "mfa_authenticated", Keyword, "userIdentity.sessionContext.attributes.mfaAuthenticated",
            "true where MFA was used for the session.", "true"),
        new(Context + "source_identity", Keyword, "userIdentity.sessionContext.sourceIdentity",
            "What the first caller set as source identity; it travels along the chain.", "alice"),
        new(Context + "federated_provider", Keyword, "userIdentity.sessionContext.webIdFederationData.federatedProvider",
            "Provider of a web identity.", "arn:aws:iam::111111111111:oidc-provider/token.actions.githubusercontent.com"),
        new(Context + "ec2_role_delivery", Keyword, "userIdentity.sessionContext.ec2RoleDelivery",
            "Version of the instance metadata service that gave the credentials.", "2.0"),
        new(Context + "assumed_root", Keyword, "userIdentity.sessionContext.assumedRoot", "true for a session of AssumeRoot.", "true"),
        new(Context + "sign_in_session_arn", Keyword, "userIdentity.sessionContext.signInSessionArn",
            "The sign-in that the session comes from.", "arn:aws:signin:us-east-1:111111111111:session/0a1b2c"),
        new(Issuer + "type", Keyword, FromIssuer + "type", "Kind of what issued the session.", "Role"),
        new(Issuer + "principal_id", Keyword, FromIssuer + "principalId", "Its principal id.", "AROAEXAMPLE2"),
        new(Issuer + "arn", Keyword, FromIssuer + "arn", "Its ARN: the role.", "arn:aws:iam::222222222222:role/deploy"),
        new(Issuer + "account_id", Keyword, FromIssuer + "accountId", "Its account.", "222222222222"),
        new(Aws + "resources.arn", Keyword, "resources[].ARN", "A resource that was accessed.", "arn:aws:s3:::logs-prod"),
        new(Aws + "resources.arn_prefix", Keyword, "resources[].ARNPrefix", "The same for several with one beginning.", "arn:aws:s3:::logs-prod/"),
        new(Aws + "resources.account_id", Keyword, "resources[].accountId", "Its account.", "222222222222"),
        new(Aws + "resources.type", Keyword, "resources[].type", "Its type.", "AWS::S3::Bucket"),
        new(Aws + "console_login.additional_eventdata.mobile_version", FieldType.Boolean, "additionalEventData.MobileVersion",
            "True for the mobile console (ConsoleLogin).", "false"),
        new(Aws + "console_login.additional_eventdata.login_to", Keyword, "additionalEventData.LoginTo",
            "Page that was signed in to (ConsoleLogin).", "https://console.aws.amazon.com/console/home"),
        new(Aws + "console_login.additional_eventdata.mfa_used", FieldType.Boolean, "additionalEventData.MFAUsed", "True with MFA (ConsoleLogin).", "true"),
        new(Aws + "request_parameters", Wildcard, "requestParameters",
            "As Java text: what prebuilt rules match. `elasticsearch.retain`: all, keyword.",
            "{userName=bob, policyArn=arn:aws:iam::aws:policy/AdministratorAccess}"),
        new(Aws + "response_elements", Wildcard, "responseElements",
            "As Java text. `elasticsearch.retain`: all, keyword.", "{accessKey={accessKeyId=AKIAEXAMPLE, status=Active}}"),
        new(Aws + "additional_eventdata", Wildcard, "additionalEventData", "As Java text. `elasticsearch.retain`: all, keyword.", "{MFAUsed=Yes}"),
        new(Aws + "service_event_details", Wildcard, "serviceEventDetails",
            "As Java text. `elasticsearch.retain`: all, keyword.", "{keyId=1234abcd-12ab-34cd-56ef-1234567890ab}"),
        new(Aws + "flattened.request_parameters", Flattened, "requestParameters",
            "As an object. `elasticsearch.retain`: all, flattened; minimal keeps nine members that rules look at.", "{\"userName\":\"bob\"}"),
        new(Aws + "flattened.response_elements", Flattened, "responseElements",
            "As an object. `elasticsearch.retain`: as above.", "{\"accessKey\":{\"status\":\"Active\"}}"),
        new(Aws + "flattened.additional_eventdata", Flattened, "additionalEventData",
            "As an object. `elasticsearch.retain`: as above.", "{\"MFAUsed\":\"Yes\"}"),
        new(Aws + "flattened.service_event_details", Flattened, "serviceEventDetails",
            "As an object. `elasticsearch.retain`: as above.", "{\"keyId\":\"1234abcd\"}"),
        new(Aws + "flattened.insight_details", Flattened, "insightDetails", "What CloudTrail Insights found.", "{\"state\":\"Start\"}"),
        new(Aws + "flattened.other", Flattened, "all else",
            "Members of the record that have no field of their own (addendum, eventContext, what AWS adds), and those whose fields "
            + "do not hold all of them.",
            "{\"vpcEndpointAccountId\":\"222222222222\"}"),
    ];
}
