namespace TrailStream.Core.Documents;

/// <summary>The action line of one document in a <c>_bulk</c> body.</summary>
public static class BulkAction
{
    /// <summary>Appends <c>{"index":{"_index":"…","_id":"…","version":N,"version_type":"external_gte"}}</c> and a line feed.</summary>
    /// <param name="eventTime">eventTime, Unix seconds; it names the index.</param>
    /// <param name="nowUnix">The present, Unix seconds.</param>
    /// <param name="id">The document's id; safe in JSON without escaping.</param>
    /// <param name="rank">Evidence rank; a lower one never replaces a higher one.</param>
    /// <param name="output">Where the line is appended.</param>
    /// <returns>False when the event's date was out of range.</returns>
    public static bool Write(long eventTime, long nowUnix, ReadOnlySpan<byte> id, long rank, ByteBuffer output)
    {
        output.Append("{\"index\":{\"_index\":\""u8);
        var inRange = IndexName.Write(eventTime, nowUnix, output);
        output.Append("\",\"_id\":\""u8);
        output.Append(id);
        output.Append("\",\"version\":"u8);
        output.Append(rank);
        output.Append(",\"version_type\":\"external_gte\"}}\n"u8);
        return inRange;
    }
}
