using System.Text;
using TrailStream.Core.Attribution;
using TrailStream.Core.CloudTrail;
using TrailStream.Core.Sessions;

namespace TrailStream.Benchmarks;

/// <summary>Many sessions of a few roles, as a large organisation has them: each with a key, a session name and a grant of its own. Records are
/// made one at a time from a pattern, so that millions fit.</summary>
internal sealed class IndexLoad : IDisposable
{
    private const string Base32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    private readonly EventDecoder _decoder = new();
    private readonly EventBatch _batch = new();
    private readonly List<DecodeFailure> _failures = [];
    private readonly List<ulong> _wakes = [];

    public IndexLoad(int sessionsMax)
    {
        Index = new SessionIndex(SessionIndexOptions.Default with { SessionsMax = sessionsMax });
        Attributor = new Attributor(Index);
    }

    public SessionIndex Index { get; }

    public Attributor Attributor { get; }

    public void Learn(byte[] grant)
    {
        Decode(grant);
        Index.EnterWrite();
        Attributor.Learn(_batch.Record(0), in _batch[0].Fields, _wakes);
        Index.ExitWrite();
        _wakes.Clear();
    }

    public AttributionStatus Attribute(byte[] use)
    {
        Decode(use);
        Index.EnterRead();
        var verdict = Attributor.Attribute(_batch.Record(0), in _batch[0].Fields, graceOver: true);
        Index.ExitRead();
        return verdict.Status;
    }

    public void Dispose() => Index.Dispose();

    public static byte[] Grant(int number) => Encoding.UTF8.GetBytes(
        $$$"""
        {"eventVersion":"1.11","userIdentity":{"type":"IAMUser","principalId":"AIDA{{{Key(number % 997)}}}",
        "arn":"arn:aws:iam::111122223333:user/user-{{{number % 997}}}","accountId":"111122223333","accessKeyId":"AKIA{{{Key(number % 997)}}}",
        "userName":"user-{{{number % 997}}}"},"eventTime":"2026-03-01T10:{{{number / 60 % 60:D2}}}:{{{number % 60:D2}}}Z",
        "eventSource":"sts.amazonaws.com","eventName":"AssumeRole","awsRegion":"eu-west-1","sourceIPAddress":"198.51.100.{{{number % 250}}}",
        "userAgent":"aws-cli/2.15","requestParameters":{"roleArn":"arn:aws:iam::444455556666:role/role-{{{number % 199}}}",
        "roleSessionName":"session-{{{number}}}"},"responseElements":{"credentials":{"accessKeyId":"ASIA{{{Key(number + 1000)}}}",
        "expiration":"Mar 2, 2026, 12:00:00 AM"},"assumedRoleUser":{"assumedRoleId":"AROA{{{Key(number % 199)}}}:session-{{{number}}}",
        "arn":"arn:aws:sts::444455556666:assumed-role/role-{{{number % 199}}}/session-{{{number}}}"}},"requestID":"r",
        "eventID":"{{{number:x8}}}-0000-4000-8000-000000000000","readOnly":true,"eventType":"AwsApiCall","managementEvent":true,
        "recipientAccountId":"444455556666","eventCategory":"Management"}
        """.ReplaceLineEndings(""));

    public static byte[] Use(int number) => Encoding.UTF8.GetBytes(
        $$$$"""
        {"eventVersion":"1.11","userIdentity":{"type":"AssumedRole","principalId":"AROA{{{{Key(number % 199)}}}}:session-{{{{number}}}}",
        "arn":"arn:aws:sts::444455556666:assumed-role/role-{{{{number % 199}}}}/session-{{{{number}}}}","accountId":"444455556666",
        "accessKeyId":"ASIA{{{{Key(number + 1000)}}}}","sessionContext":{"sessionIssuer":{"type":"Role",
        "principalId":"AROA{{{{Key(number % 199)}}}}","arn":"arn:aws:iam::444455556666:role/role-{{{{number % 199}}}}","accountId":"444455556666",
        "userName":"role-{{{{number % 199}}}}"},"attributes":{"creationDate":"2026-03-01T10:{{{{number / 60 % 60:D2}}}}:{{{{number % 60:D2}}}}Z",
        "mfaAuthenticated":"false"}}},"eventTime":"2026-03-01T11:30:00Z","eventSource":"s3.amazonaws.com","eventName":"ListBuckets",
        "awsRegion":"eu-west-1","sourceIPAddress":"198.51.100.9","userAgent":"aws-cli/2.15","requestParameters":null,"responseElements":null,
        "requestID":"r","eventID":"{{{{number:x8}}}}-0000-4000-8000-000000000001","readOnly":true,"eventType":"AwsApiCall","managementEvent":true,
        "recipientAccountId":"444455556666","eventCategory":"Management"}
        """.ReplaceLineEndings(""));

    /// <summary>16 characters of base32, spread over the whole alphabet as real keys are.</summary>
    private static string Key(int number)
    {
        var bits = ((UInt128)(uint)number * 0x9E3779B97F4A7C15) ^ ((UInt128)(uint)number << 64) ^ ((UInt128)0xC2B2AE3D27D4EB4F << 16);
        return string.Create(16, bits, (text, value) =>
        {
            for (var i = 0; i < text.Length; i++)
            {
                text[i] = Base32[(int)(value & 31)];
                value >>= 5;
            }
        });
    }

    private void Decode(byte[] record)
    {
        _batch.Clear();
        _decoder.Decode(record, 0, _batch, _failures);
        if (_batch.Count != 1)
        {
            throw new InvalidOperationException("The pattern is no event.");
        }
    }
}
