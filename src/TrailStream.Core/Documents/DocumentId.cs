using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using TrailStream.Core.CloudTrail;

namespace TrailStream.Core.Documents;

/// <summary>The id under which the stores know an event: its eventID, or a hash of where it was read, so that a replay finds it
/// again.</summary>
public static class DocumentId
{
    /// <summary>Elasticsearch refuses an <c>_id</c> longer than this.</summary>
    public const int MaxBytes = 512;

    private const string SafeCharacters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_.:/+=@";

    private static readonly SearchValues<byte> Safe = SearchValues.Create(Encoding.ASCII.GetBytes(SafeCharacters));

    /// <summary>The event's own id where it can stand in JSON, a URL and an <c>_id</c> as it is; empty otherwise.</summary>
    /// <param name="record">The event.</param>
    /// <param name="fields">Its fields.</param>
    public static ReadOnlySpan<byte> Own(ReadOnlySpan<byte> record, in RecordFields fields)
    {
        var slice = fields[RecordField.EventId];
        if (slice.Kind != SliceKind.String || slice.Length is 0 or > MaxBytes)
        {
            return default;
        }

        // Elasticsearch keeps ids that begin with an underscore for itself in places; no eventID does.
        var id = slice.In(record);
        return id[0] != '_' && id.IndexOfAnyExcept(Safe) < 0 ? id : default;
    }

    /// <summary>32 hexadecimal digits from "place|partition|offset|index", for an event without an id of its own.</summary>
    /// <param name="place">Topic, or the file's name.</param>
    /// <param name="partition">Partition; 0 for files.</param>
    /// <param name="offset">Offset, or the position in the file.</param>
    /// <param name="index">Number of the event in its record.</param>
    public static byte[] OfPlace(string place, int partition, long offset, int index)
    {
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{place}|{partition}|{offset}|{index}")));
        return Encoding.ASCII.GetBytes(Convert.ToHexStringLower(hash, 0, 16));
    }
}
