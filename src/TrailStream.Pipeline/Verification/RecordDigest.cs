using System.Buffers.Binary;
using System.Security.Cryptography;
using TrailStream.Core.CloudTrail;
using TrailStream.Core.Documents;

namespace TrailStream.Pipeline.Verification;

/// <summary>Tells two bodies apart that bear the same eventID. The order of members and white space do not count: the same event comes formatted
/// differently through different envelopes. Cryptographic, because whoever forges an event knows this code.</summary>
internal static class RecordDigest
{
    /// <param name="record">A well-formed record, as the decoder leaves it.</param>
    public static ulong Of(ReadOnlySpan<byte> record)
    {
        var dense = new ByteBuffer(record.Length);
        if (record.IndexOfAny((byte)' ', (byte)'\t') >= 0 && OneLine.TryWrite(record, dense))
        {
            record = dense.Written;
        }

        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        var sum = 0UL;
        var depth = 0;
        var start = 1;
        for (var at = 0; at < record.Length; at++)
        {
            switch (record[at])
            {
                case (byte)'"':
                    at += OneLine.StringLength(record[at..]) - 1;
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
        SHA256.HashData(member, hash);
        return BinaryPrimitives.ReadUInt64LittleEndian(hash);
    }
}
