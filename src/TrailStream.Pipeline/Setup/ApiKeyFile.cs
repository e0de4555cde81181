using System.Text;

namespace TrailStream.Pipeline.Setup;

/// <summary>The file that takes the writer's API key, readable by its owner alone, replaced in one step: the stream reads it again whenever the
/// server refuses, and must never find half a key.</summary>
internal sealed class ApiKeyFile : IDisposable
{
    private readonly string _path;
    private readonly string _pathBefore;
    private readonly FileStream _stream;

    /// <summary>Opens the file before the key is made: a key that cannot be kept is a secret that nobody knows and everybody has to revoke.</summary>
    /// <exception cref="IOException">It cannot be written there.</exception>
    /// <exception cref="UnauthorizedAccessException">The same.</exception>
    public ApiKeyFile(string path)
    {
        _path = path;
        _pathBefore = path + ".new";
        File.Delete(_pathBefore);
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        _stream = new FileStream(_pathBefore, options);
    }

    public void Write(string key)
    {
        _stream.Write(Encoding.UTF8.GetBytes(key + "\n"));
        _stream.Flush(flushToDisk: true);
        _stream.Dispose();
        File.Move(_pathBefore, _path, overwrite: true);
    }

    public void Dispose()
    {
        _stream.Dispose();
        File.Delete(_pathBefore);
    }

    /// <summary>base64 of "id:key" → id; null where the file is missing or holds no key.</summary>
    public static string? IdIn(string path)
    {
        if (!File.Exists(path))
        {
            return null;
        }

        var text = File.ReadAllText(path).Trim();
        var bytes = new byte[text.Length];
        if (!Convert.TryFromBase64String(text, bytes, out var length))
        {
            return null;
        }

        var pair = Encoding.UTF8.GetString(bytes, 0, length);
        var colon = pair.IndexOf(':', StringComparison.Ordinal);
        return colon > 0 ? pair[..colon] : null;
    }
}
