using System.IO.Compression;

namespace TrailStream.Pipeline.Files;

public enum CompressionKind : byte
{
    None = 0,
    Gzip,
    Zstd,
}

/// <summary>Recognises compression by its first bytes, never by the name of the file.</summary>
public static class Compression
{
    /// <summary>Bytes that <see cref="Of"/> needs.</summary>
    public const int MagicBytes = 4;

    /// <summary>Layers taken off at most: a gzip that was compressed again for transport.</summary>
    private const int LayersMax = 2;

    /// <summary>Magic numbers: gzip 1F 8B (RFC 1952), zstd 28 B5 2F FD (RFC 8878), its skippable frames 5x 2A 4D 18.</summary>
    public static CompressionKind Of(ReadOnlySpan<byte> head) =>
        head is [0x1F, 0x8B, ..] ? CompressionKind.Gzip
        : head is [0x28, 0xB5, 0x2F, 0xFD, ..] or [>= 0x50 and <= 0x5F, 0x2A, 0x4D, 0x18, ..] ? CompressionKind.Zstd
        : CompressionKind.None;

    /// <summary>The content of a stream with its layers of compression taken off.</summary>
    public static Stream Open(Stream input)
    {
        var content = new HeadStream(input);
        for (var layer = 0; layer < LayersMax; layer++)
        {
            var kind = Of(content.PeekHead(MagicBytes));
            if (kind == CompressionKind.None)
            {
                break;
            }

            content = new HeadStream(kind == CompressionKind.Gzip
                ? new GZipStream(content, CompressionMode.Decompress)
                : new ZstdSharp.DecompressionStream(content, bufferSize: 0, checkEndOfStream: true, leaveOpen: false));
        }

        return content;
    }
}
