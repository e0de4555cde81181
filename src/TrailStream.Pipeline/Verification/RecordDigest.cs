using System.Buffers.Binary;
using System.Security.Cryptography;

namespace TrailStream.Pipeline.Verification;

/// <summary>Tells two bodies apart that bear the same eventID. The order of members and white space do not count: the same event comes formatted
/// differently through different envelopes. Cryptographic, because whoever forges an event knows this code.</summary>
internal static class RecordDigest
{
    /// <param name="record">A well-formed record on one line, as the decoder leaves it.</param>
    public static ulong Of(ReadOnlySpan<byte> record)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        var sum = 0UL;
        var depth = 0;
        var start = 1;
        for (var at = 0; at < record.Length; at++)
        {
            switch (record[at])
            {
                case (byte)'"':
                    at += StringLength(record[at..]) - 1;
                    break;
                case (byte)'{' or (byte)'[':
                    depth++;
                    break;
                case (byte)'}' or (byte)']':
                    depth--;
                    sum += depth == 0 ? Member(record[start..at], hash) : 0;
                    break;
                case (byte)',' when depth == 1:
                    sum += Member(record[start..at], hash);
                    start = at + 1;
                    break;
                default:
                    break;
            }
        }

        return sum;
    }

    /// <summary>128 bits that stand for an id.</summary>
    public static UInt128 OfId(ReadOnlySpan<byte> id)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(id, hash);
        return BinaryPrimitives.ReadUInt128LittleEndian(hash);
    }

    private static ulong Member(ReadOnlySpan<byte> member, Span<byte> hash)
    {
        if (member.IndexOfAny((byte)' ', (byte)'\t') < 0)
        {
            SHA256.HashData(member, hash);
            return BinaryPrimitives.ReadUInt64LittleEndian(hash);
        }

        var dense = new byte[member.Length];
        var length = 0;
        for (var at = 0; at < member.Length;)
        {
            var run = member[at] == '"' ? StringLength(member[at..]) : 1;
            if (member[at] is not ((byte)' ' or (byte)'\t'))
            {
                member.Slice(at, run).CopyTo(dense.AsSpan(length));
                length += run;
            }

            at += run;
        }

        SHA256.HashData(dense.AsSpan(0, length), hash);
        return BinaryPrimitives.ReadUInt64LittleEndian(hash);
    }

    /// <summary>Length of the string at the start, quotes included.</summary>
    private static int StringLength(ReadOnlySpan<byte> json)
    {
        var at = 1;
        while (at < json.Length)
        {
            var next = json[at..].IndexOfAny((byte)'"', (byte)'\\');
            if (next < 0)
            {
                return json.Length;
            }

            at += next;
            if (json[at] == '"')
            {
                return at + 1;
            }

            at += 2;
        }

        return json.Length;
    }
}
