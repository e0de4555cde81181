namespace TrailStream.Core.CloudTrail;

/// <summary>What one record may cost. Event content is attacker-controlled.</summary>
/// <param name="EventBytesMax">One event. AWS writes at most 256 KB, with enriched context 1 MB.</param>
/// <param name="InflatedBytesMax">All that one record inflates to. S3 files hold tens of megabytes.</param>
/// <param name="InflateRatioMax">Inflated to compressed size; real CloudTrail compresses about 10 to 30 times, bombs a thousand.</param>
/// <param name="EventsMax">Events in one record. S3 files hold a few thousand.</param>
/// <param name="EnvelopesMax">Layers around an event: each object, list, string and compression counts. SQS around SNS around EventBridge is six,
/// a CloudWatch Logs subscription in Lambda seven.</param>
public sealed record DecodeLimits(int EventBytesMax, int InflatedBytesMax, int InflateRatioMax, int EventsMax, int EnvelopesMax)
{
    public static DecodeLimits Default { get; } = new(8 << 20, 64 << 20, 200, 10_000, 12);
}

/// <summary>Inflates a format that this library does not know; the pipeline supplies zstd.</summary>
public interface IPayloadInflater
{
    /// <summary>Inflates into the span; false when the data is corrupt or does not fit.</summary>
    bool TryInflate(ReadOnlySpan<byte> compressed, Span<byte> inflated, out int length);
}
