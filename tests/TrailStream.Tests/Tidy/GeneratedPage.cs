using Xunit;

namespace TrailStream.Tests.Tidy;

/// <summary>A page of <c>docs/</c> that is made from the code: the test fails while the two differ, and writes the page where
/// TRAILSTREAM_UPDATE_DOCS is set.</summary>
internal static class GeneratedPage
{
    public static void Check(string path, string content)
    {
        var full = Path.Combine(Repository.Root, path);
        if (Environment.GetEnvironmentVariable("TRAILSTREAM_UPDATE_DOCS") is { Length: > 0 })
        {
            File.WriteAllText(full, content);
        }

        Assert.True(
            File.Exists(full) && Repository.Read(path) == content,
            $"{path} is not what the code says: run TRAILSTREAM_UPDATE_DOCS=1 dotnet run -c Release --project tests/TrailStream.Tests and commit it.");
    }
}
