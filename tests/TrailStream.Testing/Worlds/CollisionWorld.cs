using System.Globalization;
using System.Text;

namespace TrailStream.Testing.Worlds;

/// <summary>A few events about very few keys, roles, names and seconds, so that nearly everything collides: twins, conflicts, cycles, ambiguous
/// sessions, claims, keys used as others. No trail is like that; every rule must hold in it all the same.</summary>
public sealed class CollisionWorld
{
    private static readonly string[] Accounts = ["111111111111", "222222222222"];
    private static readonly string[] Roles = ["reader", "writer"];
    private static readonly string[] Names = ["alice", "job"];
    private static readonly string[] Keys = ["ASIAAAAAAAAAAAAAAAAB", "ASIAAAAAAAAAAAAAAAAC", "ASIAAAAAAAAAAAAAAAAD", "ASIAIOSFODNN7EXAMPLE"];
    private static readonly int[] Seconds = [0, 1, 2, 3, 5, 600];

    private readonly Random _random;
    private readonly List<byte[]> _records = [];

    private CollisionWorld(int seed) => _random = new Random(seed);

    /// <summary>The records of the world with this seed.</summary>
    public static IReadOnlyList<byte[]> Records(int seed)
    {
        var world = new CollisionWorld(seed);
        for (var i = world._random.Next(1, 7); i > 0; i--)
        {
            world.AddGrant();
        }

        for (var i = world._random.Next(1, 5); i > 0; i--)
        {
            world.AddAction();
        }

        return world._records;
    }

    private T Any<T>(IReadOnlyList<T> of) => of[_random.Next(of.Count)];

    private bool Chance(int percent) => _random.Next(100) < percent;

    private static string Time(int second) => DateTimeOffset.UnixEpoch.AddSeconds(1_790_000_000 + second).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    private void AddGrant()
    {
        var second = Any(Seconds);
        var (role, name, account, key) = (Any(Roles), Any(Names), Any(Accounts), Any(Keys));
        var action = _random.Next(12) switch { 0 => "GetSessionToken", 1 => "AssumeRoleWithSAML", _ => "AssumeRole" };
        var credentials = $$"""{"credentials":{"accessKeyId":"{{key}}","expiration":"{{Time(second + 900)}}"}""";
        if (action == "GetSessionToken")
        {
            Add(User(), second, "sts.amazonaws.com", action, "null", credentials + "}");
            return;
        }

        var request = $$"""{"roleArn":"arn:aws:iam::{{account}}:role/{{role}}","roleSessionName":"{{name}}"}""";
        var assumed = Chance(80) ? $$""","assumedRoleUser":{"arn":"arn:aws:sts::{{account}}:assumed-role/{{role}}/{{name}}"}""" : "";
        var caller = action == "AssumeRoleWithSAML" ? """{"type":"SAMLUser","principalId":"idp:carol","userName":"carol","identityProvider":"idp"}""" : Caller();
        Add(caller, second, "sts.amazonaws.com", action, request, credentials + assumed + "}");
        if (Chance(30))
        {
            // The other account's record of the same call, or what pretends to be.
            Add(Poor(), second, "sts.amazonaws.com", action, request, credentials + assumed + "}");
        }
    }

    private void AddAction()
    {
        if (Chance(15))
        {
            Add(User(), Any(Seconds), "s3.amazonaws.com", "ListBuckets", "null", "null");
        }
        else if (Chance(10))
        {
            var from = Chance(70) ? "arn:aws:iam::111111111111:user/" + Any(Names) : "arn:aws:sts::111111111111:assumed-role/reader/job";
            Add(Role(), Any(Seconds), "signin.amazonaws.com", "SwitchRole", "null", "null", $$""","additionalEventData":{"SwitchFrom":"{{from}}"}""");
        }
        else
        {
            var behalf = Chance(15) ? $$""","onBehalfOf":{"userId":"u-{{Any(Names)}}","identityStoreArn":"arn:aws:identitystore::1:identitystore/d-1"}""" : "";
            Add(Role(behalf), Any(Seconds), "s3.amazonaws.com", "ListBuckets", "null", "null");
        }
    }

    private string Caller() => _random.Next(10) switch
    {
        < 3 => User(),
        3 => """{"type":"AWSService","invokedBy":"ec2.amazonaws.com"}""",
        < 6 => Poor(),
        _ => Role(),
    };

    private string User()
    {
        var name = Any(Names);
        return $$"""{"type":"IAMUser","principalId":"AIDA{{name.ToUpperInvariant()}}","arn":"arn:aws:iam::111111111111:user/{{name}}","accountId":"111111111111","userName":"{{name}}","accessKeyId":"AKIAIOSFODNN7EXAMPLE"}""";
    }

    private string Poor() => $$"""{"type":"AWSAccount","principalId":"{{(Chance(70) ? "AIDA" + Any(Names).ToUpperInvariant() : "AROAREADER:job")}}","accountId":"111111111111"}""";

    private string Role(string more = "")
    {
        var (role, name, account) = (Any(Roles), Any(Names), Any(Accounts));
        var key = Chance(70) ? $"\"accessKeyId\":\"{Any(Keys)}\"," : "";
        var created = Chance(90) ? $"\"creationDate\":\"{Time(Any(Seconds))}\"," : "";
        return $$"""{"type":"AssumedRole","principalId":"AROA{{role.ToUpperInvariant()}}:{{name}}","arn":"arn:aws:sts::{{account}}:assumed-role/{{role}}/{{name}}","accountId":"{{account}}",{{key}}"sessionContext":{"sessionIssuer":{"type":"Role","arn":"arn:aws:iam::{{account}}:role/{{role}}"},"attributes":{ {{created}}"mfaAuthenticated":"false"} }{{more}}}""";
    }

    private void Add(string identity, int second, string source, string name, string request, string response, string more = "")
    {
        var id = $"{_random.Next(256):x2}{_records.Count:x6}-0000-4000-8000-000000000000";
        _records.Add(Encoding.UTF8.GetBytes(
            $$"""{"eventVersion":"1.11","userIdentity":{{identity}},"eventTime":"{{Time(second)}}","eventSource":"{{source}}","eventName":"{{name}}","sourceIPAddress":"192.0.2.{{_records.Count}}","requestParameters":{{request}},"responseElements":{{response}}{{more}},"eventID":"{{id}}"}"""));
    }
}
