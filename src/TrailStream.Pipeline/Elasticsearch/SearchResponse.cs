using System.Text;
using System.Text.Json;
using TrailStream.Pipeline.Store;

namespace TrailStream.Pipeline.Elasticsearch;

/// <summary>Reads <c>{"_scroll_id":"…","timed_out":false,"_shards":{"failed":0},"hits":{"total":{"value":9},"hits":[{"_index":"…","_id":"…","_version":10,
/// "_source":{…}}]}}</c>; each source is taken as the bytes that stand there.</summary>
internal static class SearchResponse
{
    /// <summary>False when it is no such answer, or one that lacks the documents of a shard.</summary>
    /// <remarks>The documents are slices of <paramref name="body"/>.</remarks>
    public static bool TryRead(ReadOnlyMemory<byte> body, StoredPage page, out string? scroll)
    {
        scroll = null;
        var isWhole = true;
        try
        {
            var reader = new Utf8JsonReader(body.Span, new JsonReaderOptions { MaxDepth = 256 });
            reader.Read();
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                if (reader.ValueTextEquals("_scroll_id"u8))
                {
                    reader.Read();
                    scroll = reader.GetString();
                }
                else if (reader.ValueTextEquals("timed_out"u8))
                {
                    reader.Read();
                    isWhole &= reader.TokenType != JsonTokenType.True;
                }
                else if (reader.ValueTextEquals("_shards"u8))
                {
                    isWhole &= Member(ref reader, "failed"u8) is null or 0;
                }
                else if (reader.ValueTextEquals("hits"u8))
                {
                    ReadHits(ref reader, body, page);
                }
                else
                {
                    reader.Skip();
                }
            }

            return isWhole && reader.TokenType == JsonTokenType.EndObject;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException)
        {
            // Cut off, or of another shape.
            return false;
        }
    }

    private static void ReadHits(ref Utf8JsonReader reader, ReadOnlyMemory<byte> body, StoredPage page)
    {
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("total"u8))
            {
                page.Total = Member(ref reader, "value"u8) ?? 0;
            }
            else if (reader.ValueTextEquals("hits"u8))
            {
                reader.Read();
                while (reader.Read() && reader.TokenType == JsonTokenType.StartObject)
                {
                    ReadHit(ref reader, body, page);
                }
            }
            else
            {
                reader.Skip();
            }
        }
    }

    private static void ReadHit(ref Utf8JsonReader reader, ReadOnlyMemory<byte> body, StoredPage page)
    {
        string? index = null, id = null;
        long version = -1;
        var source = default(Range);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("_index"u8))
            {
                reader.Read();
                index = reader.GetString();
            }
            else if (reader.ValueTextEquals("_id"u8))
            {
                reader.Read();
                id = reader.GetString();
            }
            else if (reader.ValueTextEquals("_version"u8))
            {
                reader.Read();
                version = reader.GetInt64();
            }
            else if (reader.ValueTextEquals("_source"u8))
            {
                reader.Read();
                var start = (int)reader.TokenStartIndex;
                reader.Skip();
                source = start..(int)reader.BytesConsumed;
            }
            else
            {
                reader.Skip();
            }
        }

        if (id is not null && version >= 0 && source.End.Value > 0 && Encoding.UTF8.GetByteCount(id) <= Core.Documents.DocumentId.MaxBytes)
        {
            page.Hits.Add(new StoredHit(id, version, index, body[source]));
        }
    }

    /// <summary>A number inside the object (or, as <c>total</c> once was, the number itself) that follows; null where there is none.</summary>
    private static long? Member(ref Utf8JsonReader reader, ReadOnlySpan<byte> name)
    {
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            return reader.TokenType == JsonTokenType.Number ? reader.GetInt64() : null;
        }

        long? value = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isIt = reader.ValueTextEquals(name);
            reader.Read();
            if (isIt && reader.TokenType == JsonTokenType.Number)
            {
                value = reader.GetInt64();
            }
            else
            {
                reader.Skip();
            }
        }

        return value;
    }
}
