using System.IO.Compression;
using Microsoft.Win32.SafeHandles;

namespace TrailStream.Pipeline.Files;

public enum OutputState : byte
{
    Open = 0,

    /// <summary>Who read it has gone (<c>| head</c>): no error, and nothing more to do.</summary>
    ReaderGone,

    /// <summary>It cannot be written, see <see cref="OutputFile.Error"/>.</summary>
    Failed,
}

/// <summary>Where documents of a file run go: a file that appears under its name only when it is complete, or standard output. Owned by
/// one thread.</summary>
public sealed class OutputFile : IDisposable
{
    /// <summary>EPIPE as .NET passes it on, and its two Windows relatives (broken pipe, no data).</summary>
    private const int BrokenPipe = 32;
    private const int BrokenPipeWindows = unchecked((int)0x8007006D);
    private const int NoDataWindows = unchecked((int)0x800700E8);

    private readonly string? _path;
    private readonly string? _temporary;
    private readonly Stream _file;
    private readonly Stream _stream;
    private bool _disposed;

    private OutputFile(string? path, string? temporary, Stream file, Stream stream) =>
        (_path, _temporary, _file, _stream) = (path, temporary, file, stream);

    public OutputState State { get; private set; }

    /// <summary>What the operating system said.</summary>
    public string Error { get; private set; } = "";

    /// <summary>The process's standard output without the console's layer, which would swallow a closed pipe.</summary>
    public static Stream OpenStandardOutput() =>
        OperatingSystem.IsWindows()
            ? Console.OpenStandardOutput()
            : new FileStream(new SafeFileHandle(1, ownsHandle: false), FileAccess.Write, bufferSize: 0);

    public static OutputFile To(Stream stream) => new(null, null, stream, stream);

    /// <summary>Opens a file, compressed where its name ends in .gz or .zst.</summary>
    /// <returns>Null when it cannot be created; <paramref name="error"/> says why.</returns>
    public static OutputFile? Create(string path, int processId, out string error)
    {
        error = "";
        try
        {
            var link = File.Exists(path) ? new FileInfo(path).ResolveLinkTarget(returnFinalTarget: true) : null;
            var target = Path.GetFullPath(link?.FullName ?? path);

            // Devices and pipes have a length of 0 and must be written in place (a rename would replace /dev/null); an empty file has
            // nothing to lose.
            var inPlace = File.Exists(target) && new FileInfo(target).Length == 0;

            // Hidden, so that a later run over the folder does not read what a broken run left.
            var hidden = Path.Combine(Path.GetDirectoryName(target)!, $".{Path.GetFileName(target)}.{processId}.part");
            var temporary = inPlace ? null : hidden;
            var mode = inPlace ? FileMode.Open : FileMode.Create;
            var file = new FileStream(temporary ?? target, mode, FileAccess.Write, FileShare.Read, bufferSize: 0);
            Stream stream = Path.GetExtension(target).ToLowerInvariant() switch
            {
                ".gz" => new GZipStream(file, CompressionLevel.Optimal, leaveOpen: true),
                ".zst" => new ZstdSharp.CompressionStream(file, level: 3, leaveOpen: true),
                _ => file,
            };
            return new OutputFile(target, temporary, file, stream);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            error = e.Message;
            return null;
        }
    }

    /// <returns>False when it is of no use to go on, see <see cref="State"/>.</returns>
    public bool Write(ReadOnlySpan<byte> bytes)
    {
        try
        {
            _stream.Write(bytes);
            return true;
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            return Fail(e);
        }
    }

    public bool Flush()
    {
        try
        {
            _stream.Flush();
            return true;
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            return Fail(e);
        }
    }

    /// <summary>Makes it durable under its name.</summary>
    public bool Complete()
    {
        if (State != OutputState.Open || !Flush())
        {
            return false;
        }

        try
        {
            Close();
            if (_temporary is not null)
            {
                File.Move(_temporary, _path!, overwrite: true);
            }

            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return Fail(e);
        }
    }

    /// <summary>Without <see cref="Complete"/>, takes away what was written to a file.</summary>
    public void Dispose()
    {
        if (_disposed)
        {
            return;
        }

        try
        {
            Close();
            if (_temporary is not null)
            {
                File.Delete(_temporary);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Fail(e);
        }
    }

    private void Close()
    {
        _disposed = true;
        if (!ReferenceEquals(_stream, _file))
        {
            _stream.Dispose();
        }

        if (_path is not null)
        {
            _file.Dispose();
        }
    }

    private bool Fail(Exception e)
    {
        State = e.HResult is BrokenPipe or BrokenPipeWindows or NoDataWindows ? OutputState.ReaderGone : OutputState.Failed;
        Error = e.Message;
        return false;
    }
}
