namespace TrailStream.Core.Tests.Documents;

/// <summary>Made-up records in the shapes that AWS documents, which together hold every member of the field map.</summary>
internal static class FieldMapRecords
{
    public const string RoleCreatesUser =
        """
        {"eventVersion":"1.11","userIdentity":{"type":"AssumedRole","principalId":"AROADEPLOY:bob@example.com","arn":"arn:aws-cn:sts::222222222222:assumed-role/deploy/bob@example.com",
        "accountId":"222222222222","accessKeyId":"ASIAHOP2","sessionContext":{"sessionIssuer":{"type":"Role","principalId":"AROADEPLOY","arn":"arn:aws-cn:iam::222222222222:role/deploy",
        "accountId":"222222222222","userName":"deploy"},"webIdFederationData":{"federatedProvider":"arn:aws:iam::222222222222:oidc-provider/example","attributes":{"aud":"sts"}},
        "attributes":{"creationDate":"2026-11-23T10:02:00Z","mfaAuthenticated":"false"},"sourceIdentity":"carla","ec2RoleDelivery":"2.0","assumedRoot":"true","signInSessionArn":"arn:sign-in"},
        "invokedBy":"cloudformation.amazonaws.com","identityProvider":"idp","credentialId":"c-1","onBehalfOf":{"userId":"u-1","identityStoreArn":"arn:store"},
        "inScopeOf":{"issuerType":"AWS::Lambda::Function","credentialsIssuedTo":"arn:function"}},
        "eventTime":"2026-11-23T10:15:32Z","eventSource":"iam.amazonaws.com","eventName":"CreateUser","awsRegion":"cn-north-1","sourceIPAddress":"203.0.113.7",
        "userAgent":"aws-cli/2.15.0 Python/3.11.6 Linux/6.1.0-13-amd64","errorCode":"-","requestParameters":{"userName":"bob","newUserName":"robert","groupName":"ops","note":"none",
        "empty":{},"list":[null,"x"]},"responseElements":{"user":{"userId":"AIDABOB"},"group":{"groupId":"AGPAOPS"}},"additionalEventData":{"key":1.0},"serviceEventDetails":{"a":"b"},
        "requestID":"r-1","eventID":"e-1","readOnly":false,"resources":[{"ARN":"arn:aws:s3:::logs","accountId":"222222222222","type":"AWS::S3::Bucket"},
        {"type":"AWS::S3::Bucket","accountId":"222222222222","ARN":"arn:aws:s3:::logs"},{"ARNPrefix":"arn:aws:s3:::logs/","type":"AWS::S3::Object"}],"eventType":"AwsApiCall",
        "managementEvent":true,"recipientAccountId":"333333333333","eventCategory":"Management","sharedEventID":"s-1","apiVersion":"2010-05-08","vpcEndpointId":"vpce-1",
        "vpcEndpointAccountId":"444444444444","sessionCredentialFromConsole":"true","addendum":{"reason":"UPDATED_DATA"},
        "tlsDetails":{"tlsVersion":"TLSv1.3","cipherSuite":"TLS_AES_128_GCM_SHA256","clientProvidedHostHeader":"iam.cn-north-1.amazonaws.com.cn"}}
        """;

    public const string Denied =
        """
        {"eventVersion":"1.08","userIdentity":{"type":"IAMUser","principalId":"AIDACAROL","arn":"arn:aws:iam::111111111111:user/carol@example.com","accountId":"111111111111",
        "accessKeyId":"AKIACAROL","userName":"carol@example.com"},"eventTime":"2026-11-23T10:15:32Z","eventSource":"ec2.amazonaws.com","eventName":"RunInstances","awsRegion":"us-east-1",
        "sourceIPAddress":"ec2.amazonaws.com","userAgent":"ec2.amazonaws.com","errorCode":"Client.UnauthorizedOperation","errorMessage":"You are not \"authorized\"\n","requestID":"r-2",
        "eventID":"e-2","recipientAccountId":"111111111111"}
        """;

    public const string ConsoleLogin =
        """
        {"eventVersion":"1.08","userIdentity":{"type":"Root","principalId":"111111111111","arn":"arn:aws:iam::111111111111:root","accountId":"111111111111"},
        "eventTime":"2026-11-23T10:15:32Z","eventSource":"signin.amazonaws.com","eventName":"ConsoleLogin","awsRegion":"us-east-1","sourceIPAddress":"2001:db8::7",
        "userAgent":"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/119.0.0.0 Safari/537.36",
        "responseElements":{"ConsoleLogin":"Failure"},"additionalEventData":{"LoginTo":"https://console.aws.amazon.com/","MobileVersion":"No","MFAUsed":"Yes"},
        "eventID":"e-3","eventType":"AwsConsoleSignIn","recipientAccountId":"111111111111"}
        """;

    public const string AssumeRole =
        """
        {"eventVersion":"1.08","userIdentity":{"type":"IAMUser","principalId":"AIDAALICE","arn":"arn:aws-us-gov:iam::111111111111:user/alice","accountId":"111111111111",
        "accessKeyId":"AKIAALICE","userName":"alice"},"eventTime":"2026-11-23T10:15:32Z","eventSource":"sts.amazonaws.com","eventName":"AssumeRole","awsRegion":"us-gov-west-1",
        "sourceIPAddress":"203.0.113.7","userAgent":"Boto3/1.28.62 md/Botocore#1.31.62 ua/2.0 os/linux#5.10.198 md/arch#x86_64 lang/python#3.9.16",
        "requestParameters":{"roleArn":"arn:aws-us-gov:iam::222222222222:role/web","roleSessionName":"web-1","sourceIdentity":"alice","serialNumber":"arn:aws-us-gov:iam::111111111111:mfa/alice"},
        "responseElements":{"credentials":{"accessKeyId":"ASIANEW","expiration":"Oct 2, 2026, 11:12:29 PM"},
        "assumedRoleUser":{"arn":"arn:aws-us-gov:sts::222222222222:assumed-role/web/web-1"}},"additionalEventData":{"MFAIdentifier":"arn:mfa/7"},"eventID":"e-4"}
        """;

    public const string UserAuthentication =
        """
        {"userIdentity":{"type":"IdentityCenterUser","accountId":"111111111111","onBehalfOf":{"userId":"u-1","identityStoreArn":"arn:store"},"credentialId":"c-1"},
        "eventTime":"2026-11-23T10:15:32Z","eventSource":"signin.amazonaws.com","eventName":"UserAuthentication","additionalEventData":{"UserName":"dana@example.com"},"eventID":"e-5"}
        """;

    public const string Insight =
        """
        {"eventVersion":"1.08","eventTime":"2026-11-23T10:15:00Z","awsRegion":"us-east-1","eventID":"e-6","eventType":"AwsCloudTrailInsight","recipientAccountId":"111111111111",
        "sharedEventID":"s-6","insightDetails":{"state":"Start","eventSource":"iam.amazonaws.com","insightContext":{"statistics":{"baseline":{"average":8.82145e-05}}}},"eventCategory":"Insight"}
        """;

    public static string LongParameter { get; } =
        """
        {"userIdentity":{"type":"AWSService","invokedBy":"ec2.amazonaws.com"},"eventTime":"2026-11-23T10:15:32Z","eventSource":"ec2.amazonaws.com","eventName":"X","eventID":"e-7",
        "requestParameters":{"script":"SCRIPT"}}
        """.Replace("SCRIPT", new string('x', 40_000), StringComparison.Ordinal);

    public static IEnumerable<string> All => [RoleCreatesUser, Denied, ConsoleLogin, AssumeRole, UserAuthentication, Insight, LongParameter];
}
