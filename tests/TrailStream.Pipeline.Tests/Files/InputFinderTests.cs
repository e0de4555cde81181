using TrailStream.Pipeline.Files;
using Xunit;

namespace TrailStream.Pipeline.Tests.Files;

public sealed class InputFinderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public InputFinderTests()
    {
        foreach (var name in (string[])["b/z.json", "b/a.NDJSON", "a.jsonl", "c.json.gz", "d.zst", "e.txt", ".hidden.json", ".git/x.json", "b/data", "b/prose"])
        {
            _folder.Write(name, name == "b/prose" ? "hello" : " {}");
        }
    }

    [Fact]
    public void Folder_GivesWhatMayHoldEventsInOrdinalOrder()
    {
        var found = InputFinder.Find([_folder.Path]);
        Assert.Equal(["a.jsonl", "b/a.NDJSON", "b/data", "b/z.json", "c.json.gz", "d.zst"], Names(found));
        Assert.Equal(2, found.Skipped);
        Assert.Empty(found.Problems);
    }

    [Fact]
    public void NamedFile_IsTakenWhateverItsName_Once()
    {
        var found = InputFinder.Find([Path.Combine(_folder.Path, "e.txt"), _folder.Path, Path.Combine(_folder.Path, "e.txt")]);
        Assert.Equal("e.txt", Names(found)[0]);
        Assert.Equal(7, found.Files.Count);
    }

    [Theory]
    [InlineData("*.jsonl", "a.jsonl")]
    [InlineData("b/?.json", "b/z.json")]
    [InlineData("**/*.json", "b/z.json")]
    [InlineData("*/*.json", "b/z.json")]
    [InlineData("**/?.*json*", "a.jsonl", "b/z.json", "c.json.gz")]
    public void Pattern_GivesMatches(string pattern, params string[] expected) =>
        Assert.Equal(expected, Names(InputFinder.Find([Path.Combine(_folder.Path, pattern)])));

    [Fact]
    public void MissingPath_IsAProblemAndTheOthersAreFound()
    {
        var found = InputFinder.Find([Path.Combine(_folder.Path, "none"), Path.Combine(_folder.Path, "no*ne"), Path.Combine(_folder.Path, "a.jsonl")]);
        Assert.Single(found.Files);
        Assert.Equal(["unreadable", "unreadable"], found.Problems.Select(problem => problem.Reason));
    }

    public void Dispose() => _folder.Dispose();

    private string[] Names(InputList found) => [.. found.Files.Select(file => Path.GetRelativePath(_folder.Path, file.Path).Replace('\\', '/'))];
}
