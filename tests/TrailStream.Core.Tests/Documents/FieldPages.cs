using System.Text;
using TrailStream.Core.Documents;

namespace TrailStream.Core.Tests.Documents;

/// <summary>What is made from <see cref="DocumentFields"/>: two pages and the mappings of the component templates.</summary>
internal static class FieldPages
{
    public static string Markdown()
    {
        var page = new StringBuilder(
            """
            # Fields of the documents

            Made from the definition that the writer and the index templates follow (`src/TrailStream.Core/Documents/DocumentFields*.cs`); `fields.yml` beside this page has
            the same for tools. These are documents of form `ecs`; the form `cloudtrail` is the record itself plus `trailstream`.

            - Values "", "-", "none", null and empty containers are left out, as in Elastic's integration.
            - A keyword holds at most 8191 bytes, Java text 32,000, a string in a flattened copy 24,000, a name 511; containers below level 16 become text. What is longer is cut
              between characters; a document that no longer holds a free-form member whole says so in `tags`.
            - Events older than 90 days or more than a day ahead go to `trailstream-cloudtrail-outofrange`: no event can make an index of its own choice.
            - Fields marked *site* are mapped but not written here: for sites that enrich documents by an ingest pipeline. *fallback* is the document that is written instead
              of one which the server refuses.
            - `user.name` of a role session is the role's name, as prebuilt rules expect. `related.user: "alice"` finds everything of a person in either identity mode,
              `trailstream.attribution.origin.name` exactly what she caused.


            """.Replace("\r\n", "\n", StringComparison.Ordinal));
        foreach (var group in DocumentFields.All.GroupBy(Group))
        {
            page.Append("## ").Append(group.Key).Append("\n\n| field | type | from | what it says | example |\n| --- | --- | --- | --- | --- |\n");
            foreach (var field in group)
            {
                page.Append("| `").Append(field.Name).Append("` | ").Append(TypeName(field)).Append(Mark(field)).Append(" | ").Append(Cell(field.Origin))
                    .Append(" | ").Append(Cell(field.Description)).Append(" | `").Append(Cell(field.Example)).Append("` |\n");
            }

            page.Append('\n');
        }

        return page.ToString().TrimEnd() + "\n";
    }

    /// <summary>The shape of an ECS field file: groups of fields, names relative to the group.</summary>
    public static string Yaml()
    {
        var page = new StringBuilder("# Made from the same definition as fields.md.\n");
        foreach (var group in DocumentFields.All.GroupBy(Group))
        {
            var isRoot = group.Key == "base";
            page.Append("- name: ").Append(group.Key).Append("\n  type: group\n").Append(isRoot ? "  root: true\n" : "").Append("  fields:\n");
            foreach (var field in group)
            {
                page.Append("    - name: ").Append(Quoted(isRoot ? field.Name : field.Name[(group.Key.Length + 1)..])).Append('\n')
                    .Append("      type: ").Append(YamlType(field.Type)).Append('\n')
                    .Append(field.Type == FieldType.Keyword ? "      ignore_above: 8191\n" : "")
                    .Append(field.Type == FieldType.Stored ? "      index: false\n      doc_values: false\n" : "")
                    .Append("      description: ").Append(Quoted(field.Description)).Append('\n')
                    .Append("      example: ").Append(Quoted(field.Example)).Append('\n');
            }
        }

        return page.ToString();
    }

    /// <summary>The component template for one engine.</summary>
    public static string Template(bool isOpenSearch)
    {
        var root = new Node();
        foreach (var field in DocumentFields.All)
        {
            var node = root;
            foreach (var name in field.Name.Split('.'))
            {
                node = node.Children.TryGetValue(name, out var child) ? child : node.Children[name] = new Node();
            }

            node.Mapping = Mapping(field.Type, isOpenSearch);
        }

        var page = new StringBuilder(
            """
            {
              "template": {
                "mappings": {
                  "dynamic": false,
                  "date_detection": false,
                  "numeric_detection": false,
                  "_meta": {"product": "trailstream", "schema": "1"},

            """.Replace("\r\n", "\n", StringComparison.Ordinal));
        Write(page, root, "      ");
        return page.Append("\n    }\n  },\n  \"version\": 2,\n  \"_meta\": {\"managed_by\": \"trailstream\"}\n}\n").ToString();
    }

    private static void Write(StringBuilder page, Node node, string indent)
    {
        page.Append(indent).Append("\"properties\": {\n");
        var first = true;
        foreach (var (name, child) in node.Children)
        {
            page.Append(first ? "" : ",\n").Append(indent).Append("  \"").Append(name).Append("\": ");
            if (child.Mapping is not null)
            {
                page.Append(child.Mapping);
            }
            else
            {
                page.Append("{\n");
                Write(page, child, indent + "    ");
                page.Append('\n').Append(indent).Append("  }");
            }

            first = false;
        }

        page.Append('\n').Append(indent).Append('}');
    }

    private static string Mapping(FieldType type, bool isOpenSearch) => type switch
    {
        FieldType.Keyword => """{"type": "keyword", "ignore_above": 8191}""",
        FieldType.Stored => """{"type": "keyword", "index": false, "doc_values": false}""",
        FieldType.Flattened when isOpenSearch => """{"type": "flat_object"}""",
        FieldType.Flattened => """{"type": "flattened", "ignore_above": 8191, "depth_limit": 20}""",
        _ => $$"""{"type": "{{YamlType(type)}}"}""",
    };

    private static string YamlType(FieldType type) => type switch
    {
        FieldType.Keyword or FieldType.Stored => "keyword",
        FieldType.Wildcard => "wildcard",
        FieldType.Date => "date",
        FieldType.Ip => "ip",
        FieldType.Boolean => "boolean",
        FieldType.Integer => "integer",
        FieldType.Long => "long",
        FieldType.GeoPoint => "geo_point",
        FieldType.Flattened => "flattened",
        _ => throw new ArgumentOutOfRangeException(nameof(type)),
    };

    private static string TypeName(DocumentField field) => field.Type == FieldType.Stored ? "keyword, not indexed" : YamlType(field.Type);

    private static string Mark(DocumentField field) => field.Writer switch
    {
        FieldWriter.Site => ", *site*",
        FieldWriter.Fallback => ", *fallback*",
        _ => "",
    };

    private static string Group(DocumentField field)
    {
        var dot = field.Name.IndexOf('.', StringComparison.Ordinal);
        return dot < 0 ? "base" : field.Name.StartsWith("aws.", StringComparison.Ordinal) ? "aws.cloudtrail" : field.Name[..dot];
    }

    private static string Cell(string text) => text.Replace("|", "\\|", StringComparison.Ordinal);

    private static string Quoted(string text) => "'" + text.Replace("'", "''", StringComparison.Ordinal) + "'";

    private sealed class Node
    {
        public Dictionary<string, Node> Children { get; } = [];

        public string? Mapping { get; set; }
    }
}
