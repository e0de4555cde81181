using System.IO.Enumeration;

namespace TrailStream.Pipeline.Files;

/// <summary>Paths with <c>*</c>, <c>?</c> and <c>**</c> (any number of folders), for shells that do not expand them and for patterns in
/// quotes. Hidden entries match only a part that starts with a dot.</summary>
internal static class WildcardPattern
{
    public static bool IsPattern(string argument) => argument.AsSpan().IndexOfAny('*', '?') >= 0;

    /// <summary>What matches, ordinal by path.</summary>
    public static List<string> Match(string pattern)
    {
        var parts = pattern.Split(Path.DirectorySeparatorChar, Path.AltDirectorySeparatorChar);
        var first = Array.FindIndex(parts, IsPattern);
        var root = string.Join(Path.DirectorySeparatorChar, parts[..first]);
        if (first > 0 && root.Length == 0)
        {
            root = Path.DirectorySeparatorChar.ToString();
        }

        var found = new SortedSet<string>(StringComparer.Ordinal);
        Walk(root, parts.AsSpan(first), found);
        return [.. found];
    }

    private static void Walk(string folder, ReadOnlySpan<string> parts, SortedSet<string> found)
    {
        if (parts[0] == "**")
        {
            if (parts.Length > 1)
            {
                Walk(folder, parts[1..], found);
            }
            else
            {
                AddFiles(folder, "*", found);
            }

            foreach (var child in Entries(folder, "*"))
            {
                if (IsPlainFolder(child))
                {
                    Walk(child, parts, found);
                }
            }

            return;
        }

        if (parts.Length == 1)
        {
            foreach (var entry in Entries(folder, parts[0]))
            {
                found.Add(entry);
            }

            return;
        }

        foreach (var entry in Entries(folder, parts[0]))
        {
            if (Directory.Exists(entry))
            {
                Walk(entry, parts[1..], found);
            }
        }
    }

    private static void AddFiles(string folder, string part, SortedSet<string> found)
    {
        foreach (var entry in Entries(folder, part))
        {
            if (File.Exists(entry))
            {
                found.Add(entry);
            }
        }
    }

    /// <summary>A linked folder is not entered by <c>**</c>: a link to a folder above would never end.</summary>
    private static bool IsPlainFolder(string path) => Directory.Exists(path) && new DirectoryInfo(path).LinkTarget is null;

    private static List<string> Entries(string folder, string part)
    {
        var entries = new List<string>();
        if (!IsPattern(part))
        {
            var path = Path.Combine(folder, part);
            if (Path.Exists(path))
            {
                entries.Add(path);
            }

            return entries;
        }

        try
        {
            foreach (var entry in new DirectoryInfo(folder.Length == 0 ? "." : folder).EnumerateFileSystemInfos())
            {
                if (entry.Name.StartsWith('.') == part.StartsWith('.')
                    && FileSystemName.MatchesSimpleExpression(part, entry.Name, ignoreCase: false))
                {
                    entries.Add(Path.Combine(folder, entry.Name));
                }
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A folder that cannot be listed matches nothing; the pattern as a whole is reported when it matches nothing.
            return entries;
        }

        return entries;
    }
}
