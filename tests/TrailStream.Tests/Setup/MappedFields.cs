using System.Text.Json;
using TrailStream.Tests.Tidy;
using Xunit;

namespace TrailStream.Tests.Setup;

/// <summary>The fields of a mapping with their types.</summary>
internal static class MappedFields
{
    public static Dictionary<string, string> Of(string engine)
    {
        using var template = JsonDocument.Parse(Repository.Read($"src/TrailStream.Pipeline/Elasticsearch/Templates/{engine}-mappings.json"));
        var fields = new Dictionary<string, string>();
        Walk(template.RootElement.GetProperty("template").GetProperty("mappings").GetProperty("properties"), "", fields);
        return fields;
    }

    public static void AssertKnown(IEnumerable<string> fields, string where)
    {
        foreach (var engine in (string[])["elasticsearch", "opensearch"])
        {
            var known = Of(engine);
            Assert.Empty(fields.Where(field => !known.ContainsKey(field)).Select(field => $"{where}: {field} is not in the mapping of {engine}"));
        }
    }

    private static void Walk(JsonElement properties, string prefix, Dictionary<string, string> fields)
    {
        foreach (var property in properties.EnumerateObject())
        {
            if (property.Value.TryGetProperty("properties", out var inner))
            {
                Walk(inner, prefix + property.Name + ".", fields);
            }
            else
            {
                fields[prefix + property.Name] = property.Value.GetProperty("type").GetString()!;
            }
        }
    }
}
