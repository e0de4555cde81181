using System.Text.Json;

namespace TrailStream.Core.CloudTrail;

/// <summary>One piece of a record that gave no event.</summary>
/// <param name="Source">The caller's number of the record.</param>
/// <param name="Status">Never <see cref="DecodeStatus.Event"/>.</param>
/// <param name="Position">Byte offset inside the payload (after decompression) where the piece starts.</param>
public readonly record struct DecodeFailure(int Source, DecodeStatus Status, long Position);

/// <summary>Interim decoder: bare record, array, Records.</summary>
public sealed class EventDecoder
{
    private readonly RecordScanner _scanner = new();

    public int Decode(ReadOnlySpan<byte> payload, int source, EventBatch into, List<DecodeFailure> failures)
    {
        var before = into.Count;
        using var document = JsonDocument.Parse(payload.ToArray());
        var root = document.RootElement;
        var items = root.ValueKind == JsonValueKind.Array ? root.EnumerateArray().ToList()
            : root.TryGetProperty("Records", out var records) ? records.EnumerateArray().ToList() : [root];
        foreach (var item in items)
        {
            var bytes = JsonSerializer.SerializeToUtf8Bytes(item);
            bytes.CopyTo(into.Reserve(bytes.Length));
            var fields = default(RecordFields);
            var status = _scanner.Scan(into.Bytes, into.BytesUsed, bytes.Length, ref fields);
            if (status != DecodeStatus.Event || !EventTimestamp.TryParse(fields[RecordField.EventTime].In(bytes), out var time))
            {
                failures.Add(new DecodeFailure(source, status == DecodeStatus.Event ? DecodeStatus.BadTime : status, 0));
                continue;
            }

            ref var entry = ref into.Add(bytes.Length, source);
            entry.Fields = fields;
            entry.EventTime = time;
        }

        return into.Count - before;
    }
}
