using System.Globalization;

namespace TrailStream.Engine.Tests.Setup;

/// <summary>A small organisation's afternoon, record by record, each with the names of the questions that it answers: a pivot's number, a rule's id, a
/// prebuilt rule's name. Times are relative to the present, because questions look back from it.</summary>
internal sealed class ResponderWorld
{
    private const string One = "111111111111";
    private const string Two = "222222222222";
    private const string Three = "333333333333";
    private const string Four = "444444444444";

    private const string AliceKey = "AKIAIOSFODNN7EXAMPLE";
    private const string DeployKey = "ASIAIOSFODNN7EXAMPLE";

    private readonly List<(string Id, string Record, string[] Labels)> _events = [];
    private readonly DateTimeOffset _start;
    private int _number;

    public ResponderWorld(DateTimeOffset now)
    {
        // Whole seconds, as CloudTrail has them.
        _start = DateTimeOffset.FromUnixTimeSeconds(now.AddHours(-2).ToUnixTimeSeconds());
        Alice();
        Mallory();
        Unexplained();
        Denied();
        Addresses();
        Workloads();
        Conflict();
        TemporaryTokens();
    }

    public IEnumerable<string> Records => _events.Select(e => e.Record);

    public int Count => _events.Count;

    /// <summary>The ids of the events that answer a question, in order.</summary>
    public string[] Labelled(string label) => [.. _events.Where(e => e.Labels.Contains(label)).Select(e => e.Id).Order(StringComparer.Ordinal)];

    /// <summary>Through deploy@2 to admin@3: a chain of two over account borders.</summary>
    private void Alice()
    {
        var alice = User("alice", One, AliceKey);
        Add(Action(alice, 0, "s3", "ListBuckets"), "1", "3");
        Add(Grant(alice, 10, "deploy", Two, "alice", DeployKey), "1", "3", "by-user");
        var deploy = Role("deploy", Two, "alice", 10, DeployKey);
        Add(Action(deploy, 20, "ec2", "DescribeInstances"), "1", "3", "4", "5", "12", "new-person");
        Add(Action(deploy, 30, "iam", "CreateUser", readOnly: false, more: Request("""{"userName":"backdoor"}""")), "1", "3", "4", "5", "6", "11", "12", "new-person");
        Add(Action(deploy, 32, "iam", "UpdateAssumeRolePolicy", readOnly: false, more: Request("""{"roleName":"web","policyDocument":"{}"}""")),
            "1", "3", "4", "5", "6", "11", "12", "new-person", "trust-policy");
        Add(Action(deploy, 34, "sts", "GetCallerIdentity"), "1", "3", "4", "5", "12", "new-person");
        Add(Action(deploy, 36, "secretsmanager", "GetSecretValue", more: Request("""{"secretId":"db"}""")), "1", "3", "4", "5", "12", "new-person", "secret");
        Add(Grant(deploy, 40, "admin", Three, "alice", Key(2), """ "serialNumber":"arn:aws:iam::111111111111:mfa/alice", """),
            "1", "3", "4", "5", "12", "new-person", "chaining", "mfa");
        var admin = Role("admin", Three, "alice", 40, Key(2));
        Add(Action(admin, 50, "cloudtrail", "StopLogging", readOnly: false, more: Request("""{"name":"trail"}""")),
            "1", "3", "4", "6", "8", "11", "12", "new-person", "trailstream-person-changes-iam-across-accounts");

        // A failure is no change.
        Add(Action(admin, 52, "iam", "DeleteUser", readOnly: false, error: "NoSuchEntityException"), "1", "3", "4", "6", "8", "12", "new-person");

        // The same person in the same role ten days ago: not new.
        const int TenDays = -10 * 86_400;
        Add(Grant(alice, TenDays, "deploy", Two, "alice", Key(3)), "1", "3", "by-user", "old");
        Add(Action(Role("deploy", Two, "alice", TenDays, Key(3)), TenDays + 10, "s3", "ListBuckets"), "1", "3", "5", "12", "new-person", "old");
    }

    /// <summary>Under alice's name.</summary>
    private void Mallory()
    {
        var mallory = User("mallory", Two, "AKIAMALLORYMALLORYAA");
        Add(Grant(mallory, 60, "deploy", Two, "alice", Key(4)), "by-user");
        Add(Action(Role("deploy", Two, "alice", 60, Key(4)), 70, "s3", "GetObject"), "1", "5", "7", "12", "new-person", "trailstream-session-under-another-name");

        // A session that is called like an instance is none.
        Add(Grant(mallory, 80, "web", Two, "i-0123456789abcdef0", Key(5)), "by-user");
        Add(Action(Role("web", Two, "i-0123456789abcdef0", 80, Key(5)), 90, "iam", "CreateUser", readOnly: false, more: Request("""{"userName":"x"}""")),
            "11", "12", "new-person", "instance-by-session-name");
    }

    private void Unexplained()
    {
        var nobody = Role("ops", Three, "who", 95, Key(6));
        Add(Action(nobody, 100, "s3", "ListBuckets"), "2", "12", "trailstream-unexplained-role-use");
        Add(Action(nobody.Replace("\"type\"", "\"invokedBy\":\"athena.amazonaws.com\",\"type\""), 101, "s3", "GetObject"), "12");
        for (var i = 0; i < 50; i++)
        {
            Add(Action(Role("lost", Four, "who", 96, Key(100 + i)), 110 + i, "s3", "ListBuckets"), "2", "12", "trailstream-unexplained-role-use", "trailstream-grants-missing");
        }
    }

    private void Denied()
    {
        string[] actions = ["ListUsers", "ListRoles", "CreateUser", "GetAccountSummary", "ListPolicies"];
        foreach (var action in actions)
        {
            Add(Action(User("bob", One, "AKIABOBBOBBOBBOBBOBB"), 200, "iam", action, error: "AccessDenied"), "10", "trailstream-person-probing");
        }

        // One short of the threshold; and the same action five times.
        foreach (var action in actions[..4].Concat(Enumerable.Repeat("ListUsers", 5)))
        {
            Add(Action(User("dave", One, "AKIADAVEDAVEDAVEDAVE"), 210, "iam", action, error: "Client.UnauthorizedOperation"), "10");
        }

        Add(Action(User("bob", One, "AKIABOBBOBBOBBOBBOBB"), 220, "sts", "GetCallerIdentity"), "caller-identity");
    }

    private void Addresses()
    {
        Add(Grant(User("carol", One, "AKIACAROLCAROLCAROLA"), 300, "reader", One, "carol", Key(7)), "by-user");
        foreach (var ip in (string[])["203.0.113.7", "203.0.113.8", "2001:db8::7"])
        {
            Add(Action(Role("reader", One, "carol", 300, Key(7)), 310, "s3", "GetObject", ip: ip), "12", "new-person", "from-three");
        }

        Add(Grant(User("erin", One, "AKIAERINERINERINERIN"), 320, "reader", One, "erin", Key(8)), "by-user");
        foreach (var ip in (string[])["203.0.113.7", "203.0.113.8", "203.0.113.8"])
        {
            Add(Action(Role("reader", One, "erin", 320, Key(8)), 330, "s3", "GetObject", ip: ip), "12", "new-person", "from-two");
        }
    }

    private void Workloads()
    {
        // EC2 names no assumedRoleUser.
        Add(Grant("""{"type":"AWSService","invokedBy":"ec2.amazonaws.com"}""", 400, "web", Two, "i-0aaaaaaaaaaaaaaa0", Key(9), user: false), "by-service");
        Add(Action(Role("web", Two, "i-0aaaaaaaaaaaaaaa0", 400, Key(9)), 410, "iam", "CreateUser", readOnly: false, more: Request("""{"userName":"y"}""")),
            "12", "instance-by-session-name", "instance-by-origin");
        const string Pod =
            """{"type":"WebIdentityUser","principalId":"arn:aws:iam::222222222222:oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/AB:sts.amazonaws.com:system:serviceaccount:shop:cart","userName":"system:serviceaccount:shop:cart","identityProvider":"arn:aws:iam::222222222222:oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/AB"}""";
        Add(Grant(Pod, 420, "cart", Two, "cart-1", Key(10), action: "AssumeRoleWithWebIdentity"), "pod-grant");
        Add(Action(Role("cart", Two, "cart-1", 420, Key(10)), 430, "s3", "GetObject"), "12", "pod-use");
    }

    /// <summary>Two people were issued one key.</summary>
    private void Conflict()
    {
        Add(Grant(User("frank", One, "AKIAFRANKFRANKFRANKF"), 500, "shared", Two, "s", Key(11)), "by-user");
        Add(Grant(User("grace", One, "AKIAGRACEGRACEGRACEG"), 500, "shared", Two, "s", Key(11)), "by-user");
        Add(Action(Role("shared", Two, "s", 500, Key(11)), 510, "s3", "GetObject"),
            "2", "12", "trailstream-conflicting-grants", "trailstream-unexplained-role-use");
    }

    private void TemporaryTokens()
    {
        var heidi = User("heidi", One, "AKIAHEIDIHEIDIHEIDIH");
        Add(Record(
            heidi, 600, "sts.amazonaws.com", "GetSessionToken", true, "192.0.2.1", null,
            $$""","requestParameters":{"durationSeconds":3600},"responseElements":{"credentials":{"accessKeyId":"{{Key(12)}}","expiration":"{{Time(4200)}}","sessionToken":"HIDDEN"} }"""));
        Add(Action(User("heidi", One, Key(12)), 610, "iam", "ListUsers"), "token-iam");
        Add(Action(heidi, 620, "iam", "ListUsers"));
    }

    public static string Key(int number) =>
        "ASIA" + new string([.. Enumerable.Range(0, 16).Select(i => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"[(number >> (5 * (15 - i))) & (i < 10 ? 0 : 31)])]);

    private void Add(string record, params string[] labels) => _events.Add(($"00000000-0000-4000-8000-{_number:D12}", record, labels));

    private static string User(string name, string account, string key) =>
        $$"""{"type":"IAMUser","principalId":"AIDA{{name.ToUpperInvariant()}}AAAAAAAAAA","arn":"arn:aws:iam::{{account}}:user/{{name}}","accountId":"{{account}}","accessKeyId":"{{key}}","userName":"{{name}}"}""";

    private string Role(string role, string account, string session, int grantedAt, string key) =>
        $$"""{"type":"AssumedRole","principalId":"AROA{{role.ToUpperInvariant()}}:{{session}}","arn":"arn:aws:sts::{{account}}:assumed-role/{{role}}/{{session}}","accountId":"{{account}}","accessKeyId":"{{key}}","sessionContext":{"sessionIssuer":{"type":"Role","principalId":"AROA{{role.ToUpperInvariant()}}","arn":"arn:aws:iam::{{account}}:role/{{role}}","accountId":"{{account}}","userName":"{{role}}"},"attributes":{"creationDate":"{{Time(grantedAt)}}","mfaAuthenticated":"false"} } }""";

    private static string Request(string json) => $",\"requestParameters\":{json},\"responseElements\":null";

    private string Action(
        string identity, int at, string service, string action, bool readOnly = true, string? error = null, string ip = "192.0.2.1",
        string more = ",\"requestParameters\":null,\"responseElements\":null") =>
        Record(identity, at, service + ".amazonaws.com", action, readOnly, ip, error, more);

    private string Grant(
        string identity, int at, string role, string account, string session, string key, string request = "", bool user = true, string action = "AssumeRole")
    {
        var arn = $"arn:aws:sts::{account}:assumed-role/{role}/{session}";
        var assumed = user ? $$""","assumedRoleUser":{"assumedRoleId":"AROA{{role.ToUpperInvariant()}}:{{session}}","arn":"{{arn}}"}""" : "";
        return Record(
            identity, at, "sts.amazonaws.com", action, true, "192.0.2.1", null,
            $$""","requestParameters":{{{request}}"roleArn":"arn:aws:iam::{{account}}:role/{{role}}","roleSessionName":"{{session}}"},"responseElements":{"credentials":{"accessKeyId":"{{key}}","expiration":"{{Time(at + 3600)}}","sessionToken":"HIDDEN"}{{assumed}} },"resources":[{"ARN":"arn:aws:iam::{{account}}:role/{{role}}","accountId":"{{account}}","type":"AWS::IAM::Role"}]""");
    }

    private string Record(string identity, int at, string source, string action, bool readOnly, string ip, string? error, string more)
    {
        _number++;
        var failure = error is null ? "" : $",\"errorCode\":\"{error}\",\"errorMessage\":\"no\"";
        return $$"""{"eventVersion":"1.11","userIdentity":{{identity}},"eventTime":"{{Time(at)}}","eventSource":"{{source}}","eventName":"{{action}}","awsRegion":"eu-west-1","sourceIPAddress":"{{ip}}","userAgent":"aws-cli/2.0","readOnly":{{(readOnly ? "true" : "false")}},"managementEvent":true,"eventType":"AwsApiCall","eventCategory":"Management","recipientAccountId":"{{Two}}","eventID":"00000000-0000-4000-8000-{{_number:D12}}"{{failure}}{{more}}}""";
    }

    private string Time(int seconds) => _start.AddSeconds(seconds).UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture);
}
