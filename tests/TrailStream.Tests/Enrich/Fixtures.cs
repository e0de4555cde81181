using System.IO.Compression;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace TrailStream.Tests.Enrich;

/// <summary>CloudTrail events in each wrapping that enrich must recognise.</summary>
internal static class Fixtures
{
    public const string Key = "ASIAEXAMPLE000000001";

    public static readonly DateTimeOffset Start = new(2025, 3, 1, 12, 0, 0, TimeSpan.Zero);

    /// <summary>alice assumes deploy; the issued key is <see cref="Key"/>.</summary>
    public static string Grant(string id = "grant", string key = Key) => Compact($$$"""
        {"eventVersion":"1.08","userIdentity":{"type":"IAMUser","principalId":"AIDAALICE0000000001","arn":"arn:aws:iam::111111111111:user/alice",
        "accountId":"111111111111","accessKeyId":"AKIAALICE00000000001","userName":"alice"},"eventTime":"2025-03-01T12:00:00Z",
        "eventSource":"sts.amazonaws.com",        "eventName":"AssumeRole","awsRegion":"eu-west-1","sourceIPAddress":"192.0.2.1","userAgent":"cli",
        "requestParameters":{"roleArn":"arn:aws:iam::222222222222:role/deploy","roleSessionName":"release"},
        "responseElements":{"credentials":{"accessKeyId":"{{{key}}}","sessionToken":"secret-token","expiration":"Mar 1, 2025, 1:00:00 PM"},
        "assumedRoleUser":{"assumedRoleId":"AROADEPLOY0000000001:release","arn":"arn:aws:sts::222222222222:assumed-role/deploy/release"}},
        "requestID":"r","eventID":"{{{id}}}","readOnly":true,"eventType":"AwsApiCall","managementEvent":true,"recipientAccountId":"222222222222"}
        """);

    /// <summary>A use of the key.</summary>
    public static string Use(string id, string key = Key) => Compact($$$"""
        {"eventVersion":"1.08","userIdentity":{"type":"AssumedRole","principalId":"AROADEPLOY0000000001:release",
        "arn":"arn:aws:sts::222222222222:assumed-role/deploy/release","accountId":"222222222222","accessKeyId":"{{{key}}}",
        "sessionContext":{"sessionIssuer":{"type":"Role","principalId":"AROADEPLOY0000000001","arn":"arn:aws:iam::222222222222:role/deploy",
        "accountId":"222222222222","userName":"deploy"},"attributes":{"creationDate":"2025-03-01T12:00:00Z","mfaAuthenticated":"false"} }},
        "eventTime":"2025-03-01T12:05:00Z","eventSource":"s3.amazonaws.com","eventName":"GetObject","awsRegion":"eu-west-1","sourceIPAddress":"192.0.2.1",
        "userAgent":"cli","requestParameters":{"bucketName":"b","key":"k"},"responseElements":null,"requestID":"r","eventID":"{{{id}}}","readOnly":true,
        "eventType":"AwsApiCall","managementEvent":false,"recipientAccountId":"222222222222"}
        """);

    public static string Insight(string id) =>
        Compact($$"""
            {"eventVersion":"1.08","eventTime":"2025-03-01T12:06:00Z","awsRegion":"eu-west-1","eventID":"{{id}}",
            "eventType":"AwsCloudTrailInsight","recipientAccountId":"222222222222","insightDetails":{"state":"Start",
            "eventSource":"s3.amazonaws.com","eventName":"GetObject","insightType":"ApiCallRateInsight"},"eventCategory":"Insight"}
            """);

    public static string S3Notification =>
        Compact("""
            {"Records":[{"eventVersion":"2.5","eventSource":"aws:s3","awsRegion":"eu-west-1","eventTime":"2025-03-01T12:00:00.000Z",
            "eventName":"ObjectCreated:Put","userIdentity":{"principalId":"AWS:AIDA"},"s3":{"bucket":{"name":"b"},
            "object":{"key":"AWSLogs/x.json.gz"}}}]}
            """);

    public static string Digest =>
        Compact("""
            {"awsAccountId":"111111111111","digestStartTime":"2025-03-01T12:00:00Z","digestEndTime":"2025-03-01T13:00:00Z",
            "digestS3Bucket":"b","digestS3Object":"o","digestPublicKeyFingerprint":"f","digestSignatureAlgorithm":"SHA256withRSA",
            "logFiles":[]}
            """);

    public static string ControlMessage =>
        Compact("""
            {"messageType":"CONTROL_MESSAGE","owner":"CloudwatchLogs","logGroup":"","logStream":"","subscriptionFilters":[],
            "logEvents":[{"id":"","timestamp":1,"message":"CWL CONTROL MESSAGE: Checking health of destination."}]}
            """);

    public static string Records(params string[] records) => $$"""{"Records":[{{string.Join(',', records)}}]}""";

    public static string Pretty(string json) => JsonNode.Parse(json)!.ToJsonString(new JsonSerializerOptions { WriteIndented = true });

    public static string EventBridge(string record) =>
        Compact($$"""
            {"version":"0","id":"x","detail-type":"AWS API Call via CloudTrail","source":"aws.s3","account":"222222222222",
            "time":"2025-03-01T12:05:00Z","region":"eu-west-1","resources":[],"detail":{{record}}}
            """);

    public static string CloudWatch(params string[] records) =>
        Compact($$"""
            {"messageType":"DATA_MESSAGE","owner":"222222222222","logGroup":"g","logStream":"s","subscriptionFilters":["f"],
            "logEvents":[{{string.Join(',', records.Select(record => $$"""{"id":"1","timestamp":1,"message":{{Quote(record)}}}"""))}}]}
            """);

    public static string Lambda(string cloudWatch) =>
        $$$"""{"awslogs":{"data":"{{{Convert.ToBase64String(Gzip(cloudWatch))}}}"}}""";

    public static string Sqs(string body) =>
        Compact($$"""
            {"Records":[{"messageId":"m","receiptHandle":"h","body":{{Quote(body)}},"attributes":{},"eventSource":"aws:sqs",
            "awsRegion":"eu-west-1"}]}
            """);

    public static string Sns(string message) =>
        Compact($$"""
            {"Type":"Notification","MessageId":"m","TopicArn":"arn:aws:sns:eu-west-1:111111111111:t","Message":{{Quote(message)}},
            "Timestamp":"2025-03-01T12:05:00Z"}
            """);

    public static string Elastic(string record) => Compact($$"""
        {"@timestamp":"2025-03-01T12:05:00Z","event":{"original":{{Quote(record)}}},"tags":[]}
        """);

    public static byte[] Gzip(string text)
    {
        var output = new MemoryStream();
        using (var gzip = new GZipStream(output, CompressionLevel.Fastest, leaveOpen: true))
        {
            gzip.Write(Encoding.UTF8.GetBytes(text));
        }

        return output.ToArray();
    }

    public static byte[] Zstd(string text)
    {
        using var compressor = new ZstdSharp.Compressor();
        return compressor.Wrap(Encoding.UTF8.GetBytes(text)).ToArray();
    }

    private static string Quote(string text) => JsonSerializer.Serialize(text);

    private static string Compact(string text) => text.Replace("\r", "").Replace("\n", "");
}
