using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using TrailStream.Core.CloudTrail;
using TrailStream.Core.Documents;

namespace TrailStream.Pipeline.Files;

/// <summary>The id of an event's document: the event's own, else a hash of the place it was read from, the same each time the same file
/// is read.</summary>
public static class FileDocumentIds
{
    /// <summary>Elasticsearch's limit for _id.</summary>
    private const int BytesMax = 512;

    /// <param name="record">The event.</param>
    /// <param name="fields">Its fields.</param>
    /// <param name="path">The file.</param>
    /// <param name="position">Where the value that holds the event starts in it.</param>
    /// <param name="number">Number of the event inside the value.</param>
    /// <param name="output">Where the id is appended.</param>
    public static void Append(ReadOnlySpan<byte> record, in RecordFields fields, string path, long position, int number, ByteBuffer output)
    {
        var own = fields[RecordField.EventId];
        if (own is { Kind: SliceKind.String, Length: > 0 and <= BytesMax })
        {
            output.Append(own.In(record));
            return;
        }

        var name = Encoding.UTF8.GetBytes(path);
        var place = new byte[name.Length + 12];
        name.CopyTo(place, 0);
        BinaryPrimitives.WriteInt64LittleEndian(place.AsSpan(name.Length), position);
        BinaryPrimitives.WriteInt32LittleEndian(place.AsSpan(name.Length + 8), number);
        output.Append(Encoding.ASCII.GetBytes("file-" + Convert.ToHexStringLower(SHA256.HashData(place), 0, 16)));
    }
}
