using System.Text.Json;
using Xunit;
using static TrailStream.Core.Tests.Attribution.TestEvents;

namespace TrailStream.Core.Tests.Attribution;

/// <summary>Each kind of credentials that AWS issues, and each place where a naive join by access key fails.</summary>
public sealed class CaseTests : IDisposable
{
    private readonly Trail _trail = new();

    public void Dispose() => _trail.Dispose();

    [Fact]
    public void GetSessionTokenKey_IsTheUsers_NotARole()
    {
        _trail.Add(
            Issue("sts", "GetSessionToken", User("alice"), "10:00:00", Key(1), "{\"durationSeconds\":3600}"),
            Action(User("alice", key: Key(1)), "10:01:00"),
            Grant(User("alice", key: Key(1)), "10:02:00", "admin", "s", Key(2)),
            Action(Role("admin", "s", "10:02:00", Key(2)), "10:03:00"),

            // A role session cannot have such a key.
            Action(Role("admin", "s", "10:00:00", Key(1)), "10:04:00"));
        Expect(1, "direct", "caller", "IAMUser", "alice");
        Expect(3, "attributed", "access_key", "IAMUser", "alice");
        Assert.Equal("role_mismatch", Expect(4, "unattributed", "none", "", "").Text("reason"));
    }

    [Fact]
    public void ConsoleKeys_FreshOnEachRequest_AreTheUsers()
    {
        const string Console = ",\"sessionContext\":{\"sessionIssuer\":{},\"attributes\":{\"creationDate\":\"2026-11-20T09:59:00Z\",\"mfaAuthenticated\":\"true\"}}}";
        _trail.Add(Action(User("alice", key: Key(5))[..^1] + Console, "10:00:00", more: ",\"sessionCredentialFromConsole\":\"true\""));
        var actual = Expect(0, "direct", "caller", "IAMUser", "alice");
        Assert.Equal(("true", "true"), (actual.Text("origin", "mfa"), actual.Text("final")));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void AssumeRootKey_LeadsToTheAdministrator_AlsoWhereTheSessionDoesNotSaySo(bool grantFirst)
    {
        var root = RootOf("222222222222", Key(1));
        var grant = Issue("sts", "AssumeRoot", User("alice"), "10:00:00", Key(1), "{\"targetPrincipal\":\"222222222222\"}");
        _trail.Add(grantFirst ? [grant, root] : [root, grant]);
        _trail.Add(RootOf("333333333333", Key(1)), RootOf("222222222222", Key(9)));
        Expect(grantFirst ? 1 : 0, "attributed", "access_key", "IAMUser", "alice");
        Assert.Equal("role_mismatch", Expect(2, "unattributed", "none", "", "").Text("reason"));
        Assert.Equal("false", Expect(3, "direct", "caller", "Root", "root").Text("final"));
    }

    [Fact]
    public void FederatedUser_IsTheUserWhoAsked()
    {
        _trail.Add(
            Issue(
                "sts", "GetFederationToken", User("alice"), "10:00:00", Key(1), "{\"name\":\"report\"}",
                ",\"federatedUser\":{\"federatedUserId\":\"111111111111:report\",\"arn\":\"arn:aws:sts::111111111111:federated-user/report\"}"),
            Action(Federated("report", "alice", Key(1)), "10:01:00"),
            Action(Federated("report", "alice", Key(2)), "10:01:00"),

            // The key was issued under another name, or to another user.
            Action(Federated("other", "alice", Key(1)), "10:01:00"),
            Action(Federated("report", "mallory", Key(1)), "10:01:00"));
        Assert.Equal("1", Expect(1, "attributed", "access_key", "IAMUser", "alice").Text("depth"));
        Expect(2, "direct", "caller", "IAMUser", "alice");
        Expect(3, "direct", "caller", "IAMUser", "alice");
        Expect(4, "direct", "caller", "IAMUser", "mallory");
    }

    [Theory]
    [InlineData("system:serviceaccount:shop:cart", "arn:aws:iam::1:oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/AB12", "service_account", "cart", "shop", "AB12")]
    [InlineData("repo:octo/site:ref:refs/heads/main", "arn:aws:iam::1:oidc-provider/token.actions.githubusercontent.com", "repository", "octo/site", "octo", "")]
    [InlineData("project_path:group/sub/app:ref_type:branch:ref:main", "arn:aws:iam::1:oidc-provider/gitlab.com", "project", "group/sub/app", "group/sub", "")]
    [InlineData("eu-west-1:0a1b2c3d-0000-4000-8000-000000000000", "cognito-identity.amazonaws.com", "identity", "", "", "")]
    public void WebIdentity_NamesTheWorkload(string subject, string provider, string type, string name, string ns, string cluster)
    {
        var caller = $$"""{"type":"WebIdentityUser","principalId":"{{provider}}:aud:{{subject}}","userName":"{{subject}}","identityProvider":"{{provider}}"}""";
        _trail.Add(
            Grant(caller, "10:00:00", "deploy", "session", Key(1), action: "AssumeRoleWithWebIdentity"),
            Action(Role("deploy", "session", "10:00:00", Key(1)), "10:01:00"));
        var actual = Expect(1, "attributed", "access_key", "WebIdentityUser", subject);
        var workload = actual.GetProperty("origin").GetProperty("workload");
        Assert.Equal((type, name, ns, cluster), (workload.Text("type"), workload.Text("name"), workload.Text("namespace"), workload.Text("cluster")));
        Assert.Equal(provider, actual.Text("origin", "provider"));
    }

    [Fact]
    public void Saml_NamesTheUserOfTheProvider()
    {
        _trail.Add(
            Grant(Saml("bob@example.com"), "10:00:00", "analyst", "bob@example.com", Key(1), action: "AssumeRoleWithSAML"),
            Action(Role("analyst", "bob@example.com", "10:00:00", Key(1)), "10:01:00"));
        var actual = Expect(1, "attributed", "access_key", "SAMLUser", "bob@example.com");
        Assert.Equal(("true", "idp"), (actual.Text("session_name_matches_origin"), actual.Text("origin", "provider")));
    }

    [Fact]
    public void CognitoDataEvent_NamesTheIdentity_AndIsOneGrantWithTheStsCall()
    {
        const string Identity = "eu-west-1:0a1b2c3d-0000-4000-8000-000000000000";
        _trail.Add(
            Issue("cognito-identity", "GetCredentialsForIdentity", """{"type":"Unknown"}""", "10:00:00", Key(1), $$"""{"identityId":"{{Identity}}"}"""),
            Action(Role("app", "CognitoIdentityCredentials", "10:00:00", Key(1)), "10:01:00"),
            Action(Role("app", "other", "10:00:00", Key(1)), "10:01:00"));
        Expect(1, "attributed", "access_key", "WebIdentityUser", Identity);
        Expect(2, "unattributed", "none", "", "");

        const string Caller = $$"""{"type":"WebIdentityUser","principalId":"x","userName":"{{Identity}}","identityProvider":"cognito-identity.amazonaws.com"}""";
        _trail.Add(Grant(Caller, "10:00:00", "app", "CognitoIdentityCredentials", Key(1), action: "AssumeRoleWithWebIdentity"));
        Assert.Equal(2, Expect(1, "attributed", "access_key", "WebIdentityUser", Identity).GetProperty("evidence").GetProperty("event_ids").GetArrayLength());
    }

    [Fact]
    public void S3ExpressSession_IsTheCallersOwn()
    {
        _trail.Add(
            Grant(User("alice"), "10:00:00", "admin", "alice", Key(1)),
            Issue("s3express", "CreateSession", Role("admin", "alice", "10:00:00", Key(1)), "10:05:00", Key(2), "{\"bucketName\":\"b--x-s3\"}"),
            Action(Role("admin", "alice", "10:05:00", Key(2)), "10:06:00"),
            Action(Role("other", "alice", "10:05:00", Key(2)), "10:06:00"));
        Assert.Equal("2", Expect(2, "attributed", "access_key", "IAMUser", "alice").Text("depth"));
        Expect(3, "unattributed", "none", "", "");
    }

    [Fact]
    public void RolesAnywhere_NamesTheCertificate()
    {
        _trail.Add(
            Grant(Service("rolesanywhere.amazonaws.com"), "10:00:00", "onprem", "00a1b2", Key(1)).Replace("\"durationSeconds\"", "\"sourceIdentity\":\"CN=build.example.com\",\"durationSeconds\""),
            Action(Role("onprem", "00a1b2", "10:00:00", Key(1)), "10:01:00"));
        var workload = Expect(1, "attributed", "access_key", "AWSService", "rolesanywhere.amazonaws.com").GetProperty("origin").GetProperty("workload");
        Assert.Equal(("certificate", "00a1b2", "CN=build.example.com"), (workload.Text("type"), workload.Text("id"), workload.Text("name")));
    }

    [Theory]
    [InlineData("ec2.amazonaws.com", "i-0123456789abcdef0", "instance", "i-0123456789abcdef0", "")]
    [InlineData("lambda.amazonaws.com", "thumbnails", "function", "", "thumbnails")]
    [InlineData("ecs-tasks.amazonaws.com", "0123456789abcdef0123456789abcdef", "task", "0123456789abcdef0123456789abcdef", "")]
    [InlineData("rds.amazonaws.com", "dbi-id-db-ABC", "database", "db-ABC", "")]
    public void ServiceGrant_WithoutAssumedRoleUser_NamesTheWorkload(string service, string session, string type, string id, string name)
    {
        // EC2 fetches two sets of credentials at each rotation; the calls may be signed with either, or show no key at all.
        _trail.Add(
            Grant(Service(service), "10:00:00", "app", session, Key(1), withUser: false),
            Grant(Service(service), "10:00:00", "app", session, Key(2), withUser: false),
            Action(Role("app", session, "10:00:00", Key(1)), "10:01:00"),
            Action(Role("app", session, "10:00:00", Key(2)), "10:01:00"),
            Action(Role("app", session, "10:00:00", null), "10:01:00"));
        for (var i = 2; i < 5; i++)
        {
            var workload = Expect(i, "attributed", i == 4 ? "session" : "access_key", "AWSService", service).GetProperty("origin").GetProperty("workload");
            Assert.Equal((type, id, name), (workload.Text("type"), workload.Text("id"), workload.Text("name")));
        }
    }

    [Fact]
    public void PodIdentity_NamesThePodByTags()
    {
        const string Tags = "\"tags\":[{\"key\":\"kubernetes-namespace\",\"value\":\"shop\"},{\"key\":\"kubernetes-service-account\",\"value\":\"cart\"},"
            + "{\"key\":\"kubernetes-pod-name\",\"value\":\"cart-1\"},{\"key\":\"eks-cluster-name\",\"value\":\"blue\"}],\"durationSeconds\"";
        _trail.Add(
            Grant(Service("pods.eks.amazonaws.com"), "10:00:00", "cart", "eks-blue-cart-1", Key(1)).Replace("\"durationSeconds\"", Tags),
            Action(Role("cart", "eks-blue-cart-1", "10:00:00", Key(1)), "10:01:00"));
        var workload = Expect(1, "attributed", "access_key", "AWSService", "pods.eks.amazonaws.com").GetProperty("origin").GetProperty("workload");
        Assert.Equal(
            ("pod", "cart-1", "cart", "shop", "blue"),
            (workload.Text("type"), workload.Text("id"), workload.Text("name"), workload.Text("namespace"), workload.Text("cluster")));
    }

    /// <summary>What the session says about itself holds also for the role that it assumes.</summary>
    [Fact]
    public void FunctionAndServiceRole_WithoutGrants_SpeakForThemselves_AndForWhatTheyAssume()
    {
        const string Scope = ",\"inScopeOf\":{\"issuerType\":\"AWS::Lambda::Function\",\"credentialsIssuedTo\":\"arn:aws:lambda:eu-west-1:111111111111:function:f\"}";
        var function = Role("exec", "f", "09:00:00", Key(3), more: Scope);
        var linked = Role("AWSServiceRoleForRDS", "SLRManagement", "09:00:00", null).Replace(":role/", ":role/aws-service-role/rds.amazonaws.com/");
        _trail.Add(
            Action(function, "10:00:00"),
            Action(linked, "10:00:00"),
            Grant(function, "10:00:00", "prod", "f", Key(4)),
            Action(Role("prod", "f", "10:00:00", Key(4)), "10:01:00"));
        Assert.Equal("credentials_scope", Expect(0, "attributed", "caller", "AWSService", "lambda.amazonaws.com").Text("reason"));
        Assert.Equal("service_linked_role", Expect(1, "attributed", "caller", "AWSService", "rds.amazonaws.com").Text("reason"));
        Assert.Equal("f", Expect(3, "attributed", "access_key", "AWSService", "lambda.amazonaws.com").Text("origin", "workload", "name"));

        // A grant that leads to a person is better evidence than the function's own word.
        _trail.Add(Grant(User("alice"), "09:00:00", "exec", "f", Key(3)));
        Expect(3, "attributed", "access_key", "IAMUser", "alice");
    }

    [Theory]
    [InlineData("arn:aws:iam::111111111111:user/alice", "attributed", "IAMUser", "alice")]
    [InlineData("arn:aws:iam::111111111111:root", "attributed", "Root", "root")]
    [InlineData("arn:aws:sts::111111111111:assumed-role/dev/alice", "partial", "", "")]
    public void SwitchRole_NamesWhoSwitched(string from, string status, string type, string name)
    {
        _trail.Add(
            Action(Role("admin", "alice", "10:00:00", null), "10:00:00", "SwitchRole", "signin.amazonaws.com", ",\"additionalEventData\":{\"SwitchFrom\":\"" + from + "\"}"),
            Action(Role("admin", "alice", "10:00:00", Key(5)), "10:01:00"));
        Expect(1, status, "console_switch_role", type, name);
    }

    /// <summary>A sign-in link made from a role's credentials: the console's requests have fresh keys and the session's creation time.</summary>
    [Fact]
    public void SignInFederation_IsFoundBySession()
    {
        _trail.Add(
            Grant(User("alice"), "10:00:00", "admin", "alice", Key(1)),
            Action(Role("admin", "alice", "10:00:00", Key(1)), "10:00:30", "GetSigninToken", "signin.amazonaws.com"),
            Action(Role("admin", "alice", "10:00:00", Key(6)), "10:02:00", "DescribeInstances", "ec2.amazonaws.com"));
        Expect(1, "attributed", "access_key", "IAMUser", "alice");
        Expect(2, "attributed", "session", "IAMUser", "alice");
    }

    [Fact]
    public void SourceIdentity_IsAClaimWithoutAGrant_AndShownBesideTheOriginWithOne()
    {
        const string Identity = "\"sessionContext\":{\"sourceIdentity\":\"root\",";
        var use = Action(Role("admin", "s", "10:00:00", Key(1)).Replace("\"sessionContext\":{", Identity), "10:01:00");
        _trail.Add(use);
        var claimed = Expect(0, "attributed", "source_identity", "Unknown", "root");
        Assert.Equal(("asserted", "false"), (claimed.Text("confidence"), claimed.Text("final")));
        _trail.Add(Grant(User("mallory"), "10:00:00", "admin", "s", Key(1)).Replace("\"durationSeconds\"", "\"sourceIdentity\":\"root\",\"durationSeconds\""));
        Assert.Equal("root", Expect(0, "attributed", "access_key", "IAMUser", "mallory").Text("origin", "source_identity"));
    }

    [Fact]
    public void SameNameReusedEverySecond_IsProvenByKey_ElseAmbiguousWithItsCandidates()
    {
        for (var second = 0; second < 5; second++)
        {
            _trail.Add(Grant(User(second % 2 == 0 ? "alice" : "bob"), $"10:00:0{second}", "shared", "ci", Key(10 + second)));
        }

        _trail.Add(Action(Role("shared", "ci", "10:00:02", Key(13)), "10:01:00"), Action(Role("shared", "ci", "10:00:03", Key(13)), "10:01:00"));
        _trail.Add(Action(Role("shared", "ci", "10:00:02", null), "10:01:00"));
        Expect(5, "attributed", "access_key", "IAMUser", "bob");
        Expect(6, "attributed", "access_key", "IAMUser", "bob");
        var ambiguous = Expect(7, "unattributed", "none", "", "");
        Assert.Equal("ambiguous", ambiguous.Text("reason"));
        Assert.Equal(5, ambiguous.GetProperty("evidence").GetProperty("event_ids").GetArrayLength());
    }

    [Fact]
    public void DocumentationKey_UsedForEverything_ProvesNothing()
    {
        const string Example = "ASIAIOSFODNN7EXAMPLE";
        _trail.Add(
            Grant(User("alice"), "10:00:00", "admin", "a", Example),
            Grant(User("bob"), "11:00:00", "deploy", "b", Example),
            Action(Role("admin", "a", "10:00:00", Example), "10:01:00"),
            Action(Role("deploy", "b", "11:00:00", Example), "11:01:00"),
            Action(Role("third", "c", "12:00:00", Example), "12:01:00"));
        for (var i = 2; i < 5; i++)
        {
            Assert.Equal("conflict", Expect(i, "unattributed", "none", "", "").Text("reason"));
        }
    }

    [Fact]
    public void ReplayOfAnotherYear_IsRefused()
    {
        _trail.Add(
            Grant(User("alice"), "10:00:00", "admin", "s", Key(1)),
            Action(Role("admin", "s", "10:00:00", Key(1)), "10:01:00").Replace("2026-11-20", "2024-11-20"));
        Assert.Equal("issued_at_mismatch", Expect(1, "unattributed", "none", "", "").Text("reason"));
    }

    [Fact]
    public void LookAlikes_InOtherServicesEvents_AreNotBelieved()
    {
        var inside = "{\"credentials\":{\"accessKeyId\":\"" + Key(1) + "\"},\"assumedRoleUser\":{\"arn\":\"arn:aws:sts::111111111111:assumed-role/admin/s\"}}";
        _trail.Add(
            Action(User("mallory"), "10:00:00", "AssumeRole", "lambda.amazonaws.com").Replace("\"responseElements\":null", "\"responseElements\":" + inside),
            Action(User("mallory"), "10:00:00", "GetCallerIdentity", "sts.amazonaws.com").Replace("\"responseElements\":null", "\"responseElements\":" + inside),
            Action(User("mallory"), "10:00:00", "AssumeRole", "sts.amazonaws.com").Replace("\"requestParameters\":null", "\"requestParameters\":" + inside),
            Action(Role("admin", "s", "10:00:00", Key(1)), "10:01:00"));
        Assert.Equal("no_grant", Expect(3, "unattributed", "none", "", "").Text("reason"));
    }

    [Theory]
    [InlineData("\"errorCode\":\"AccessDenied\"")]
    [InlineData("\"responseElements\":\"{\\\"credentials\\\":{\"")]
    [InlineData("\"responseElements\":{\"omitted\":true,\"originalSize\":120000,\"reason\":\"x\"}")]
    [InlineData("\"responseElements\":{\"credentials\":\"HIDDEN_DUE_TO_SECURITY_REASONS\"}")]
    [InlineData("\"responseElements\":{\"credentials\":{\"accessKeyId\":7}}")]
    public void GrantThatFailedOrLostItsAnswer_IssuesNothing(string answer)
    {
        _trail.Add(
            Action(User("alice"), "10:00:00", "AssumeRole", "sts.amazonaws.com").Replace("\"responseElements\":null", answer),
            Action(Role("admin", "s", "10:00:00", Key(1)), "10:01:00"));
        Expect(0, "direct", "caller", "IAMUser", "alice");
        Expect(1, "unattributed", "none", "", "");
    }

    [Theory]
    [InlineData("null", "not_applicable", "service_event")]
    [InlineData("\"HIDDEN_DUE_TO_SECURITY_REASONS\"", "not_applicable", "service_event")]
    [InlineData("{}", "not_applicable", "service_event")]
    [InlineData("{\"omitted\":true}", "not_applicable", "service_event")]
    [InlineData("{\"type\":\"Unknown\"}", "not_applicable", "no_identity")]
    [InlineData("{\"type\":\"Directory\",\"userName\":\"x\"}", "not_applicable", "no_identity")]
    [InlineData("{\"type\":{\"a\":1}}", "not_applicable", "service_event")]
    [InlineData("{\"type\":\"AWSAccount\",\"accountId\":\"ANONYMOUS_PRINCIPAL\"}", "not_applicable", "anonymous")]
    [InlineData("{\"type\":\"AssumedRole\"}", "unattributed", "no_key_no_session")]
    [InlineData("{\"type\":\"AssumedRole\",\"arn\":7,\"accessKeyId\":null,\"sessionContext\":\"x\"}", "unattributed", "no_key_no_session")]
    [InlineData("{\"type\":\"AssumedRole\",\"accessKeyId\":\"\"}", "unattributed", "no_key_no_session")]
    [InlineData("{\"type\":\"IAMUser\",\"userName\":\"HIDDEN_DUE_TO_SECURITY_REASONS\"}", "direct", "caller_named")]
    [InlineData("{\"accountId\":\"1\",\"invokedBy\":\"ec2.amazonaws.com\"}", "direct", "service_caller")]
    public void OddIdentity_HasADefinedVerdict(string identity, string status, string reason)
    {
        _trail.Add(Action(identity, "10:00:00"));
        var actual = Expect(0, status, null, null, null);
        Assert.Equal(reason, actual.Text("reason"));
    }

    [Fact]
    public void InsightsAndNetworkActivity_HaveDefinedVerdicts()
    {
        const string Insight = """{"eventVersion":"1.09","eventTime":"2026-11-20T10:00:00Z","awsRegion":"eu-west-1","eventID":"i-1","eventType":"AwsCloudTrailInsight","recipientAccountId":"1","insightDetails":{"state":"Start"},"eventCategory":"Insight"}""";
        _trail.Add(
            Insight,
            Action(External("AROAX:s", "222222222222"), "10:00:00", more: ",\"eventType\":\"AwsVpceEvent\",\"eventCategory\":\"NetworkActivity\""));
        Assert.Equal("insight", Expect(0, "not_applicable", "none", "", "").Text("reason"));
        Assert.Equal("external_account", Expect(1, "direct", "caller", "AWSAccount", "").Text("reason"));
    }

    [Fact]
    public void LostGrants_SayWhatIsMissing()
    {
        _trail.Add(
            Grant(Role("a", "s", "09:00:00", Key(1)), "10:00:00", "b", "s", Key(2)),
            Grant(Role("b", "s", "10:00:00", Key(2)), "10:01:00", "c", "s", Key(3)),
            Action(Role("c", "s", "10:01:00", Key(3)), "10:02:00"),
            Action(Role("a", "s", "09:00:00", Key(1)), "10:02:00"));
        var partial = Expect(2, "partial", "access_key", "", "");
        Assert.Equal(("grant_of_caller_missing", "2", Key(1)), (partial.Text("reason"), partial.Text("depth"), partial.GetProperty("chain")[0].Text("from_key")));
        Assert.Equal("no_grant", Expect(3, "unattributed", "none", "", "").Text("reason"));
    }

    private static string Saml(string name) => $$"""{"type":"SAMLUser","principalId":"idp:{{name}}","userName":"{{name}}","identityProvider":"idp"}""";

    private static string Federated(string name, string issuer, string key) =>
        $$"""{"type":"FederatedUser","principalId":"111111111111:{{name}}","arn":"arn:aws:sts::111111111111:federated-user/{{name}}","accountId":"111111111111","accessKeyId":"{{key}}","sessionContext":{"sessionIssuer":{"type":"IAMUser","principalId":"AIDA{{issuer.ToUpperInvariant()}}EXAMPLE","arn":"arn:aws:iam::111111111111:user/{{issuer}}","accountId":"111111111111","userName":"{{issuer}}"},"attributes":{"creationDate":"2026-11-20T10:00:00Z"} } }""";

    private static string RootOf(string account, string key) => Action(
        $$"""{"type":"Root","principalId":"{{account}}","arn":"arn:aws:iam::{{account}}:root","accountId":"{{account}}","accessKeyId":"{{key}}","sessionContext":{"attributes":{"creationDate":"2026-11-20T10:00:00Z"} } }""",
        "10:01:00");

    private static string Issue(string service, string name, string identity, string time, string key, string request, string more = "") =>
        Action(identity, time, name, service + ".amazonaws.com")
            .Replace("\"requestParameters\":null", "\"requestParameters\":" + request)
            .Replace("\"responseElements\":null", "\"responseElements\":{\"credentials\":{\"accessKeyId\":\"" + key + "\",\"expiration\":\"2026-11-20T23:00:00Z\"}" + more + "}");

    private JsonElement Expect(int number, string? status, string? method, string? originType, string? originName)
    {
        var actual = _trail.Attribution(number);
        Assert.True(
            (status is null || actual.Text("status") == status) && (method is null || actual.Text("method") == method)
            && (originType is null || actual.Text("origin", "type") == originType) && (originName is null || actual.Text("origin", "name") == originName),
            actual.GetRawText());
        return actual;
    }
}
