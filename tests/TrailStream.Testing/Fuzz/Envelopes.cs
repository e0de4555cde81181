using System.IO.Compression;
using System.Text;
using System.Text.Json;

namespace TrailStream.Testing.Fuzz;

/// <summary>Every way in which records are wrapped on their way to the stream.</summary>
public static class Envelopes
{
    /// <summary>Each takes records (JSON objects) and gives one payload that holds them all.</summary>
    public static IReadOnlyList<(string Name, Func<IReadOnlyList<byte[]>, byte[]> Wrap)> All { get; } =
    [
        ("lines", records => Join(records, "\n")),
        ("concatenated", records => Join(records, "")),
        ("array", Array),
        ("S3 file", records => Text($"{{\"Records\":{Of(Array(records))}}}")),
        ("S3 file, gzip", records => Gzip(Text($"{{\"Records\":{Of(Array(records))}}}"))),
        ("S3 file, gzip, base64", records => Text(Convert.ToBase64String(Gzip(Text($"{{\"Records\":{Of(Array(records))}}}"))))),
        ("EventBridge", records => Lines(records, record => EventBridge(Of(record)))),
        ("CloudWatch Logs", records => Text(Subscription(records))),
        ("CloudWatch Logs, gzip", records => Gzip(Text(Subscription(records)))),
        ("CloudWatch Logs in Lambda", records => Text($"{{\"awslogs\":{{\"data\":\"{Convert.ToBase64String(Gzip(Text(Subscription(records))))}\"}}}}")),
        ("SNS", records => Lines(records, record => $"{{\"Type\":\"Notification\",\"Message\":{Quoted(Of(record))}}}")),
        ("SQS", records => Text($"{{\"Records\":[{string.Join(',', records.Select(r => Sqs(Of(r))))}]}}")),
        ("EventBridge in SNS in SQS", records => Text(
            $"{{\"Records\":[{string.Join(',', records.Select(r => Sqs($"{{\"Type\":\"Notification\",\"Message\":{Quoted(EventBridge(Of(r)))}}}")))}]}}")),
        ("SNS in Lambda", records => Text(
            $"{{\"Records\":[{string.Join(',', records.Select(r => $"{{\"EventSource\":\"aws:sns\",\"Sns\":{{\"Message\":{Quoted(Of(r))}}}}}"))}]}}")),
        ("Firehose transformation", records => Text(
            $"{{\"records\":[{string.Join(',', records.Select(r => $"{{\"recordId\":\"1\",\"data\":\"{Convert.ToBase64String(r)}\"}}"))}]}}")),
        ("Filebeat", records => Lines(records, r => $"{{\"@timestamp\":\"2026-01-01T00:00:00Z\",\"message\":{Quoted(Of(r))},\"event\":{{\"original\":{Quoted(Of(r))}}}}}")),
        ("Elastic, event.original", records => Lines(records, r => $"{{\"event\":{{\"original\":{Quoted(Of(r))}}}}}")),
        ("Vector", records => Lines(records, r => $"{{\"bucket\":\"b\",\"message\":{Quoted(Of(r))},\"source_type\":\"aws_s3\"}}")),
        ("Fluent Bit", records => Lines(records, r => $"{{\"date\":1790000000.5,\"log\":{Quoted(Of(r))}}}")),
        ("Splunk", records => Lines(records, r => $"{{\"_raw\":{Quoted(Of(r))}}}")),
        ("GCP", records => Lines(records, r => $"{{\"jsonPayload\":{Of(r)}}}")),
        ("Kafka Connect", records => Lines(records, r => $"{{\"schema\":null,\"payload\":{Of(r)}}}")),
        ("LookupEvents", records => Text($"{{\"Events\":[{string.Join(',', records.Select(r => $"{{\"EventId\":\"1\",\"CloudTrailEvent\":{Quoted(Of(r))}}}"))}]}}")),
    ];

    public static byte[] Gzip(ReadOnlySpan<byte> bytes)
    {
        using var memory = new MemoryStream();
        using (var gzip = new GZipStream(memory, CompressionLevel.Fastest, leaveOpen: true))
        {
            gzip.Write(bytes);
        }

        return memory.ToArray();
    }

    private static string EventBridge(string record) =>
        $"{{\"version\":\"0\",\"id\":\"1\",\"detail-type\":\"AWS API Call via CloudTrail\",\"source\":\"aws.sts\",\"resources\":[],\"detail\":{record}}}";

    private static string Sqs(string body) => $"{{\"messageId\":\"1\",\"body\":{Quoted(body)},\"eventSource\":\"aws:sqs\"}}";

    private static string Subscription(IReadOnlyList<byte[]> records) =>
        "{\"messageType\":\"DATA_MESSAGE\",\"owner\":\"1\",\"logGroup\":\"g\",\"logStream\":\"s\",\"subscriptionFilters\":[\"f\"],\"logEvents\":["
        + string.Join(',', records.Select(r => $"{{\"id\":\"1\",\"timestamp\":1,\"message\":{Quoted(Of(r))}}}")) + "]}";

    private static byte[] Array(IReadOnlyList<byte[]> records) => Text($"[{string.Join(',', records.Select(Of))}]");

    private static byte[] Lines(IReadOnlyList<byte[]> records, Func<byte[], string> line) => Text(string.Join('\n', records.Select(line)));

    private static byte[] Join(IReadOnlyList<byte[]> records, string between) => Text(string.Join(between, records.Select(Of)));

    private static string Quoted(string text) => JsonSerializer.Serialize(text);

    private static string Of(byte[] bytes) => Encoding.UTF8.GetString(bytes);

    private static byte[] Text(string text) => Encoding.UTF8.GetBytes(text);
}
