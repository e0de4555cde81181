namespace TrailStream.Core.Generation;

/// <summary>The made-up organisation: Example Retail with five accounts. Names, accounts and addresses are documentation values.</summary>
internal static class Organisation
{
    public const string IdentityAccount = "111122223333";
    public const string ToolsAccount = "222233334444";
    public const string StagingAccount = "333344445555";
    public const string ProductionAccount = "444455556666";
    public const string AuditAccount = "555566667777";
    public const string PartnerAccount = "999900001111";

    public static readonly string[] People =
    [
        "alice", "bob", "carol", "dave", "erin", "frank", "grace", "heidi", "ivan", "judy", "ken", "laura", "mike", "nina", "oscar", "peggy",
        "quentin", "rosa", "sam", "tina", "ursula", "victor", "wendy", "xavier", "yara", "zoe",
    ];

    public static readonly string[] SsoPeople = ["hannah.berg", "tom.okafor", "lena.fischer", "raj.patel", "mei.chen", "sofia.rossi", "jonas.weber", "amina.diallo"];

    public static readonly string[] Repositories = ["example-retail/shop", "example-retail/payments", "example-retail/infrastructure", "example-retail/mobile-api"];

    public static readonly string[] Functions = ["resize-images", "send-receipts", "sync-stock", "nightly-report", "fraud-score"];

    public static readonly string[] Accounts = [ToolsAccount, StagingAccount, ProductionAccount, AuditAccount];

    /// <summary>Roles that people take, in the order of a chain: jump in, then further.</summary>
    public static readonly string[] PeopleRoles = ["engineer", "deploy", "admin", "read-only", "billing", "break-glass"];

    public static readonly string[] ServiceRoles = ["app-runtime", "batch-worker", "log-shipper", "config-recorder"];

    public static readonly (string Service, string Role)[] LinkedServices =
    [
        ("autoscaling.amazonaws.com", "AWSServiceRoleForAutoScaling"), ("config.amazonaws.com", "AWSServiceRoleForConfig"),
        ("inspector2.amazonaws.com", "AWSServiceRoleForAmazonInspector2"), ("rds.amazonaws.com", "AWSServiceRoleForRDS"),
        ("ecs.amazonaws.com", "AWSServiceRoleForECS"), ("resource-explorer-2.amazonaws.com", "AWSServiceRoleForResourceExplorer"),
        ("trustedadvisor.amazonaws.com", "AWSServiceRoleForTrustedAdvisor"), ("access-analyzer.amazonaws.com", "AWSServiceRoleForAccessAnalyzer"),
        ("ssm.amazonaws.com", "AWSServiceRoleForAmazonSSM"), ("guardduty.amazonaws.com", "AWSServiceRoleForAmazonGuardDuty"),
    ];

    /// <summary>eventSource, eventName, readOnly, requestParameters.</summary>
    public static readonly (string Source, string Name, bool ReadOnly, string Request)[] Calls =
    [
        ("s3.amazonaws.com", "GetBucketPolicy", true, """{"bucketName":"example-shop-assets","Host":"example-shop-assets.s3.eu-west-1.amazonaws.com","policy":""}"""),
        ("s3.amazonaws.com", "ListBuckets", true, """{"Host":"s3.eu-west-1.amazonaws.com"}"""),
        ("ec2.amazonaws.com", "DescribeInstances", true, """{"maxResults":100,"instancesSet":{},"filterSet":{"items":[{"name":"instance-state-name","valueSet":{"items":[{"value":"running"}]}}]}}"""),
        ("ec2.amazonaws.com", "DescribeSecurityGroups", true, """{"securityGroupSet":{},"securityGroupIdSet":{},"filterSet":{}}"""),
        ("kms.amazonaws.com", "Decrypt", true, """{"encryptionContext":{"aws:s3:arn":"arn:aws:s3:::example-shop-assets"},"encryptionAlgorithm":"SYMMETRIC_DEFAULT"}"""),
        ("dynamodb.amazonaws.com", "DescribeTable", true, """{"tableName":"orders"}"""),
        ("sqs.amazonaws.com", "GetQueueAttributes", true, """{"queueUrl":"https://sqs.eu-west-1.amazonaws.com/444455556666/orders","attributeNames":["All"]}"""),
        ("logs.amazonaws.com", "CreateLogStream", false, """{"logGroupName":"/aws/lambda/send-receipts","logStreamName":"2026/11/20/[$LATEST]0a1b2c3d"}"""),
        ("sts.amazonaws.com", "GetCallerIdentity", true, "null"),
        ("iam.amazonaws.com", "ListRoles", true, """{"maxItems":100}"""),
        ("ecs.amazonaws.com", "UpdateService", false, """{"cluster":"shop","service":"web","desiredCount":4,"forceNewDeployment":true}"""),
        ("lambda.amazonaws.com", "GetFunction20150331v2", true, """{"functionName":"send-receipts"}"""),
    ];

    /// <summary>What the attacker does once in production.</summary>
    public static readonly (string Source, string Name, string Request)[] AttackCalls =
    [
        ("sts.amazonaws.com", "GetCallerIdentity", "null"),
        ("iam.amazonaws.com", "ListUsers", "null"),
        ("secretsmanager.amazonaws.com", "ListSecrets", """{"maxResults":100}"""),
        ("secretsmanager.amazonaws.com", "GetSecretValue", """{"secretId":"prod/payments/stripe"}"""),
        ("s3.amazonaws.com", "GetBucketAcl", """{"bucketName":"example-customer-exports"}"""),
        ("iam.amazonaws.com", "CreateAccessKey", """{"userName":"backup-operator"}"""),
        ("ec2.amazonaws.com", "ModifySnapshotAttribute", """{"snapshotId":"snap-0a1b2c3d4e5f60718","createVolumePermission":{"add":{"items":[{"userId":"999900001111"}]}}}"""),
        ("cloudtrail.amazonaws.com", "StopLogging", """{"name":"organisation-trail"}"""),
    ];

    public static string PrincipalId(string prefix, string name, string account)
    {
        // 17 letters as AWS writes them, the same for the same name and account.
        var hash = Sessions.Hashing.Of(System.Text.Encoding.UTF8.GetBytes(name + account), 11);
        Span<char> text = stackalloc char[17];
        for (var i = 0; i < text.Length; i++)
        {
            text[i] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"[(int)(hash & 31)];
            hash = (hash >> 5) | (hash << 59);
        }

        return prefix + new string(text);
    }
}
