using System.Globalization;
using System.Text.RegularExpressions;
using Xunit;

namespace TrailStream.Tests.Tidy;

/// <summary><c>docs/faults.md</c> promises tests: each must be there, and each row once.</summary>
public sealed partial class FaultsPageTests
{
    private const int Rows = 53;

    [Fact]
    public void EveryTestThatIsNamed_Exists()
    {
        var classes = Repository.Files("tests", "*Tests.cs").ToLookup(path => Path.GetFileNameWithoutExtension(path), Repository.Read);
        var named = TestName().Matches(Repository.Read("docs/faults.md"));
        Assert.True(named.Count >= Rows);
        foreach (Match match in named)
        {
            Assert.True(
                classes[match.Groups[1].Value].Any(text => text.Contains($" {match.Groups[2].Value}(", StringComparison.Ordinal)), $"there is no test {match.Value}");
        }
    }

    [Fact]
    public void EveryRow_IsThereOnce() => Assert.Equal(
        Enumerable.Range(1, Rows),
        Row().Matches(Repository.Read("docs/faults.md")).Select(match => int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture)));

    [GeneratedRegex(@"`(\w+Tests)\.(\w+)`")]
    private static partial Regex TestName();

    [GeneratedRegex(@"^\| (\d+) \|", RegexOptions.Multiline)]
    private static partial Regex Row();
}
