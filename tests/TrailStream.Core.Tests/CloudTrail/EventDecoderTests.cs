using System.IO.Compression;
using System.Text;
using System.Text.Json;
using TrailStream.Core.CloudTrail;
using Xunit;

namespace TrailStream.Core.Tests.CloudTrail;

public sealed class EventDecoderTests
{
    private const string Record =
        """{"eventVersion":"1.11","userIdentity":{"type":"IAMUser","userName":"alice"},"eventTime":"2026-11-20T10:00:00Z","eventSource":"s3.amazonaws.com","eventName":"ListBuckets","eventID":"e1","requestParameters":null,"responseElements":null}""";

    private static readonly string Second = Record.Replace("\"e1\"", "\"e2\"");

    private readonly EventBatch _events = new();
    private readonly List<DecodeFailure> _failures = [];

    public static TheoryData<string, string> Envelopes => new()
    {
        { "bare record", Record },
        { "byte order mark", "\uFEFF" + Record },
        { "S3 file", $$"""{"Records":[{{Record}}]}""" },
        { "EventBridge", "{\"version\":\"0\",\"id\":\"x\",\"detail-type\":\"AWS API Call via CloudTrail\",\"source\":\"aws.s3\",\"detail\":" + Record + "}" },
        { "array", $"[{Record}]" },
        { "EventBridge", $$"""{"version":"0","id":"x","detail-type":"AWS API Call via CloudTrail","source":"aws.s3","detail":{{Record}}}""" },
        { "CloudWatch Logs", "{\"messageType\":\"DATA_MESSAGE\",\"owner\":\"1\",\"logEvents\":[{\"id\":\"1\",\"timestamp\":1,\"message\":" + Quote(Record) + "}]}" },
        { "CloudWatch Logs in Lambda", "{\"awslogs\":{\"data\":\"" + Base64Gzip("{\"messageType\":\"DATA_MESSAGE\",\"logEvents\":[{\"message\":" + Quote(Record) + "}]}") + "\"}}" },
        { "Firehose in Lambda", $$"""{"records":[{"recordId":"1","data":"{{Convert.ToBase64String(Encoding.UTF8.GetBytes(Record))}}"}]}""" },
        { "SNS", $$"""{"Type":"Notification","MessageId":"1","Message":{{Quote(Record)}}}""" },
        { "SNS in Lambda", "{\"Records\":[{\"EventSource\":\"aws:sns\",\"Sns\":{\"Message\":" + Quote(Record) + "}}]}" },
        { "SQS around SNS around EventBridge", "{\"Records\":[{\"messageId\":\"1\",\"body\":" + Quote("{\"Type\":\"Notification\",\"Message\":" + Quote("{\"detail\":" + Record + "}") + "}") + ",\"eventSource\":\"aws:sqs\"}]}" },
        { "Filebeat", "{\"@timestamp\":\"2026-11-20T10:00:01Z\",\"message\":" + Quote(Record) + ",\"event\":{\"original\":" + Quote(Record) + "}}" },
        { "event.original", "{\"@timestamp\":\"2026-11-20T10:00:01Z\",\"event\":{\"kind\":\"event\",\"original\":" + Quote(Record) + "}}" },
        { "Fluent Bit", $$"""{"date":1.5,"log":{{Quote(Record)}}}""" },
        { "Splunk", $$"""{"time":1,"event":{{Record}}}""" },
        { "Kafka Connect", $$"""{"schema":null,"payload":{{Record}}}""" },
        { "LookupEvents", $$"""{"Events":[{"EventId":"e1","CloudTrailEvent":{{Quote(Record)}}}]}""" },
        { "base64 of gzip", Base64Gzip(Record) },
    };

    [Theory]
    [MemberData(nameof(Envelopes))]
    public void AnyEnvelope_GivesItsOneEvent(string name, string payload)
    {
        Decode(Encoding.UTF8.GetBytes(payload));
        Assert.True(_failures.Count == 0, $"{name}: {string.Join(", ", _failures)}");
        Assert.Equal(Record, Assert.Single(Texts()));
        Assert.Equal(DateTimeOffset.Parse("2026-11-20T10:00:00Z").ToUnixTimeSeconds(), _events[0].EventTime);
    }

    [Fact]
    public void GzipPayload_IsInflated()
    {
        Decode(Gzip($$"""{"Records":[{{Record}},{{Second}}]}"""));
        Assert.Equal([Record, Second], Texts());
    }

    [Theory]
    [InlineData("\n")]
    [InlineData("")]
    [InlineData("\r\n\r\n")]
    public void SeveralValues_AreAllDecoded(string separator)
    {
        Decode(Encoding.UTF8.GetBytes(Record + separator + Second + separator));
        Assert.Equal([Record, Second], Texts());
        Assert.Empty(_failures);
    }

    [Theory]
    [InlineData("""{"Records":[{"eventVersion":"2.5","eventSource":"aws:s3","eventName":"ObjectCreated:Put","eventTime":"2026-11-20T10:00:00Z","userIdentity":{"principalId":"AWS:AIDA"},"s3":{"object":{"key":"a"}}}]}""", DecodeStatus.Pointer)]
    [InlineData("""{"s3Bucket":"b","s3ObjectKey":["AWSLogs/x.json.gz"]}""", DecodeStatus.Pointer)]
    [InlineData("""{"Service":"Amazon S3","Event":"s3:TestEvent","Time":"2026-11-20T10:00:00Z"}""", DecodeStatus.Control)]
    [InlineData("""{"messageType":"CONTROL_MESSAGE","logEvents":[{"message":"CWL CONTROL MESSAGE: Checking health of destination"}]}""", DecodeStatus.Control)]
    [InlineData("""{"awsAccountId":"1","digestStartTime":"2026-11-20T10:00:00Z","logFiles":[]}""", DecodeStatus.Digest)]
    [InlineData("""{"class_uid":6003,"metadata":{}}""", DecodeStatus.NotCloudTrail)]
    [InlineData("""{"eventTime":"yesterday","eventSource":"a","eventName":"b"}""", DecodeStatus.BadTime)]
    [InlineData("""{"eventTime":"2026-11-20T10:00:00Z","eventSource":"a","eventName":"b","eventName":"c"}""", DecodeStatus.DuplicateMembers)]
    [InlineData("""{"eventTime":"2026-11-20T10:00:00Z","eventSource":"a","eventName":"b","event\u004eame":"c"}""", DecodeStatus.DuplicateMembers)]
    [InlineData("""{"eventTime":"2026-11-20T10:00:00Z","eventSource":"a","eventName":"b","x":{"a":[}]}""", DecodeStatus.BadJson)]
    [InlineData("""{"eventTime":"2026-11-20T10:00:00Z","eventSource":"a","eventName":"b","x":"unclosed}""", DecodeStatus.BadJson)]
    [InlineData("not json", DecodeStatus.BadJson)]
    [InlineData("", DecodeStatus.BadJson)]
    [InlineData("H4sI!!!!", DecodeStatus.BadCompression)]
    public void WhatIsNoEvent_IsToldApart(string payload, DecodeStatus expected)
    {
        Decode(Encoding.UTF8.GetBytes(payload));
        Assert.Equal(0, _events.Count);
        Assert.Equal(expected, Assert.Single(_failures).Status);
    }

    [Fact]
    public void BadSibling_DoesNotSpoilTheOthers()
    {
        Decode(Encoding.UTF8.GetBytes($$"""{"Records":[{{Record}},{"eventTime":"x","eventSource":"a","eventName":"b"},{{Second}}]}"""));
        Assert.Equal([Record, Second], Texts());
        Assert.Equal(DecodeStatus.BadTime, Assert.Single(_failures).Status);
    }

    [Fact]
    public void BadLine_DoesNotSpoilTheOthers()
    {
        Decode(Encoding.UTF8.GetBytes($"{Record}\n{{\"broken\":\n{Second}\n"));
        Assert.Contains(Record, Texts());
        Assert.NotEmpty(_failures);
    }

    [Fact]
    public void CutFile_GivesWhatItHolds()
    {
        var whole = $$"""{"Records":[{{Record}},{{Second}}]}""";
        Decode(Encoding.UTF8.GetBytes(whole[..^60]));
        Assert.Equal(Record, Assert.Single(Texts()));
        Assert.Equal(DecodeStatus.BadJson, Assert.Single(_failures).Status);
    }

    [Fact]
    public void Depth_IsLimited()
    {
        Decode(Nested(RecordScanner.DepthMax - 2));
        Assert.Equal(1, _events.Count);
        _events.Clear();
        Decode(Nested(100_000));
        Assert.Equal(0, _events.Count);
        Assert.Equal(DecodeStatus.TooDeep, Assert.Single(_failures).Status);
    }

    [Fact]
    public void Bomb_StopsAtTheLimit()
    {
        using var memory = new MemoryStream();
        using (var gzip = new GZipStream(memory, CompressionLevel.Optimal, leaveOpen: true))
        {
            var zeros = new byte[1 << 20];
            for (var i = 0; i < 300; i++)
            {
                gzip.Write(zeros);
            }
        }

        Decode(memory.ToArray());
        Assert.Equal(DecodeStatus.Bomb, Assert.Single(_failures).Status);
    }

    [Fact]
    public void Secrets_AreHidden()
    {
        const string Token = "FwoGZXIvYXdzEXAMPLE";
        var grant = Record.Replace(
            "\"responseElements\":null",
            $$$$"""
            "responseElements":{"credentials":{"accessKeyId":"ASIAEXAMPLE","sessionToken":"{{{{Token}}}}","secretAccessKey" : "{{{{Token}}}}"},"wrapped":"{\"sessionToken\": \"{{{{Token}}}}\",\"x\":1}","list":[{"session\u0054oken":"{{{{Token}}}}"}]}
            """.Trim());
        Decode(Encoding.UTF8.GetBytes(grant));
        var text = Assert.Single(Texts());
        Assert.DoesNotContain(Token, text);
        Assert.Contains("ASIAEXAMPLE", text);
        using var parsed = JsonDocument.Parse(text);
        using var wrapped = JsonDocument.Parse(parsed.RootElement.GetProperty("responseElements").GetProperty("wrapped").GetString()!);
        Assert.Equal(1, wrapped.RootElement.GetProperty("x").GetInt32());
    }

    [Fact]
    public void Passwords_AreHidden_AndWhatAwsHasHiddenStays()
    {
        const string Password = "correct-horse";
        const string Kept = "\"oldPassword\":\"HIDDEN_DUE_TO_SECURITY_REASONS\",\"tdePassword\":\"****\",\"passwordResetRequired\":false,\"note\":\"password\"";
        var record = Record.Replace(
            "\"requestParameters\":null",
            $$$$"""
            "requestParameters":{"password":"{{{{Password}}}}","MasterUserPassword": "{{{{Password}}}}",{{{{Kept}}}},"body":"{\"newPassword\":\"{{{{Password}}}}\",\"sessionToken\":\"\",\"y\":2}"}
            """.Trim());
        Decode(Encoding.UTF8.GetBytes(record));
        var text = Assert.Single(Texts());
        Assert.DoesNotContain(Password, text);
        Assert.Contains(Kept, text);
        using var parsed = JsonDocument.Parse(text);
        using var body = JsonDocument.Parse(parsed.RootElement.GetProperty("requestParameters").GetProperty("body").GetString()!);
        Assert.Equal(2, body.RootElement.GetProperty("y").GetInt32());
    }

    [Fact]
    public void LineFeedsBetweenTokens_AreTakenOut()
    {
        // Written raw into a _bulk body, these lines would be action lines of the attacker's choice.
        var hostile = Record.Replace("\"requestParameters\":null", "\"requestParameters\":{\"a\":[\n{\"delete\":{\"_index\":\"t\",\"_id\":\"v\"}},\n{}]}");
        Decode(Encoding.UTF8.GetBytes(hostile));
        var text = Assert.Single(Texts());
        Assert.DoesNotContain('\n', text);
        Assert.Equal(hostile.Replace("\n", ""), text);
    }

    [Fact]
    public void RawControlCharacterInString_IsRefused()
    {
        Decode(Encoding.UTF8.GetBytes(Record.Replace("ListBuckets", "List\u0001Buckets")));
        Assert.Equal(DecodeStatus.BadJson, Assert.Single(_failures).Status);
    }

    [Fact]
    public void InvalidUtf8_IsRepaired()
    {
        var bytes = Encoding.UTF8.GetBytes(Record);
        bytes[Record.IndexOf("alice", StringComparison.Ordinal)] = 0xFF;
        Decode(bytes);
        Assert.Contains("\uFFFDlice", Assert.Single(Texts()));
    }

    [Fact]
    public void UsualPayloads_AllocateNothing()
    {
        var payload = Encoding.UTF8.GetBytes($$"""{"Records":[{{Record}},{{Second}}]}""");
        var decoder = new EventDecoder();
        decoder.Decode(payload, 0, _events, _failures);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++)
        {
            _events.Clear();
            decoder.Decode(payload, 0, _events, _failures);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private static byte[] Nested(int levels) => Encoding.UTF8.GetBytes(
        Record.Replace("\"requestParameters\":null", $"\"requestParameters\":{string.Concat(Enumerable.Repeat("{\"a\":", levels))}1{new string('}', levels)}"));

    private static string Quote(string text) => JsonSerializer.Serialize(text);

    private static string Base64Gzip(string text) => Convert.ToBase64String(Gzip(text));

    private static byte[] Gzip(string text)
    {
        using var memory = new MemoryStream();
        using (var gzip = new GZipStream(memory, CompressionLevel.Fastest))
        {
            gzip.Write(Encoding.UTF8.GetBytes(text));
        }

        return memory.ToArray();
    }

    private void Decode(byte[] payload) => new EventDecoder().Decode(payload, 0, _events, _failures);

    private List<string> Texts() => [.. Enumerable.Range(0, _events.Count).Select(i => Encoding.UTF8.GetString(_events.Record(i)))];
}
