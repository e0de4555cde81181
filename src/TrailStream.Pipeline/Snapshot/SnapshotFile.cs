using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text.Json;
using TrailStream.Core.Documents;
using TrailStream.Core.Sessions;
using ZstdSharp;

namespace TrailStream.Pipeline.Snapshot;

/// <summary>What became of looking for a snapshot.</summary>
internal enum SnapshotOutcome : byte
{
    /// <summary>There is one, whole and of this layout.</summary>
    Usable = 0,

    /// <summary>There is none.</summary>
    Missing,

    /// <summary>It cannot be opened or read.</summary>
    Unreadable,

    /// <summary>Its checksum is wrong, or it is cut short, or no snapshot.</summary>
    Damaged,

    /// <summary>Another version has written it.</summary>
    OtherLayout,

    /// <summary>It belongs to another sessions topic.</summary>
    OtherTopic,
}

/// <summary>The session index in a file, so that a restart need not read the whole sessions topic:
/// <c>TRAILSN1 [zstd: [4 bytes length][header, JSON] [4 bytes length][chunk]… [4 bytes zero]] [32 bytes SHA-256 of all before]</c>. It is only ever an
/// accelerator: whatever is doubtful about it, the topic is read instead.</summary>
internal static class SnapshotFile
{
    /// <summary>Sessions under one read lock: about a millisecond, and text that repeats itself is written once in them.</summary>
    private const int ChunkRecords = 4096;

    /// <summary>A length beyond this is no chunk of ours, checksum or not: 4096 sessions of 22 texts of 2 KB are less.</summary>
    private const int ChunkBytesMax = 256 << 20;

    private const int ChecksumBytes = 32;
    private const int FastLevel = 1;

    private static ReadOnlySpan<byte> Magic => "TRAILSN1"u8;

    /// <summary>Writes beside <paramref name="path"/> and renames, so that there is always a whole one or none.</summary>
    /// <returns>Bytes written.</returns>
    /// <exception cref="IOException">The disk is full or not there; an earlier snapshot stays.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be written.</exception>
    public static long Write(string path, SessionIndex index, SnapshotHeader header)
    {
        // Two processes that share a folder by mistake must not write into one file.
        var temporary = $"{path}.{Environment.ProcessId}.tmp";
        try
        {
            // It holds access key ids and names.
            var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.ReadWrite, Share = FileShare.None };
            if (!OperatingSystem.IsWindows())
            {
                options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            }

            using var file = new FileStream(temporary, options);
            using (var hash = SHA256.Create())
            {
                using (var hashed = new CryptoStream(file, hash, CryptoStreamMode.Write, leaveOpen: true))
                {
                    hashed.Write(Magic);
                    using var packed = new CompressionStream(hashed, FastLevel, leaveOpen: true);
                    WriteChunks(packed, index, header);
                }

                file.Write(hash.Hash);
            }

            file.Flush(flushToDisk: true);
            var length = file.Length;
            file.Dispose();
            File.Move(temporary, path, overwrite: true);
            return length;
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }

    /// <summary>Reads the whole file once to check it, and its header.</summary>
    public static SnapshotOutcome Check(string path, string topic, out SnapshotHeader? header)
    {
        header = null;
        if (!File.Exists(path))
        {
            return SnapshotOutcome.Missing;
        }

        try
        {
            using var file = File.OpenRead(path);
            if (!IsWhole(file))
            {
                return SnapshotOutcome.Damaged;
            }

            using var packed = Unpack(file);
            header = JsonSerializer.Deserialize<SnapshotHeader>(ReadChunk(packed));
            return header is null ? SnapshotOutcome.Damaged
                : header.Layout != SessionIndex.SnapshotLayout ? SnapshotOutcome.OtherLayout
                : header.Topic != topic ? SnapshotOutcome.OtherTopic
                : SnapshotOutcome.Usable;
        }
        catch (Exception e) when (e is JsonException or InvalidDataException or EndOfStreamException or ZstdException)
        {
            return SnapshotOutcome.Damaged;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return SnapshotOutcome.Unreadable;
        }
    }

    /// <summary>Fills an empty index from a file that <see cref="Check"/> has found usable.</summary>
    public static void Load(string path, SessionIndex index)
    {
        using var file = File.OpenRead(path);
        using var packed = Unpack(file);
        _ = ReadChunk(packed);
        index.EnterWrite();
        try
        {
            for (var chunk = ReadChunk(packed); chunk.Length > 0; chunk = ReadChunk(packed))
            {
                index.ReadChunk(chunk);
            }

            index.EndLoad();
        }
        finally
        {
            index.ExitWrite();
        }
    }

    private static void WriteChunks(CompressionStream packed, SessionIndex index, SnapshotHeader header)
    {
        WriteChunk(packed, JsonSerializer.SerializeToUtf8Bytes(header));
        var chunk = new ByteBuffer(1 << 20);
        var cursor = default(SnapshotCursor);
        var more = true;
        while (more)
        {
            chunk.Clear();
            index.EnterRead();
            try
            {
                more = index.WriteChunk(ref cursor, ChunkRecords, chunk);
            }
            finally
            {
                index.ExitRead();
            }

            WriteChunk(packed, chunk.Written);
        }
    }

    private static void WriteChunk(CompressionStream packed, ReadOnlySpan<byte> chunk)
    {
        Span<byte> length = stackalloc byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(length, chunk.Length);
        packed.Write(length);
        packed.Write(chunk);
    }

    private static byte[] ReadChunk(DecompressionStream packed)
    {
        Span<byte> prefix = stackalloc byte[4];
        packed.ReadExactly(prefix);
        var length = BinaryPrimitives.ReadInt32LittleEndian(prefix);
        if (length is < 0 or > ChunkBytesMax)
        {
            throw new InvalidDataException("The snapshot holds a chunk of impossible length.");
        }

        var chunk = new byte[length];
        packed.ReadExactly(chunk);
        return chunk;
    }

    private static DecompressionStream Unpack(FileStream file)
    {
        file.Position = Magic.Length;
        return new DecompressionStream(file, leaveOpen: true);
    }

    private static bool IsWhole(FileStream file)
    {
        var length = file.Length - ChecksumBytes;
        Span<byte> magic = stackalloc byte[8];
        if (length < Magic.Length || file.ReadAtLeast(magic, magic.Length, throwOnEndOfStream: false) < magic.Length || !magic.SequenceEqual(Magic))
        {
            return false;
        }

        file.Position = 0;
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[1 << 20];
        while (length > 0)
        {
            var read = file.Read(buffer, 0, (int)Math.Min(buffer.Length, length));
            if (read == 0)
            {
                return false;
            }

            hash.AppendData(buffer, 0, read);
            length -= read;
        }

        Span<byte> stored = stackalloc byte[ChecksumBytes];
        file.ReadExactly(stored);
        return hash.GetHashAndReset().AsSpan().SequenceEqual(stored);
    }
}
