using System.Text.RegularExpressions;
using Xunit;

namespace TrailStream.Tests.Tidy;

/// <summary>The direction of the design, Core ← Pipeline ← TrailStream, and what Core may touch.</summary>
public sealed partial class ArchitectureTests
{
    [Fact]
    public void ProjectReferences_PointOneWay()
    {
        Assert.Empty(References("src/TrailStream.Core/TrailStream.Core.csproj"));
        Assert.Equal(["TrailStream.Core"], References("src/TrailStream.Pipeline/TrailStream.Pipeline.csproj"));
        Assert.Equal(["TrailStream.Pipeline"], References("src/TrailStream/TrailStream.csproj"));
    }

    [Fact]
    public void Core_ReferencesNoPackage() =>
        Assert.DoesNotContain("PackageReference", Repository.Read("src/TrailStream.Core/TrailStream.Core.csproj"));

    [Fact]
    public void Core_TouchesNoFileSocketClockThreadOrLogger()
    {
        var hits = Repository.Files("src/TrailStream.Core", "*.cs")
            .SelectMany(path => ForbiddenInCore().Matches(Repository.Read(path)).Select(match => $"{path}: {match.Value.Trim()}"));
        Assert.Empty(hits);
    }

    [Fact]
    public void Sources_UseOnlyNamespacesBelowThem()
    {
        var wrong = Repository.Files("src/TrailStream.Core", "*.cs").Where(path => Repository.Read(path).Contains("using TrailStream.Pipeline"))
            .Concat(Repository.Files("src/TrailStream.Pipeline", "*.cs").Where(path => ExecutableUsing().IsMatch(Repository.Read(path))));
        Assert.Empty(wrong);
    }

    [Fact]
    public void Namespaces_EqualFolders()
    {
        var wrong = Repository.Files("src", "*.cs")
            .Where(path => NamespaceLine().Match(Repository.Read(path)) is { Success: true } match
                && match.Groups[1].Value != Path.GetDirectoryName(path)!.Replace('\\', '/')["src/".Length..].Replace('/', '.'));
        Assert.Empty(wrong);
    }

    private static IEnumerable<string> References(string project) =>
        ProjectReference().Matches(Repository.Read(project)).Select(match => match.Groups[1].Value);

    // ReaderWriterLockSlim is the one piece of threading in Core: the session index is shared by the callers' threads.
    [GeneratedRegex(@"\bFile(Stream|Info)?\.|\bDirectory\.|new FileStream|\bSocket\b|HttpClient|using System\.Net|using System\.Threading|\bThread\.|\bTask\.|DateTime\.(Now|UtcNow)|DateTimeOffset\.(Now|UtcNow)|TimeProvider|Stopwatch|Console\.|ILogger|Microsoft\.Extensions|Environment\.")]
    private static partial Regex ForbiddenInCore();

    [GeneratedRegex(@"using TrailStream\.(Cli|Configuration|DeadLetters|Http|Who|Run|Demo|Enrich|Setup|Verify)\b")]
    private static partial Regex ExecutableUsing();

    [GeneratedRegex(@"(?m)^namespace ([\w.]+);")]
    private static partial Regex NamespaceLine();

    [GeneratedRegex(@"<ProjectReference Include=""[^""]*/(TrailStream[\w.]*)\.csproj""")]
    private static partial Regex ProjectReference();
}
