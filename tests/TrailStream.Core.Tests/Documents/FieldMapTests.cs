using Xunit;

namespace TrailStream.Core.Tests.Documents;

/// <summary>Each row of the map from CloudTrail's members to Elastic's fields, by name.</summary>
public sealed class FieldMapTests
{
    private const string Identity = "aws.cloudtrail.user_identity.";
    private const string Context = Identity + "session_context.";

    [Theory]
    [InlineData("@timestamp", "2026-11-23T10:15:32.000Z")]
    [InlineData("event.created", "2026-11-23T10:19:01.480Z")]
    [InlineData("event.ingested", "2026-11-23T10:19:01.480Z")]
    [InlineData("event.id", "e-1")]
    [InlineData("event.kind", "event")]
    [InlineData("event.module", "aws")]
    [InlineData("event.dataset", "aws.cloudtrail")]
    [InlineData("event.provider", "iam.amazonaws.com")]
    [InlineData("event.action", "CreateUser")]
    [InlineData("event.category", """["iam"]""")]
    [InlineData("event.type", """["user","creation"]""")]
    [InlineData("event.outcome", "success")]
    [InlineData("event.original", null)]
    [InlineData("data_stream.type", "logs")]
    [InlineData("data_stream.dataset", "aws.cloudtrail")]
    [InlineData("aws.cloudtrail.event_version", "1.11")]
    [InlineData("aws.cloudtrail.event_category", "Management")]
    [InlineData("aws.cloudtrail.event_type", "AwsApiCall")]
    [InlineData("aws.cloudtrail.api_version", "2010-05-08")]
    [InlineData("aws.cloudtrail.request_id", "r-1")]
    [InlineData("aws.cloudtrail.recipient_account_id", "333333333333")]
    [InlineData("aws.cloudtrail.shared_event_id", "s-1")]
    [InlineData("aws.cloudtrail.vpc_endpoint_id", "vpce-1")]
    [InlineData("aws.cloudtrail.session_credential_from_console", "true")]
    [InlineData("aws.cloudtrail.management_event", "true")]
    [InlineData("aws.cloudtrail.read_only", "false")]
    [InlineData("aws.cloudtrail.error_code", null)]
    [InlineData("cloud.provider", "aws")]
    [InlineData("cloud.region", "cn-north-1")]
    [InlineData("cloud.account.id", "222222222222")]
    [InlineData("cloud.service.name", "iam")]
    [InlineData("source.address", "203.0.113.7")]
    [InlineData("source.ip", "203.0.113.7")]
    [InlineData("user_agent.original", "aws-cli/2.15.0 Python/3.11.6 Linux/6.1.0-13-amd64")]
    [InlineData("user_agent.name", "aws-cli")]
    [InlineData("user_agent.version", "2.15.0")]
    [InlineData("user_agent.os", """{"name":"Linux","version":"6.1.0","full":"Linux 6.1.0"}""")]
    [InlineData(Identity + "type", "AssumedRole")]
    [InlineData(Identity + "arn", "arn:aws-cn:sts::222222222222:assumed-role/deploy/bob@example.com")]
    [InlineData(Identity + "access_key_id", "ASIAHOP2")]
    [InlineData(Identity + "invoked_by", "cloudformation.amazonaws.com")]
    [InlineData(Identity + "identity_provider", "idp")]
    [InlineData(Identity + "credential_id", "c-1")]
    [InlineData(Identity + "on_behalf_of", """{"user_id":"u-1","identity_store_arn":"arn:store"}""")]
    [InlineData(Identity + "in_scope_of", """{"issuer_type":"AWS::Lambda::Function","credentials_issued_to":"arn:function"}""")]
    [InlineData(Context + "creation_date", "2026-11-23T10:02:00.000Z")]
    [InlineData(Context + "mfa_authenticated", "false")]
    [InlineData(Context + "source_identity", "carla")]
    [InlineData(Context + "federated_provider", "arn:aws:iam::222222222222:oidc-provider/example")]
    [InlineData(Context + "ec2_role_delivery", "2.0")]
    [InlineData(Context + "assumed_root", "true")]
    [InlineData(Context + "sign_in_session_arn", "arn:sign-in")]
    [InlineData(Context + "session_issuer", """{"type":"Role","principal_id":"AROADEPLOY","arn":"arn:aws-cn:iam::222222222222:role/deploy","account_id":"222222222222"}""")]
    [InlineData("aws.cloudtrail.request_parameters", "{userName=bob, newUserName=robert, groupName=ops, list=[x]}")]
    [InlineData("aws.cloudtrail.response_elements", "{user={userId=AIDABOB}, group={groupId=AGPAOPS}}")]
    [InlineData("aws.cloudtrail.additional_eventdata", "{key=1.0}")]
    [InlineData("aws.cloudtrail.service_event_details", "{a=b}")]
    [InlineData("aws.cloudtrail.flattened.request_parameters", """{"userName":"bob","newUserName":"robert","groupName":"ops","list":["x"]}""")]
    [InlineData("aws.cloudtrail.flattened.response_elements", """{"user":{"userId":"AIDABOB"},"group":{"groupId":"AGPAOPS"}}""")]
    [InlineData("aws.cloudtrail.flattened.additional_eventdata", """{"key":1.0}""")]
    [InlineData("aws.cloudtrail.flattened.service_event_details", """{"a":"b"}""")]
    [InlineData("aws.cloudtrail.flattened.other.addendum", """{"reason":"UPDATED_DATA"}""")]
    [InlineData("aws.cloudtrail.flattened.other.vpcEndpointAccountId", "444444444444")]
    [InlineData("aws.cloudtrail.flattened.other.userIdentity.sessionContext.webIdFederationData.attributes", """{"aud":"sts"}""")]
    [InlineData("aws.cloudtrail.flattened.other.eventName", null)]
    [InlineData("aws.cloudtrail.resources", """[{"arn":"arn:aws:s3:::logs","account_id":"222222222222","type":"AWS::S3::Bucket"},{"arn_prefix":"arn:aws:s3:::logs/","type":"AWS::S3::Object"}]""")]
    [InlineData("tls", """{"version_protocol":"tls","version":"1.3","cipher":"TLS_AES_128_GCM_SHA256","client":{"server_name":"iam.cn-north-1.amazonaws.com.cn"}}""")]
    [InlineData("user.id", "AROADEPLOY:bob@example.com")]
    [InlineData("user.name", "deploy")]
    [InlineData("user.email", "bob@example.com")]
    [InlineData("user.effective", """{"id":"AROADEPLOY","name":"deploy"}""")]
    [InlineData("user.target", """{"id":"AIDABOB","name":"bob"}""")]
    [InlineData("user.changes.name", "robert")]
    [InlineData("group", """{"id":"AGPAOPS","name":"ops"}""")]
    [InlineData("related.ip", """["203.0.113.7"]""")]
    [InlineData("related.user", """["AROADEPLOY:bob@example.com","deploy","bob@example.com","bob","robert","AIDABOB","u-1","carla"]""")]
    [InlineData("related.entity", """["ASIAHOP2","arn:aws-cn:sts::222222222222:assumed-role/deploy/bob@example.com","arn:aws-cn:iam::222222222222:role/deploy","deploy","arn:aws:s3:::logs"]""")]
    public void RoleSession(string field, string? value) => Check(FieldMapRecords.RoleCreatesUser, field, value);

    [Theory]
    [InlineData("event.outcome", "failure")]
    [InlineData("event.type", """["start","info"]""")]
    [InlineData("event.category", """["host"]""")]
    [InlineData("aws.cloudtrail.error_code", "Client.UnauthorizedOperation")]
    [InlineData("aws.cloudtrail.error_message", "You are not \"authorized\"\n")]
    [InlineData("source.address", "ec2.amazonaws.com")]
    [InlineData("source.ip", null)]
    [InlineData("related.ip", null)]
    [InlineData("user_agent.name", "ec2.amazonaws.com")]
    [InlineData("user.id", "AIDACAROL")]
    [InlineData("user.name", "carol@example.com")]
    [InlineData("user.email", "carol@example.com")]
    [InlineData("user.effective", null)]
    [InlineData("aws.cloudtrail.flattened", null)]
    public void DeniedUser(string field, string? value) => Check(FieldMapRecords.Denied, field, value);

    [Theory]
    [InlineData("event.category", """["authentication"]""")]
    [InlineData("event.type", """["info"]""")]
    [InlineData("event.outcome", "failure")]
    [InlineData("aws.cloudtrail.console_login.additional_eventdata.mobile_version", "false")]
    [InlineData("aws.cloudtrail.console_login.additional_eventdata.mfa_used", "true")]
    [InlineData("aws.cloudtrail.console_login.additional_eventdata.login_to", "https://console.aws.amazon.com/")]
    [InlineData("source.ip", "2001:db8::7")]
    [InlineData("user_agent.name", "Chrome")]
    [InlineData("user_agent.version", "119.0.0.0")]
    [InlineData("user_agent.device.name", "Mac")]
    [InlineData("user_agent.os.name", "Mac OS X")]
    [InlineData("user_agent.os.version", "10.15.7")]
    [InlineData("user_agent.os.full", "Mac OS X 10.15.7")]
    public void ConsoleLogin(string field, string value) => Check(FieldMapRecords.ConsoleLogin, field, value);

    [Theory]
    [InlineData("event.category", """["authentication"]""")]
    [InlineData("cloud.service.name", "sts")]
    [InlineData("user_agent.name", "Boto3")]
    [InlineData("user_agent.os.version", "5.10.198")]
    [InlineData("related.entity", """["AKIAALICE","arn:aws-us-gov:iam::111111111111:user/alice","alice","arn:aws-us-gov:iam::222222222222:role/web","arn:aws-us-gov:iam::111111111111:mfa/alice","arn:mfa/7","arn:aws-us-gov:sts::222222222222:assumed-role/web/web-1","web-1"]""")]
    [InlineData("aws.cloudtrail.response_elements", "{credentials={accessKeyId=ASIANEW, expiration=Oct 2, 2026, 11:12:29 PM}, assumedRoleUser={arn=arn:aws-us-gov:sts::222222222222:assumed-role/web/web-1}}")]
    public void Grant(string field, string value) => Check(FieldMapRecords.AssumeRole, field, value);

    [Theory]
    [InlineData("user.id", "u-1")]
    [InlineData("user.name", "dana@example.com")]
    [InlineData("user.email", "dana@example.com")]
    [InlineData("aws.cloudtrail.user_identity.on_behalf_of.user_id", "u-1")]
    public void IdentityCenter(string field, string value) => Check(FieldMapRecords.UserAuthentication, field, value);

    [Theory]
    [InlineData("aws.cloudtrail.flattened.insight_details.state", "Start")]
    [InlineData("cloud.account.id", "111111111111")]
    [InlineData("event.type", """["info"]""")]
    [InlineData("event.category", null)]
    public void Insight(string field, string? value) => Check(FieldMapRecords.Insight, field, value);

    [Theory]
    [InlineData("arn:aws:sts::222222222222:assumed-role/deploy/alice")]
    [InlineData("arn:aws-cn:sts::222222222222:assumed-role/deploy/alice")]
    [InlineData("arn:aws-us-gov:sts::222222222222:assumed-role/deploy/alice")]
    [InlineData("arn:aws-iso-b:sts::222222222222:federated-user/alice")]
    public void SessionName_IsRelatedInEveryPartition(string arn) =>
        Check("""{"userIdentity":{"type":"AssumedRole","arn":"ARN"},"eventTime":"2026-11-23T10:15:32Z"}""".Replace("ARN", arn, StringComparison.Ordinal), "related.user", """["alice"]""");

    /// <summary>Before a category is missing it is better to know: the actions that rules and dashboards name, one of each group.</summary>
    [Theory]
    [InlineData("GetCallerIdentity", "authentication", "info")]
    [InlineData("AssumeRoleWithSAML", "authentication", "info")]
    [InlineData("AssumeRoleWithWebIdentity", "authentication", "info")]
    [InlineData("GetSessionToken", "authentication", "info")]
    [InlineData("DeleteUser", "iam", "user\",\"deletion")]
    [InlineData("AttachUserPolicy", "iam", "user\",\"change")]
    [InlineData("ListUsers", "iam", "user\",\"info")]
    [InlineData("CreateGroup", "iam", "group\",\"creation")]
    [InlineData("AddUserToGroup", "iam", "group\",\"change")]
    [InlineData("UpdateAccountPasswordPolicy", "iam", "admin\",\"change")]
    [InlineData("CreateBucket", "file", "creation")]
    [InlineData("GetObject", "file", "access\",\"info")]
    [InlineData("DescribeInstances", "host", "info")]
    [InlineData("DescribeVpcs", "network", "info")]
    [InlineData("AuthorizeSecurityGroupIngress", "network", "change\",\"info")]
    [InlineData("StartSession", "session", "start\",\"info")]
    [InlineData("DeleteTrail", "configuration", "deletion\",\"info")]
    [InlineData("SendCommand", "process", "start\",\"info")]
    public void Action_HasItsCategory(string action, string category, string types)
    {
        var record = """{"eventName":"NAME","eventTime":"2026-11-23T10:15:32Z"}""".Replace("NAME", action, StringComparison.Ordinal);
        Check(record, "event.category", $"[\"{category}\"]");
        Check(record, "event.type", $"[\"{types}\"]");
    }

    private static void Check(string record, string field, string? value) =>
        Assert.Equal(value, TestDocuments.Ecs(record.Replace("\n", "", StringComparison.Ordinal)).At(field));
}
