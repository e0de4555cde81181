using System.Buffers.Text;
using TrailStream.Core.Documents;

namespace TrailStream.Pipeline.Files;

/// <summary>The action line in front of a document, for <c>curl --data-binary @- …/_bulk</c>: the same index, id and version as the
/// Elasticsearch sink writes, so that loading a file twice, or beside the stream, gives one document.</summary>
public static class BulkAction
{
    /// <summary>CloudTrail did not exist before: an older date is forged or broken, and must not create an index of its own.</summary>
    private static readonly long DayMin = new DateTimeOffset(2013, 11, 1, 0, 0, 0, TimeSpan.Zero).ToUnixTimeSeconds();

    /// <summary>Appends <c>{"index":{"_index":…,"_id":…,"version":…,"version_type":"external_gte"}}</c> and a line feed.</summary>
    /// <param name="id">Safe in JSON without escaping.</param>
    /// <param name="eventTime">Unix seconds; clamped to between CloudTrail's first month and tomorrow.</param>
    /// <param name="rank">Evidence rank.</param>
    /// <param name="now">Unix milliseconds.</param>
    /// <param name="output">Where it is appended.</param>
    public static void Append(ReadOnlySpan<byte> id, long eventTime, byte rank, long now, ByteBuffer output)
    {
        output.Append("{\"index\":{\"_index\":\"trailstream-cloudtrail-"u8);
        AppendDay(Math.Clamp(eventTime, DayMin, Math.Max(DayMin, (now / 1000) + 86_400)), output);
        output.Append("\",\"_id\":\""u8);
        output.Append(id);
        output.Append("\",\"version\":"u8);
        output.Append((long)rank);
        output.Append(",\"version_type\":\"external_gte\"}}\n"u8);
    }

    private static void AppendDay(long unixSeconds, ByteBuffer output)
    {
        var day = DateTimeOffset.FromUnixTimeSeconds(unixSeconds);
        var room = output.Reserve(10);
        Utf8Formatter.TryFormat(day.Year, room, out _, new System.Buffers.StandardFormat('D', 4));
        room[4] = (byte)'.';
        Utf8Formatter.TryFormat(day.Month, room[5..], out _, new System.Buffers.StandardFormat('D', 2));
        room[7] = (byte)'.';
        Utf8Formatter.TryFormat(day.Day, room[8..], out _, new System.Buffers.StandardFormat('D', 2));
        output.Advance(10);
    }
}
