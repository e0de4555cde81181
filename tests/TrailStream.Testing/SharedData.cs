namespace TrailStream.Testing;

/// <summary>The folder of real CloudTrail logs and engines that may lie beside the project: <c>shared/</c> in a folder above the test binaries, or
/// the folder that TRAILSTREAM_SHARED names.</summary>
public static class SharedData
{
    public const string Absent = "needs the folder shared/ (real CloudTrail logs, engines) beside the project, or TRAILSTREAM_SHARED";

    /// <summary>The folder, or null.</summary>
    public static string? Root { get; } = Find();

    /// <summary>A file or folder in it, or null where it is absent.</summary>
    public static string? Path(params string[] parts)
    {
        if (Root is null)
        {
            return null;
        }

        var path = System.IO.Path.Combine([Root, .. parts]);
        return File.Exists(path) || Directory.Exists(path) ? path : null;
    }

    private static string? Find()
    {
        if (Environment.GetEnvironmentVariable("TRAILSTREAM_SHARED") is { Length: > 0 } named && Directory.Exists(named))
        {
            return named;
        }

        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var candidate = System.IO.Path.Combine(folder.FullName, "shared");
            if (File.Exists(System.IO.Path.Combine(candidate, "DESIGN.md")) || Directory.Exists(System.IO.Path.Combine(candidate, "engines")))
            {
                return candidate;
            }
        }

        return null;
    }
}
