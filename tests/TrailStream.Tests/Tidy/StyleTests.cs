using System.Text.RegularExpressions;
using Xunit;

namespace TrailStream.Tests.Tidy;

/// <summary>House rules that a machine can check.</summary>
public sealed partial class StyleTests
{
    private const int FileLinesMax = 400;
    private const int LineLengthMax = 200;

    private static readonly string[] RootEntries =
    [
        ".ci", ".editorconfig", ".git", ".gitattributes", ".gitignore", "BannedSymbols.txt", "CONTRIBUTING.md", "Directory.Build.props",
        "Directory.Packages.props", "LICENSE", "README.md", "THIRD-PARTY.md", "TrailStream.sln", "benchmarks", "deploy", "docs", "global.json", "helm",
        "src", "tests",
    ];

    [Fact]
    public void Files_AreShort()
    {
        var long_ = Sources().Select(path => (path, lines: Repository.Read(path).Count(c => c == '\n'))).Where(file => file.lines > FileLinesMax);
        Assert.Empty(long_);
    }

    [Fact]
    public void Lines_AreShort()
    {
        var wide = Sources().SelectMany(path => Repository.Read(path).Split('\n').Select((line, i) => (path, i, line.Length)))
            .Where(line => line.Length > LineLengthMax && !line.path.StartsWith("tests/", StringComparison.Ordinal))
            .Select(line => $"{line.path}:{line.i + 1}");
        Assert.Empty(wide);
    }

    [Fact]
    public void Names_SaySomething()
    {
        var vague = Repository.Files("src", "*.cs").Where(path => VagueName().IsMatch(Path.GetFileNameWithoutExtension(path)));
        Assert.Empty(vague);
    }

    [Fact]
    public void Sources_HoldNothingUnfinished()
    {
        var unfinished = Repository.Files("src", "*.cs").Concat(Repository.Files("benchmarks", "*.cs"))
            .Where(path => Unfinished().IsMatch(Repository.Read(path)));
        Assert.Empty(unfinished);
    }

    [Fact]
    public void Root_HoldsWhatIsListed()
    {
        var extra = Directory.EnumerateFileSystemEntries(Repository.Root).Select(Path.GetFileName)
            .Where(name => !RootEntries.Contains(name) && name is not ("TestResults" or "artifacts" or "BenchmarkDotNet.Artifacts")
                && !name!.Contains(".db", StringComparison.Ordinal));
        Assert.Empty(extra);
    }

    private static IEnumerable<string> Sources() =>
        Repository.Files("src", "*.cs").Concat(Repository.Files("tests", "*.cs")).Concat(Repository.Files("benchmarks", "*.cs"));

    [GeneratedRegex("(Manager|Helper|Helpers|Util|Utils|Common|Misc)$")]
    private static partial Regex VagueName();

    [GeneratedRegex("NotImplementedException|TODO|FIXME|HACK|CONTRACT STUB")]
    private static partial Regex Unfinished();
}
