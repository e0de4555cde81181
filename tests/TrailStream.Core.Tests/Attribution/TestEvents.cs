namespace TrailStream.Core.Tests.Attribution;

/// <summary>Records of the shapes that CloudTrail writes, with only what attribution looks at.</summary>
internal static class TestEvents
{
    private static int _number;

    public const string Day = "2026-11-20T";

    public static string User(string name, string account = "111111111111", string key = "AKIAIOSFODNN7EXAMPLE") =>
        $$"""{"type":"IAMUser","principalId":"AIDA{{name.ToUpperInvariant()}}EXAMPLE","arn":"arn:aws:iam::{{account}}:user/{{name}}","accountId":"{{account}}","accessKeyId":"{{key}}","userName":"{{name}}"}""";

    public static string Service(string name) => $$"""{"type":"AWSService","invokedBy":"{{name}}"}""";

    public static string External(string principalId, string account = "111111111111") =>
        $$"""{"type":"AWSAccount","principalId":"{{principalId}}","accountId":"{{account}}"}""";

    public static string Role(string role, string session, string created, string? key, string account = "111111111111", string more = "") =>
        $$"""{"type":"AssumedRole","principalId":"AROA{{role.ToUpperInvariant()}}:{{session}}","arn":"arn:aws:sts::{{account}}:assumed-role/{{role}}/{{session}}","accountId":"{{account}}",{{(key is null ? "" : $"\"accessKeyId\":\"{key}\",")}}"sessionContext":{"sessionIssuer":{"type":"Role","principalId":"AROA{{role.ToUpperInvariant()}}","arn":"arn:aws:iam::{{account}}:role/{{role}}","accountId":"{{account}}","userName":"{{role}}"},"attributes":{"creationDate":"{{Day}}{{created}}Z","mfaAuthenticated":"false"} } {{more}} }""";

    public static string Action(string identity, string time, string name = "ListBuckets", string source = "s3.amazonaws.com", string more = "", string? id = null) =>
        $$"""{"eventVersion":"1.11","userIdentity":{{identity}},"eventTime":"{{Day}}{{time}}Z","eventSource":"{{source}}","eventName":"{{name}}","awsRegion":"eu-west-1","sourceIPAddress":"192.0.2.1","requestParameters":null,"responseElements":null,"eventID":"{{id ?? NextId()}}"{{more}}}""";

    public static string Grant(
        string identity, string time, string role, string session, string issuedKey, string account = "111111111111", string? shared = null,
        string action = "AssumeRole", bool withUser = true, string? id = null, string expires = "23:00:00", string more = "") =>
        $$"""{"eventVersion":"1.11","userIdentity":{{identity}},"eventTime":"{{Day}}{{time}}Z","eventSource":"sts.amazonaws.com","eventName":"{{action}}","awsRegion":"us-east-1","sourceIPAddress":"192.0.2.1","requestParameters":{"roleArn":"arn:aws:iam::{{account}}:role/{{role}}","roleSessionName":"{{session}}","durationSeconds":3600},"responseElements":{"credentials":{"accessKeyId":"{{issuedKey}}","expiration":"{{Day}}{{expires}}Z","sessionToken":"EXAMPLE"}{{(withUser ? $",\"assumedRoleUser\":{{\"assumedRoleId\":\"AROA:{session}\",\"arn\":\"arn:aws:sts::{account}:assumed-role/{role}/{session}\"}}" : "")}}},"eventID":"{{id ?? NextId()}}"{{(shared is null ? "" : $",\"sharedEventID\":\"{shared}\"")}}{{more}}}""";

    /// <summary>A key as AWS issues them, 16 base32 characters behind the prefix.</summary>
    public static string Key(int number)
    {
        Span<char> text = stackalloc char[16];
        for (var i = 15; i >= 0; i--)
        {
            text[i] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"[number & 31];
            number >>= 5;
        }

        return "ASIA" + new string(text);
    }

    private static string NextId() => $"00000000-0000-4000-8000-{Interlocked.Increment(ref _number):D12}";
}
