using System.Text.Json;
using TrailStream.Core.Documents;
using Xunit;

namespace TrailStream.Core.Tests.Documents;

public sealed class FieldPagesTests
{
    private const string Templates = "src/TrailStream.Pipeline/Elasticsearch/Templates/";

    [Fact]
    public void Markdown_IsMadeFromTheDefinition() => Check("docs/fields.md", FieldPages.Markdown());

    [Fact]
    public void Yaml_IsMadeFromTheDefinition() => Check("docs/fields.yml", FieldPages.Yaml());

    [Fact]
    public void ElasticsearchMappings_AreMadeFromTheDefinition() => Check(Templates + "elasticsearch-mappings.json", FieldPages.Template(isOpenSearch: false));

    [Fact]
    public void OpenSearchMappings_AreMadeFromTheDefinition() => Check(Templates + "opensearch-mappings.json", FieldPages.Template(isOpenSearch: true));

    [Fact]
    public void Names_AreUniqueAndNoneLiesBelowAnother()
    {
        var names = DocumentFields.All.Select(field => field.Name).ToList();
        Assert.Equal(names.Count, names.Distinct().Count());
        Assert.DoesNotContain(names, name => names.Any(other => other.StartsWith(name + ".", StringComparison.Ordinal)));
        Assert.All(DocumentFields.All, field => Assert.False(field.Description.Length == 0 || field.Example.Length == 0, field.Name));
    }

    /// <summary>Fails while the file differs from what the definition gives; writes it where TRAILSTREAM_UPDATE_DOCS is set.</summary>
    private static void Check(string path, string content)
    {
        var full = Path.Combine(Root(), path);
        if (Environment.GetEnvironmentVariable("TRAILSTREAM_UPDATE_DOCS") is { Length: > 0 })
        {
            File.WriteAllText(full, content);
        }

        Assert.True(
            File.Exists(full) && File.ReadAllText(full).Replace("\r\n", "\n", StringComparison.Ordinal) == content,
            $"{path} is not what the definition says: run TRAILSTREAM_UPDATE_DOCS=1 dotnet run -c Release --project tests/TrailStream.Core.Tests and commit it.");
    }

    private static string Root()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "TrailStream.sln")))
        {
            folder = folder.Parent;
        }

        return folder?.FullName ?? throw new InvalidOperationException("The tests do not run from inside the repository.");
    }
}
