using System.Text;
using System.Text.Json;
using TrailStream.Core.Documents;
using Xunit;

namespace TrailStream.Core.Tests.Documents;

/// <summary>One made-up record of each main shape beside what Elastic's field map asks for.</summary>
public sealed class EcsFormTests
{
    private const string Attributed =
        """
        {"schema":"1","attribution":{"status":"attributed","origin":{"name":"alice@example.com","id":"AIDAALICE","arn":"arn:aws:iam::111111111111:user/alice","account_id":"111111111111","access_key_id":"AKIAALICE"},"chain":[{"role_arn":"arn:aws:iam::111111111111:role/admin","role_name":"admin","session_name":"alice-1","issued_key":"ASIAHOP1"},{"role_arn":"arn:aws:iam::222222222222:role/deploy","role_name":"deploy","issued_key":"ASIAHOP2"}]}}
        """;

    private static readonly (AttributionTermKind, string)[] Terms =
    [
        (AttributionTermKind.OriginName, "alice@example.com"),
        (AttributionTermKind.OriginId, "AIDAALICE"),
        (AttributionTermKind.OriginArn, "arn:aws:iam::111111111111:user/alice"),
        (AttributionTermKind.OriginAccountId, "111111111111"),
        (AttributionTermKind.OriginAccessKeyId, "AKIAALICE"),
        (AttributionTermKind.RoleName, "admin"),
        (AttributionTermKind.RoleArn, "arn:aws:iam::111111111111:role/admin"),
        (AttributionTermKind.SessionName, "alice-1"),
        (AttributionTermKind.IssuedKey, "ASIAHOP1"),
        (AttributionTermKind.RoleName, "deploy"),
        (AttributionTermKind.RoleArn, "arn:aws:iam::222222222222:role/deploy"),
        (AttributionTermKind.IssuedKey, "ASIAHOP2"),
    ];

    [Fact]
    public void UserCreatesUser_TargetAndCategoryAreNamed()
    {
        var document = TestDocuments.Ecs(
            """
            {"eventVersion":"1.08","userIdentity":{"type":"IAMUser","principalId":"AIDAALICE","arn":"arn:aws:iam::111111111111:user/alice","accountId":"111111111111","accessKeyId":"AKIAALICE","userName":"alice"},
            "eventTime":"2026-11-23T10:15:32Z","eventSource":"iam.amazonaws.com","eventName":"CreateUser","awsRegion":"us-east-1","sourceIPAddress":"203.0.113.7",
            "userAgent":"aws-cli/2.15.0 Python/3.11.6 Linux/6.1","requestParameters":{"userName":"bob","path":"","tags":[],"note":"-"},
            "responseElements":{"user":{"userName":"bob","userId":"AIDABOB","arn":"arn:aws:iam::111111111111:user/bob"}},
            "requestID":"r-1","eventID":"e-1","readOnly":false,"eventType":"AwsApiCall","managementEvent":true,"recipientAccountId":"111111111111","eventCategory":"Management",
            "sharedEventID":"s-1","apiVersion":"2010-05-08","vpcEndpointId":"vpce-1","sessionCredentialFromConsole":"true",
            "tlsDetails":{"tlsVersion":"TLSv1.3","cipherSuite":"TLS_AES_128_GCM_SHA256","clientProvidedHostHeader":"iam.amazonaws.com"}}
            """);
        Check(
            document,
            ("@timestamp", "2026-11-23T10:15:32.000Z"),
            ("ecs.version", "8.11.0"),
            ("data_stream", """{"type":"logs","dataset":"aws.cloudtrail","namespace":"trailstream"}"""),
            ("event.id", "e-1"),
            ("event.kind", "event"),
            ("event.module", "aws"),
            ("event.dataset", "aws.cloudtrail"),
            ("event.provider", "iam.amazonaws.com"),
            ("event.action", "CreateUser"),
            ("event.category", """["iam"]"""),
            ("event.type", """["user","creation"]"""),
            ("event.outcome", "success"),
            ("event.created", "2026-11-23T10:19:01.480Z"),
            ("event.ingested", "2026-11-23T10:19:01.480Z"),
            ("cloud", """{"provider":"aws","region":"us-east-1","account":{"id":"111111111111"},"service":{"name":"iam"}}"""),
            ("source", """{"address":"203.0.113.7","ip":"203.0.113.7"}"""),
            ("tls", """{"version_protocol":"tls","version":"1.3","cipher":"TLS_AES_128_GCM_SHA256","client":{"server_name":"iam.amazonaws.com"}}"""),
            ("user_agent", """{"original":"aws-cli/2.15.0 Python/3.11.6 Linux/6.1","name":"aws-cli","version":"2.15.0","os":{"name":"Linux","version":"6.1","full":"Linux 6.1"}}"""),
            ("user", """{"id":"AIDAALICE","name":"alice","target":{"id":"AIDABOB","name":"bob"}}"""),
            ("related.user", """["AIDAALICE","alice","bob","AIDABOB"]"""),
            ("related.ip", """["203.0.113.7"]"""),
            ("aws.cloudtrail.event_version", "1.08"),
            ("aws.cloudtrail.event_category", "Management"),
            ("aws.cloudtrail.event_type", "AwsApiCall"),
            ("aws.cloudtrail.api_version", "2010-05-08"),
            ("aws.cloudtrail.request_id", "r-1"),
            ("aws.cloudtrail.recipient_account_id", "111111111111"),
            ("aws.cloudtrail.shared_event_id", "s-1"),
            ("aws.cloudtrail.vpc_endpoint_id", "vpce-1"),
            ("aws.cloudtrail.session_credential_from_console", "true"),
            ("aws.cloudtrail.management_event", "true"),
            ("aws.cloudtrail.read_only", "false"),
            ("aws.cloudtrail.request_parameters", "{userName=bob}"),
            ("aws.cloudtrail.response_elements", "{user={userName=bob, userId=AIDABOB, arn=arn:aws:iam::111111111111:user/bob}}"),
            ("aws.cloudtrail.flattened.request_parameters", """{"userName":"bob"}"""));
        Assert.Equal(JsonValueKind.String, Leaf(document, "aws", "cloudtrail", "management_event").ValueKind);
        Assert.Equal(JsonValueKind.False, Leaf(document, "aws", "cloudtrail", "read_only").ValueKind);
    }

    [Fact]
    public void RoleSession_KeepsTheRoleAsUserAndAddsThePerson()
    {
        var document = TestDocuments.Ecs(
            """
            {"eventVersion":"1.08","userIdentity":{"type":"AssumedRole","principalId":"AROADEPLOY:bob@example.com","arn":"arn:aws-cn:sts::222222222222:assumed-role/deploy/bob@example.com","accountId":"222222222222","accessKeyId":"ASIAHOP2",
            "sessionContext":{"sessionIssuer":{"type":"Role","principalId":"AROADEPLOY","arn":"arn:aws-cn:iam::222222222222:role/deploy","accountId":"222222222222","userName":"deploy"},"attributes":{"creationDate":"2026-11-23T10:02:00Z","mfaAuthenticated":"false"},"sourceIdentity":"alice"}},
            "eventTime":"2026-11-23T10:15:32Z","eventSource":"s3.amazonaws.com","eventName":"DeleteBucket","awsRegion":"cn-north-1","sourceIPAddress":"cloudformation.amazonaws.com","userAgent":"cloudformation.amazonaws.com",
            "resources":[{"ARN":"arn:aws:s3:::logs","accountId":"222222222222","type":"AWS::S3::Bucket"},{"type":"AWS::S3::Bucket","accountId":"222222222222","ARN":"arn:aws:s3:::logs"},{"ARNPrefix":"arn:aws:s3:::logs/","type":"AWS::S3::Object"}],
            "eventID":"e-2","recipientAccountId":"222222222222"}
            """,
            Attributed,
            Terms);
        Check(
            document,
            ("user.id", "AROADEPLOY:bob@example.com"),
            ("user.name", "deploy"),
            ("user.email", "bob@example.com"),
            ("user.roles", """["admin","deploy"]"""),
            ("user.effective", """{"id":"AROADEPLOY","name":"deploy"}"""),
            ("cloud.origin.account.id", "111111111111"),
            ("source", """{"address":"cloudformation.amazonaws.com"}"""),
            ("user_agent.name", "cloudformation.amazonaws.com"),
            ("related.user", """["AROADEPLOY:bob@example.com","deploy","bob@example.com","bob","alice","alice@example.com","AIDAALICE","alice-1"]"""),
            ("related.ip", null),
            ("related.entity", """["ASIAHOP2","arn:aws-cn:sts::222222222222:assumed-role/deploy/bob@example.com","arn:aws-cn:iam::222222222222:role/deploy","deploy","arn:aws:iam::111111111111:user/alice","AKIAALICE","arn:aws:iam::111111111111:role/admin","ASIAHOP1","arn:aws:iam::222222222222:role/deploy","arn:aws:s3:::logs"]"""),
            ("aws.cloudtrail.user_identity.type", "AssumedRole"),
            ("aws.cloudtrail.user_identity.arn", "arn:aws-cn:sts::222222222222:assumed-role/deploy/bob@example.com"),
            ("aws.cloudtrail.user_identity.access_key_id", "ASIAHOP2"),
            ("aws.cloudtrail.user_identity.session_context", """{"creation_date":"2026-11-23T10:02:00.000Z","mfa_authenticated":"false","source_identity":"alice","session_issuer":{"type":"Role","principal_id":"AROADEPLOY","arn":"arn:aws-cn:iam::222222222222:role/deploy","account_id":"222222222222"}}"""),
            ("aws.cloudtrail.resources", """[{"arn":"arn:aws:s3:::logs","account_id":"222222222222","type":"AWS::S3::Bucket"},{"arn_prefix":"arn:aws:s3:::logs/","type":"AWS::S3::Object"}]"""),
            ("trailstream", Attributed.Trim()));
    }

    [Fact]
    public void AssumeRole_NamesItsTargets()
    {
        var document = TestDocuments.Ecs(
            """
            {"eventVersion":"1.08","userIdentity":{"type":"AWSService","invokedBy":"ec2.amazonaws.com"},"eventTime":"2026-11-23T10:15:32+01:00","eventSource":"sts.amazonaws.com","eventName":"AssumeRole",
            "awsRegion":"us-east-1","sourceIPAddress":"ec2.amazonaws.com","requestParameters":{"roleArn":"arn:aws:iam::222222222222:role/web","roleSessionName":"i-0abc","durationSeconds":3600,"serialNumber":"arn:aws:iam::111111111111:mfa/alice"},
            "responseElements":{"credentials":{"accessKeyId":"ASIANEW","expiration":"Oct 2, 2026, 11:12:29 PM"},"assumedRoleUser":{"arn":"arn:aws:sts::222222222222:assumed-role/web/i-0abc"}},"eventID":"e-3","recipientAccountId":"222222222222"}
            """);
        Check(
            document,
            ("@timestamp", "2026-11-23T09:15:32.000Z"),
            ("event.category", """["authentication"]"""),
            ("event.type", """["info"]"""),
            ("cloud.account.id", "222222222222"),
            ("aws.cloudtrail.user_identity", """{"type":"AWSService","invoked_by":"ec2.amazonaws.com"}"""),
            ("aws.cloudtrail.response_elements", "{credentials={accessKeyId=ASIANEW, expiration=Oct 2, 2026, 11:12:29 PM}, assumedRoleUser={arn=arn:aws:sts::222222222222:assumed-role/web/i-0abc}}"),
            ("related.entity", """["arn:aws:iam::222222222222:role/web","arn:aws:iam::111111111111:mfa/alice","arn:aws:sts::222222222222:assumed-role/web/i-0abc","i-0abc"]"""),
            ("user", null));
    }

    [Theory]
    [InlineData("Success", "success")]
    [InlineData("Failure", "failure")]
    public void ConsoleLogin_OutcomeIsWhatTheResponseSays(string response, string outcome)
    {
        var document = TestDocuments.Ecs(
            """
            {"userIdentity":{"type":"Root","principalId":"111111111111","arn":"arn:aws:iam::111111111111:root","accountId":"111111111111"},"eventTime":"2026-11-23T10:15:32Z","eventSource":"signin.amazonaws.com",
            "eventName":"ConsoleLogin","sourceIPAddress":"2001:db8::7","userAgent":"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/119.0.0.0 Safari/537.36","responseElements":{"ConsoleLogin":"RESPONSE"},
            "additionalEventData":{"LoginTo":"https://console.aws.amazon.com/","MobileVersion":"No","MFAUsed":"Yes"},"eventID":"e-4","eventType":"AwsConsoleSignIn"}
            """.Replace("RESPONSE", response, StringComparison.Ordinal));
        Check(
            document,
            ("event.outcome", outcome),
            ("event.category", """["authentication"]"""),
            ("source.ip", "2001:db8::7"),
            ("user_agent.name", "Chrome"),
            ("user_agent.version", "119.0.0.0"),
            ("user_agent.os.name", "Mac OS X"),
            ("aws.cloudtrail.console_login.additional_eventdata", """{"mobile_version":false,"login_to":"https://console.aws.amazon.com/","mfa_used":true}"""),
            ("aws.cloudtrail.additional_eventdata", "{LoginTo=https://console.aws.amazon.com/, MobileVersion=No, MFAUsed=Yes}"));
    }

    [Fact]
    public void ServiceEvent_HasItsDetails()
    {
        var document = TestDocuments.Ecs(
            """
            {"userIdentity":{"accountId":"111111111111","invokedBy":"kms.amazonaws.com"},"eventTime":"2026-11-23T10:15:32Z","eventSource":"kms.amazonaws.com","eventName":"RotateKey","requestParameters":null,"responseElements":null,
            "eventType":"AwsServiceEvent","serviceEventDetails":{"keyId":"k-1","days":[1,2]},"insightDetails":{"state":"Start"},"eventID":"e-5","userAgent":"none","errorCode":"-"}
            """);
        Check(
            document,
            ("event.type", """["info"]"""),
            ("event.category", null),
            ("event.outcome", "success"),
            ("user_agent", null),
            ("aws.cloudtrail.error_code", null),
            ("aws.cloudtrail.request_parameters", null),
            ("aws.cloudtrail.service_event_details", "{keyId=k-1, days=[1, 2]}"),
            ("aws.cloudtrail.flattened", """{"service_event_details":{"keyId":"k-1","days":[1,2]},"insight_details":{"state":"Start"}}"""));
    }

    [Fact]
    public void Error_IsAFailure()
    {
        var document = TestDocuments.Ecs(
            """
            {"userIdentity":{"type":"IAMUser","userName":"carol@example.com"},"eventTime":"2026-11-23T10:15:32Z","eventSource":"iam.amazonaws.com","eventName":"UpdateUser","errorCode":"AccessDenied","errorMessage":"User: \"x\" is\u0020not",
            "requestParameters":{"userName":"bob","newUserName":"robert","groupName":"ops"},"responseElements":{"group":{"groupId":"AGPA1"}},"eventID":"e-6"}
            """);
        Check(
            document,
            ("event.outcome", "failure"),
            ("aws.cloudtrail.error_code", "AccessDenied"),
            ("aws.cloudtrail.error_message", "User: \"x\" is not"),
            ("user.email", "carol@example.com"),
            ("user.target.name", "bob"),
            ("user.changes.name", "robert"),
            ("group", """{"id":"AGPA1","name":"ops"}"""),
            ("related.user", """["carol@example.com","bob","robert"]"""));
    }

    [Fact]
    public void IdentityCenterUser_HasTheDirectorysId()
    {
        var document = TestDocuments.Ecs(
            """
            {"userIdentity":{"type":"IdentityCenterUser","accountId":"111111111111","onBehalfOf":{"userId":"u-1","identityStoreArn":"arn:aws:identitystore::111111111111:identitystore/d-1"},"credentialId":"c-1"},
            "eventTime":"2026-11-23T10:15:32Z","eventSource":"signin.amazonaws.com","eventName":"UserAuthentication","additionalEventData":{"UserName":"dana@example.com"},"eventID":"e-7"}
            """);
        Check(
            document,
            ("user", """{"id":"u-1","name":"dana@example.com","email":"dana@example.com"}"""),
            ("aws.cloudtrail.user_identity.on_behalf_of", """{"user_id":"u-1","identity_store_arn":"arn:aws:identitystore::111111111111:identitystore/d-1"}"""),
            ("aws.cloudtrail.user_identity.credential_id", "c-1"));
    }

    [Theory]
    [InlineData("user.id", "AROADEPLOY:bob@example.com", "AIDAALICE")]
    [InlineData("user.name", "deploy", "alice@example.com")]
    [InlineData("user.email", "bob@example.com", "alice@example.com")]
    [InlineData("user.roles", """["admin","deploy"]""", """["admin","deploy"]""")]
    [InlineData("user.effective", """{"id":"AROADEPLOY","name":"deploy"}""", """{"id":"AROADEPLOY","name":"deploy"}""")]
    [InlineData("cloud.origin.account.id", "111111111111", "111111111111")]
    public void Identity_IsTheRoleOrTheOrigin(string field, string compat, string ecs)
    {
        var record = Encoding.UTF8.GetBytes(FieldMapRecords.RoleCreatesUser.Replace("\n", "", StringComparison.Ordinal));
        foreach (var (mapping, value) in new[] { (IdentityMapping.Compat, compat), (IdentityMapping.Ecs, ecs) })
        {
            var output = new ByteBuffer();
            TestDocuments.Write(new DocumentWriter(DocumentForm.Ecs, new DocumentOptions(Identity: mapping)), record, Attributed, Terms, output);
            using var document = JsonDocument.Parse(output.Written.ToArray());
            Check(document.RootElement, (field, value));

            // One search finds everything of a person, or of a role, in both.
            var related = document.RootElement.At("related.user");
            Assert.All(new[] { "alice", "AIDAALICE", "deploy", "bob", "AROADEPLOY:bob@example.com" }, name => Assert.Contains($"\"{name}\"", related, StringComparison.Ordinal));
        }
    }

    [Fact]
    public void Original_IsTheRecordOnRequest()
    {
        var record = """{"eventTime":"2026-11-23T10:15:32Z","errorMessage":"a \"b\" \\ \u00e9"}"""u8.ToArray();
        var output = new ByteBuffer();
        TestDocuments.Write(new DocumentWriter(DocumentForm.Ecs, new DocumentOptions(EventOriginal: true)), record, TestDocuments.NoAttribution, [], output);
        using var document = JsonDocument.Parse(output.Written.ToArray());
        Check(document.RootElement, ("event.original", Encoding.UTF8.GetString(record)));
    }

    [Theory]
    [InlineData(RetainedCopies.All, """{"request_parameters":"{policyArn=p, userName=bob}","flattened":{"request_parameters":{"policyArn":"p","userName":"bob"}}}""")]
    [InlineData(RetainedCopies.Flattened, """{"flattened":{"request_parameters":{"policyArn":"p","userName":"bob"}}}""")]
    [InlineData(RetainedCopies.Keyword, """{"request_parameters":"{policyArn=p, userName=bob}"}""")]
    [InlineData(RetainedCopies.Minimal, """{"flattened":{"request_parameters":{"policyArn":"p"}}}""")]
    [InlineData(RetainedCopies.None, null)]
    public void Retain_ChoosesTheCopies(RetainedCopies retain, string? copies)
    {
        var output = new ByteBuffer();
        var record = """{"eventTime":"2026-11-23T10:15:32Z","requestParameters":{"policyArn":"p","userName":"bob"}}"""u8.ToArray();
        TestDocuments.Write(new DocumentWriter(DocumentForm.Ecs, new DocumentOptions(retain)), record, TestDocuments.NoAttribution, [], output);
        using var document = JsonDocument.Parse(output.Written.ToArray());
        Check(document.RootElement, ("aws.cloudtrail", copies), ("user.target.name", "bob"));
    }

    private static void Check(JsonElement document, params (string Path, string? Value)[] expected)
    {
        foreach (var (path, value) in expected)
        {
            Assert.Equal($"{path}: {value ?? "absent"}", $"{path}: {document.At(path) ?? "absent"}");
        }
    }

    private static JsonElement Leaf(JsonElement element, params string[] names) =>
        names.Aggregate(element, (current, name) => current.GetProperty(name));
}
