using System.Globalization;
using System.Text;
using System.Text.Json;

namespace TrailStream.Pipeline.Store;

/// <summary>A note in the sessions topic: whatever was published there before a moment needs no question to the stores any more, as far as the node
/// knows that reads this partition of the input. Its key names the partition, so that compaction keeps the last one.</summary>
/// <param name="Topic">Topic of the input.</param>
/// <param name="Partition">Its partition.</param>
/// <param name="Until">By Kafka's timestamps in the sessions topic; whole milliseconds.</param>
internal readonly record struct AskedNote(string Topic, int Partition, DateTimeOffset Until)
{
    private const int LengthMax = 512;

    private static ReadOnlySpan<byte> Begin => "{\"trailstreamAsked\":{"u8;

    public byte[] Key => Encoding.UTF8.GetBytes($"trailstream-asked/{Topic}/{Partition.ToString(CultureInfo.InvariantCulture)}");

    /// <summary><c>{"trailstreamAsked":{"topic":"cloudtrail","partition":3,"until":1764115200000}}</c></summary>
    public byte[] ToJson()
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartObject();
            json.WriteStartObject("trailstreamAsked"u8);
            json.WriteString("topic"u8, Topic);
            json.WriteNumber("partition"u8, Partition);
            json.WriteNumber("until"u8, Until.ToUnixTimeMilliseconds());
            json.WriteEndObject();
            json.WriteEndObject();
        }

        return stream.ToArray();
    }

    /// <summary>Reads the shape above, and nothing that has a member more: an event must not be taken for a note, whatever stands in it.</summary>
    public static bool TryRead(ReadOnlySpan<byte> record, out AskedNote note)
    {
        note = default;
        if (record.Length > LengthMax || record.Length == Begin.Length || !record.StartsWith(Begin))
        {
            return false;
        }

        try
        {
            var reader = new Utf8JsonReader(record[(Begin.Length - 1)..^1]);
            using var parsed = JsonDocument.ParseValue(ref reader);
            var members = parsed.RootElement;
            if (record[^1] != '}' || reader.BytesConsumed != record.Length - Begin.Length
                || members.EnumerateObject().Count() != 3
                || !members.TryGetProperty("topic"u8, out var topic) || topic.ValueKind != JsonValueKind.String
                || !members.TryGetProperty("partition"u8, out var partition) || !partition.TryGetInt32(out var number)
                || !members.TryGetProperty("until"u8, out var until) || !until.TryGetInt64(out var milliseconds)
                || milliseconds is < 0 or > 253_402_300_799_999)
            {
                return false;
            }

            note = new AskedNote(topic.GetString()!, number, DateTimeOffset.FromUnixTimeMilliseconds(milliseconds));
            return true;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return false;
        }
    }
}
