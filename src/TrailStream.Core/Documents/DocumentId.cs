using System.Buffers;
using System.Security.Cryptography;
using TrailStream.Core.CloudTrail;

namespace TrailStream.Core.Documents;

/// <summary>The id under which the stores know an event: its eventID, or a hash of where it was read, so that a replay finds it
/// again.</summary>
public static class DocumentId
{
    /// <summary>Elasticsearch refuses an <c>_id</c> longer than this.</summary>
    public const int MaxBytes = 512;

    private const string SafeCharacters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_.:/+=@";

    private static readonly SearchValues<byte> Safe = SearchValues.Create(System.Text.Encoding.ASCII.GetBytes(SafeCharacters));

    /// <summary>True when the event's own id can be used as it stands.</summary>
    /// <param name="record">The event.</param>
    /// <param name="fields">Its fields.</param>
    public static bool IsUsable(ReadOnlySpan<byte> record, in RecordFields fields)
    {
        var slice = fields[RecordField.EventId];

        // Elasticsearch keeps ids that begin with an underscore for itself in places; no eventID does.
        return slice.Kind == SliceKind.String && slice.Length is > 0 and <= MaxBytes
            && slice.In(record) is var id && id[0] != '_' && id.IndexOfAnyExcept(Safe) < 0;
    }

    /// <summary>Appends the id.</summary>
    /// <param name="record">The event.</param>
    /// <param name="fields">Its fields.</param>
    /// <param name="topic">Topic, or the file's name.</param>
    /// <param name="partition">Partition; 0 for files.</param>
    /// <param name="offset">Offset, or the position in the file.</param>
    /// <param name="index">Number of the event in its record.</param>
    /// <param name="output">Where the id is appended.</param>
    public static void Write(
        ReadOnlySpan<byte> record,
        in RecordFields fields,
        ReadOnlySpan<byte> topic,
        int partition,
        long offset,
        int index,
        ByteBuffer output)
    {
        if (IsUsable(record, fields))
        {
            output.Append(fields.Raw(record, RecordField.EventId));
            return;
        }

        // "topic|partition|offset|index" is put behind the ids and hashed there, so nothing is allocated.
        var start = output.Length;
        output.Append(topic);
        Append(output, partition);
        Append(output, offset);
        Append(output, index);
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(output.Written[start..], hash);
        output.Truncate(start);
        Span<byte> hex = stackalloc byte[32];
        for (var at = 0; at < 16; at++)
        {
            hex[2 * at] = "0123456789abcdef"u8[hash[at] >> 4];
            hex[(2 * at) + 1] = "0123456789abcdef"u8[hash[at] & 15];
        }

        output.Append(hex);
    }

    private static void Append(ByteBuffer output, long number)
    {
        output.Append((byte)'|');
        output.Append(number);
    }
}
