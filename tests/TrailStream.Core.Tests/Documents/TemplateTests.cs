using System.Text;
using System.Text.Json;
using TrailStream.Core.Documents;
using Xunit;

namespace TrailStream.Core.Tests.Documents;

public sealed class TemplateTests
{
    /// <summary>DESIGN §6, all of it: what the attribution's JSON can hold.</summary>
    internal const string FullAttribution =
        """
        {"schema":"1","attribution":{"status":"s","method":"m","confidence":"c","reason":"r","depth":1,"path":"p","roles":["r"],"accounts":["a"],"cross_account":true,
        "session_name_matches_origin":true,"via_service":"v","coverage":"partial","final":true,"revision":1,"resolved_at":"2026-11-23T10:15:32Z",
        "origin":{"type":"t","name":"n","arn":"a","id":"i","account_id":"a","access_key_id":"k","source_identity":"s","mfa":true,"workload":{"type":"t","id":"i","name":"n","namespace":"n","cluster":"c"}},
        "chain":[{"hop":1,"action":"a","event_id":"e","time":"2026-11-23T10:15:32Z","expires_at":"2026-11-23T10:15:32Z","from_arn":"f","from_key":"k","role_arn":"r","role_name":"n","account_id":"a","session_name":"s","source_identity":"i","issued_key":"k","source_ip":"1.2.3.4"}],
        "session":{"access_key_id":"k","name":"n","issued_at":"2026-11-23T10:15:32Z","expires_at":"2026-11-23T10:15:32Z","source_identity":"s"},"evidence":{"event_ids":["e"],"truncated":false}}}
        """;

    [Theory]
    [InlineData("elasticsearch", "flattened")]
    [InlineData("opensearch", "flat_object")]
    public void EveryWrittenField_IsMapped(string engine, string freeForm)
    {
        using var template = Template(engine + "-mappings.json");
        var properties = template.RootElement.GetProperty("template").GetProperty("mappings");
        var attribution = FullAttribution.Replace("\n", "", StringComparison.Ordinal);
        var missing = new SortedSet<string>(StringComparer.Ordinal);
        var records = DataSet.RecordsOrSkip().Concat(HostileRecords.All().Select(text => Encoding.UTF8.GetBytes(text)));
        var writer = new DocumentWriter(DocumentForm.Ecs);
        var output = new ByteBuffer();
        foreach (var record in records)
        {
            output.Clear();
            TestDocuments.Write(writer, record, attribution, [(AttributionTermKind.OriginAccountId, "partial"), (AttributionTermKind.RoleName, "true")], output);
            using var document = JsonDocument.Parse(output.Written.ToArray());
            Check(document.RootElement, properties, "", freeForm, missing);
        }

        Assert.Empty(missing);
    }

    private static void Check(JsonElement value, JsonElement mapping, string path, string freeForm, SortedSet<string> missing)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Array:
                foreach (var item in value.EnumerateArray())
                {
                    Check(item, mapping, path, freeForm, missing);
                }

                break;
            case JsonValueKind.Object when mapping.TryGetProperty("type", out var type):
                if (type.GetString() != freeForm)
                {
                    missing.Add(path + " is an object");
                }

                break;
            case JsonValueKind.Object:
                foreach (var member in value.EnumerateObject())
                {
                    if (mapping.GetProperty("properties").TryGetProperty(member.Name, out var inner))
                    {
                        Check(member.Value, inner, path + "." + member.Name, freeForm, missing);
                    }
                    else
                    {
                        missing.Add(path + "." + member.Name);
                    }
                }

                break;
            default:
                if (!mapping.TryGetProperty("type", out _))
                {
                    missing.Add(path + " is a value");
                }

                break;
        }
    }

    private static JsonDocument Template(string name)
    {
        var root = new DirectoryInfo(AppContext.BaseDirectory);
        while (root is not null && !File.Exists(Path.Combine(root.FullName, "TrailStream.sln")))
        {
            root = root.Parent;
        }

        Assert.NotNull(root);
        return JsonDocument.Parse(File.ReadAllBytes(Path.Combine(root.FullName, "src/TrailStream.Pipeline/Elasticsearch/Templates", name)));
    }
}
