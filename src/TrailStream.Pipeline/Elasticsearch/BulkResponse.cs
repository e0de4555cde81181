using System.Text.Json;

namespace TrailStream.Pipeline.Elasticsearch;

/// <summary>What became of one document of a request.</summary>
internal enum ItemOutcome : byte
{
    Created,
    Updated,

    /// <summary>409: something at least as good is there.</summary>
    Stale,

    /// <summary>Worth another try: 429, 5xx, a block on the index.</summary>
    Retry,

    /// <summary>401, 403: somebody must grant something; never given up.</summary>
    Unauthorized,

    /// <summary>The index can take nothing before somebody acts: it is missing and may not be made, closed, or the cluster has no shard left for
    /// it.</summary>
    NoIndex,

    /// <summary>400: the mapping refuses the document.</summary>
    Mapping,

    /// <summary>Any other 4xx.</summary>
    Refused,
}

/// <summary>One item of the answer; the reason only where it is not fine.</summary>
internal readonly record struct BulkItem(ItemOutcome Outcome, int Status, string? Type, string? Reason);

/// <summary>Reads <c>{"took":…,"errors":…,"items":[{"index":{"_id":"…","status":201,"result":"created","error":{"type":"…","reason":"…"}}},…]}</c>.</summary>
internal static class BulkResponse
{
    /// <summary>False when it is no such answer or does not have one item for each of <paramref name="sent"/> in their order: then nothing is
    /// known of any document. Elasticsearch 7.10 and 7.11 were seen to answer for more than was sent.</summary>
    public static bool TryRead(ReadOnlySpan<byte> body, IReadOnlyList<BulkDocument> sent, List<BulkItem> items)
    {
        items.Clear();
        var isMatch = true;
        try
        {
            var reader = new Utf8JsonReader(body);
            while (reader.Read())
            {
                if (reader.TokenType == JsonTokenType.PropertyName && reader.CurrentDepth == 1)
                {
                    var isItems = reader.ValueTextEquals("items"u8);
                    reader.Read();
                    if (isItems && reader.TokenType == JsonTokenType.StartArray)
                    {
                        isMatch &= ReadItems(ref reader, sent, items);
                    }
                    else
                    {
                        reader.Skip();
                    }
                }
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException)
        {
            // Cut off, or of another shape: a status that is no number.
            return false;
        }

        return isMatch && items.Count == sent.Count;
    }

    private static bool ReadItems(ref Utf8JsonReader reader, IReadOnlyList<BulkDocument> sent, List<BulkItem> items)
    {
        while (reader.Read() && reader.TokenType == JsonTokenType.StartObject)
        {
            reader.Read(); // "index"
            reader.Read(); // {
            var status = 0;
            var updated = false;
            var isSame = false;
            string? type = null;
            string? reason = null;
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                if (reader.ValueTextEquals("status"u8))
                {
                    reader.Read();
                    status = reader.GetInt32();
                }
                else if (reader.ValueTextEquals("_id"u8))
                {
                    reader.Read();
                    isSame = items.Count < sent.Count && sent[items.Count] is var (batch, number, _) && reader.ValueTextEquals(batch.Id(number));
                }
                else if (reader.ValueTextEquals("result"u8))
                {
                    reader.Read();
                    updated = reader.ValueTextEquals("updated"u8);
                }
                else if (reader.ValueTextEquals("error"u8))
                {
                    reader.Read();
                    ReadError(ref reader, out type, out reason);
                }
                else
                {
                    reader.Read();
                    reader.Skip();
                }
            }

            if (!isSame)
            {
                return false;
            }

            items.Add(new BulkItem(OutcomeOf(status, updated, type), status, type, reason));
            reader.Read(); // }
        }

        return true;
    }

    private static void ReadError(ref Utf8JsonReader reader, out string? type, out string? reason)
    {
        type = reason = null;
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            return;
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isType = reader.ValueTextEquals("type"u8);
            var isReason = reader.ValueTextEquals("reason"u8);
            reader.Read();
            if (isType)
            {
                type = reader.GetString();
            }
            else if (isReason)
            {
                reason = reader.GetString();
            }
            else
            {
                reader.Skip();
            }
        }
    }

    /// <summary>The outcome table. What it does not know for certain to be durable or hopeless goes again.</summary>
    public static ItemOutcome OutcomeOf(int status, bool updated, string? type) => status switch
    {
        200 or 201 => updated ? ItemOutcome.Updated : ItemOutcome.Created,
        409 when type == "version_conflict_engine_exception" => ItemOutcome.Stale,
        409 => ItemOutcome.Retry,
        429 or >= 500 or 0 => ItemOutcome.Retry,
        403 when type == "cluster_block_exception" => ItemOutcome.Retry,
        401 or 403 => ItemOutcome.Unauthorized,
        404 => ItemOutcome.NoIndex,
        400 when type is "index_closed_exception" or "validation_exception" => ItemOutcome.NoIndex,
        400 => ItemOutcome.Mapping,
        _ => ItemOutcome.Refused,
    };
}
