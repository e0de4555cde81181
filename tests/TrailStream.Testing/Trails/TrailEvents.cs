namespace TrailStream.Testing.Trails;

/// <summary>CloudTrail events of alice, who assumes the role "admin" and uses it.</summary>
public static class TrailEvents
{
    public const string Key = "ASIAQWERTYUIOPASDFGH";

    public static string Grant(string id, string key = Key, string session = "alice") =>
        $$$$"""
        {"eventVersion":"1.08","userIdentity":{"type":"IAMUser","principalId":"AIDAQWERTYUIOPASDFGHJ","arn":"arn:aws:iam::111111111111:user/alice","accountId":"111111111111",
        "accessKeyId":"AKIAQWERTYUIOPASDFGH","userName":"alice"},
        "eventTime":"2026-03-01T10:00:00Z","eventSource":"sts.amazonaws.com","eventName":"AssumeRole","awsRegion":"us-east-1",
        "sourceIPAddress":"198.51.100.7","userAgent":"aws-cli",
        "requestParameters":{"roleArn":"arn:aws:iam::111111111111:role/admin","roleSessionName":"{{{{session}}}}"},
        "responseElements":{"credentials":{"accessKeyId":"{{{{key}}}}","sessionToken":"very-secret","expiration":"Mar 1, 2026, 11:00:00 AM"},"assumedRoleUser":{"assumedRoleId":"AROAQWERTYUIOPASDFGHJ:{{{{session}}}}","arn":"arn:aws:sts::111111111111:assumed-role/admin/{{{{session}}}}"}},
        "requestID":"r-{{{{id}}}}","eventID":"{{{{id}}}}","readOnly":true,
        "eventType":"AwsApiCall","managementEvent":true,"recipientAccountId":"111111111111","eventCategory":"Management"}
        """;

    /// <summary>mallory takes a session of the same name in the same second.</summary>
    public static string Rival(string id, string key, string session = "alice") => Grant(id, key, session)
        .Replace("user/alice", "user/mallory", StringComparison.Ordinal)
        .Replace("userName\":\"alice", "userName\":\"mallory", StringComparison.Ordinal)
        .Replace("AIDAQWERTYUIOPASDFGHJ", "AIDAMALLORYIOPASDFGHJ", StringComparison.Ordinal);

    public static string Use(string id, string key = Key, string session = "alice") =>
        $$$$"""
        {"eventVersion":"1.08","userIdentity":{"type":"AssumedRole","principalId":"AROAQWERTYUIOPASDFGHJ:{{{{session}}}}","arn":"arn:aws:sts::111111111111:assumed-role/admin/{{{{session}}}}",
        "accountId":"111111111111","accessKeyId":"{{{{key}}}}",
        "sessionContext":{"sessionIssuer":{"type":"Role","principalId":"AROAQWERTYUIOPASDFGHJ","arn":"arn:aws:iam::111111111111:role/admin",
        "accountId":"111111111111","userName":"admin"},"attributes":{"creationDate":"2026-03-01T10:00:00Z","mfaAuthenticated":"false"}}},
        "eventTime":"2026-03-01T10:05:00Z","eventSource":"ec2.amazonaws.com","eventName":"DescribeInstances","awsRegion":"us-east-1",
        "sourceIPAddress":"198.51.100.7","userAgent":"aws-cli",
        "requestParameters":null,
        "responseElements":null,
        "requestID":"r-{{{{id}}}}","eventID":"{{{{id}}}}","readOnly":true,
        "eventType":"AwsApiCall","managementEvent":true,"recipientAccountId":"111111111111","eventCategory":"Management"}
        """;
}
