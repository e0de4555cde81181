using System.Globalization;
using System.Text;
using System.Text.Json;

namespace TrailStream.Pipeline.Kafka;

/// <summary>What the node that reads a partition of the input tells the others, and whoever reads it next, in the sessions topic. Its key names kind and
/// partition, so that compaction keeps the last one.</summary>
/// <param name="Kind">What is said.</param>
/// <param name="Topic">Topic of the input.</param>
/// <param name="Partition">Its partition.</param>
/// <param name="Until">Up to when it holds; whole milliseconds.</param>
internal readonly record struct PartitionNote(NoteKind Kind, string Topic, int Partition, DateTimeOffset Until)
{
    private const int LengthMax = 512;

    /// <summary>By kind: what its key begins with.</summary>
    private static readonly string[] Keys = ["trailstream-asked", "trailstream-lagging"];

    /// <summary>By kind: the only member of its record.</summary>
    private static readonly string[] Members = ["trailstreamAsked", "trailstreamLagging"];

    private static readonly byte[][] Begins = [.. Members.Select(member => Encoding.UTF8.GetBytes($"{{\"{member}\":{{"))];

    public byte[] Key => Encoding.UTF8.GetBytes($"{Keys[(int)Kind]}/{Topic}/{Partition.ToString(CultureInfo.InvariantCulture)}");

    /// <summary><c>{"trailstreamAsked":{"topic":"cloudtrail","partition":3,"until":1764115200000}}</c></summary>
    public byte[] ToJson()
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartObject();
            json.WriteStartObject(Members[(int)Kind]);
            json.WriteString("topic"u8, Topic);
            json.WriteNumber("partition"u8, Partition);
            json.WriteNumber("until"u8, Until.ToUnixTimeMilliseconds());
            json.WriteEndObject();
            json.WriteEndObject();
        }

        return stream.ToArray();
    }

    /// <summary>Reads the shape above, and nothing that has a member more: an event must not be taken for a note, whatever stands in it.</summary>
    public static bool TryRead(ReadOnlySpan<byte> record, out PartitionNote note)
    {
        note = default;
        for (var kind = 0; kind < Begins.Length && record.Length <= LengthMax; kind++)
        {
            if (record.StartsWith(Begins[kind]))
            {
                return TryRead(record, Begins[kind].Length, (NoteKind)kind, out note);
            }
        }

        return false;
    }

    private static bool TryRead(ReadOnlySpan<byte> record, int begin, NoteKind kind, out PartitionNote note)
    {
        note = default;
        if (record.Length == begin)
        {
            return false;
        }

        try
        {
            var reader = new Utf8JsonReader(record[(begin - 1)..^1]);
            using var parsed = JsonDocument.ParseValue(ref reader);
            var members = parsed.RootElement;
            if (record[^1] != '}' || reader.BytesConsumed != record.Length - begin
                || members.EnumerateObject().Count() != 3
                || !members.TryGetProperty("topic"u8, out var topic) || topic.ValueKind != JsonValueKind.String
                || !members.TryGetProperty("partition"u8, out var partition) || !partition.TryGetInt32(out var number)
                || !members.TryGetProperty("until"u8, out var until) || !until.TryGetInt64(out var milliseconds)
                || milliseconds is < 0 or > 253_402_300_799_999)
            {
                return false;
            }

            note = new PartitionNote(kind, topic.GetString()!, number, DateTimeOffset.FromUnixTimeMilliseconds(milliseconds));
            return true;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return false;
        }
    }
}
