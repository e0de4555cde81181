using System.Text;
using TrailStream.Core.CloudTrail;

namespace TrailStream.Pipeline.Actors;

/// <summary>The id of an event's document: the same whenever and however often the event is read.</summary>
internal static class DocumentIds
{
    /// <summary>Elasticsearch's limit for _id.</summary>
    private const int BytesMax = 512;

    /// <summary>The event's own id where it can be one; empty otherwise.</summary>
    public static ReadOnlySpan<byte> Own(ReadOnlySpan<byte> record, in RecordFields fields)
    {
        var slice = fields[RecordField.EventId];
        return slice is { Kind: SliceKind.String, Length: > 0 and <= BytesMax } ? slice.In(record) : default;
    }

    /// <summary>An id from the place of the event.</summary>
    /// <param name="topic">Kafka topic.</param>
    /// <param name="partition">Its partition.</param>
    /// <param name="offset">The record's offset.</param>
    /// <param name="index">Number of the event inside the record.</param>
    public static byte[] Derived(string topic, int partition, long offset, int index) =>
        Encoding.UTF8.GetBytes($"{topic}-{partition}-{offset}-{index}");
}
