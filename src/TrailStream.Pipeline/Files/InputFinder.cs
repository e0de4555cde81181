namespace TrailStream.Pipeline.Files;

/// <summary>Turns what the user named into files: a file as it is, a folder with everything below it that may hold events, a pattern
/// with what it matches. The same arguments over the same tree always give the same order.</summary>
public sealed class InputFinder
{
    private static readonly string[] Extensions = [".json", ".ndjson", ".jsonl", ".gz", ".zst"];

    private readonly List<InputFile> _files = [];
    private readonly List<InputProblem> _problems = [];
    private readonly HashSet<string> _seen = new(StringComparer.Ordinal);
    private int _skipped;

    private InputFinder()
    {
    }

    public static InputList Find(IEnumerable<string> arguments)
    {
        var finder = new InputFinder();
        foreach (var argument in arguments)
        {
            finder.Add(argument);
        }

        return new InputList(finder._files, finder._problems, finder._skipped);
    }

    private void Add(string argument)
    {
        if (File.Exists(argument))
        {
            AddFile(argument);
        }
        else if (Directory.Exists(argument))
        {
            AddFolder(argument);
        }
        else if (WildcardPattern.IsPattern(argument))
        {
            var matches = WildcardPattern.Match(argument);
            if (matches.Count == 0)
            {
                _problems.Add(new InputProblem(argument, -1, InputReasons.Unreadable, "nothing matches"));
            }

            foreach (var match in matches)
            {
                Add(match);
            }
        }
        else
        {
            _problems.Add(new InputProblem(argument, -1, InputReasons.Unreadable, "no such file or folder"));
        }
    }

    private void AddFolder(string folder)
    {
        var pending = new Stack<string>([folder]);
        var found = new List<string>();
        while (pending.TryPop(out var current))
        {
            try
            {
                foreach (var entry in new DirectoryInfo(current).EnumerateFileSystemInfos())
                {
                    if (entry.Name.StartsWith('.'))
                    {
                        continue;
                    }

                    var path = Path.Combine(current, entry.Name);
                    if (!entry.Attributes.HasFlag(FileAttributes.Directory))
                    {
                        found.Add(path);
                    }
                    else if (entry.LinkTarget is null)
                    {
                        // Linked folders are left out: a link to a folder above would never end.
                        pending.Push(path);
                    }
                }
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                _problems.Add(new InputProblem(current, -1, InputReasons.Unreadable, e.Message));
            }
        }

        found.Sort(StringComparer.Ordinal);
        foreach (var path in found)
        {
            if (MayHoldEvents(path))
            {
                AddFile(path);
            }
            else
            {
                _skipped++;
            }
        }
    }

    private void AddFile(string path)
    {
        // One file named twice (folder and file, overlapping patterns) is read once: its events happened once.
        if (_seen.Add(Path.GetFullPath(path)))
        {
            _files.Add(new InputFile(path, new FileInfo(path).Length));
        }
    }

    private static bool MayHoldEvents(string path)
    {
        var extension = Path.GetExtension(path);
        return extension.Length == 0 ? Sniff(path) : Extensions.Contains(extension, StringComparer.OrdinalIgnoreCase);
    }

    private static bool Sniff(string path)
    {
        Span<byte> head = stackalloc byte[64];
        try
        {
            using var file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            head = head[..RandomAccess.Read(file, head, 0)];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Listed, so that opening it reports why it cannot be read.
            return true;
        }

        if (Compression.Of(head) != CompressionKind.None)
        {
            return true;
        }

        var text = ((ReadOnlySpan<byte>)head).TrimStart(Whitespace);
        return text.Length > 0 && (text[0] is (byte)'{' or (byte)'[' || text.StartsWith("H4sI"u8));
    }

    /// <summary>JSON white space and the bytes of a byte order mark.</summary>
    private static ReadOnlySpan<byte> Whitespace => [0x20, 0x09, 0x0D, 0x0A, 0xEF, 0xBB, 0xBF];
}
