using System.Text.Json;
using System.Text.RegularExpressions;
using TrailStream.Pipeline.Setup;
using TrailStream.Pipeline.Setup.Kibana;
using Xunit;

namespace TrailStream.Tests.Setup;

/// <summary>What can be checked of saved objects without Kibana: that every text which holds JSON is JSON, that every reference leads to an object of the
/// file, that every field is in the mapping.</summary>
public sealed partial class SavedObjectTests
{
    [Theory]
    [InlineData(false, 1 + 12 + 2)]
    [InlineData(true, 1 + 12 + 2 + 16 + 8)]
    public void EveryLineAndEveryTextOfJson_Parses(bool isOpenSearch, int count)
    {
        var lines = DashboardSetup.ObjectLines(isOpenSearch).ToList();
        Assert.Equal(count, lines.Count);
        Assert.All(lines, line => Assert.DoesNotContain('\n', line));
        var inner = lines.SelectMany(line => InnerJson(Parse(line), "")).ToList();
        Assert.All(inner, text => Assert.Contains(Parse(text.Text).ValueKind, (JsonValueKind[])[JsonValueKind.Object, JsonValueKind.Array]));
        Assert.True(inner.Count >= count, $"only {inner.Count} texts of JSON were found");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void EveryReference_LeadsToAnObjectOfTheFile(bool isOpenSearch)
    {
        var objects = DashboardSetup.ObjectLines(isOpenSearch).Select(Parse).ToList();
        var ids = objects.Select(o => (Text(o, "type"), Text(o, "id"))).ToList();
        Assert.Equal(ids.Count, ids.Distinct().Count());
        foreach (var saved in objects)
        {
            var references = saved.GetProperty("references").EnumerateArray().ToList();
            Assert.All(references, reference => Assert.Contains((Text(reference, "type"), Text(reference, "id")), ids));
            var names = references.Select(reference => Text(reference, "name")).ToList();
            Assert.Equal(names.Count, names.Distinct().Count());

            // And everything that is referred to by name inside has its reference outside.
            foreach (var (_, text) in InnerJson(saved, ""))
            {
                Assert.All(NamedReference().Matches(text).Select(match => match.Groups[1].Value), name => Assert.Contains(name, names));
            }
        }
    }

    /// <summary>Each panel's own references are repeated at the dashboard's root under the panel's name: Kibana finds them only there.</summary>
    [Fact]
    public void LensPanels_RepeatTheirReferences()
    {
        foreach (var dashboard in DashboardSetup.ObjectLines(false).Select(Parse).Where(o => Text(o, "type") == "dashboard"))
        {
            var names = dashboard.GetProperty("references").EnumerateArray().Select(reference => Text(reference, "name")).ToList();
            foreach (var panel in Parse(Text(dashboard.GetProperty("attributes"), "panelsJSON")).EnumerateArray())
            {
                var attributes = panel.GetProperty("embeddableConfig").GetProperty("attributes");
                var reference = Assert.Single(attributes.GetProperty("references").EnumerateArray());
                Assert.Contains($"{Text(panel, "panelIndex")}:{Text(reference, "name")}", names);
                var layers = attributes.GetProperty("state").GetProperty("datasourceStates").GetProperty("formBased").GetProperty("layers");
                var layer = Assert.Single(layers.EnumerateObject());
                Assert.Equal("indexpattern-datasource-layer-" + layer.Name, Text(reference, "name"));

                // What the picture shows are columns of the layer, and the order names each once.
                var columns = layer.Value.GetProperty("columns").EnumerateObject().Select(column => column.Name).ToList();
                Assert.Equal(columns.Order(), layer.Value.GetProperty("columnOrder").EnumerateArray().Select(id => id.GetString()).Order());
                var visualization = attributes.GetProperty("state").GetProperty("visualization").GetRawText();
                var used = ColumnUse().Matches(visualization).Select(match => match.Groups[1].Value).ToList();
                Assert.NotEmpty(used);
                Assert.All(used, id => Assert.Contains(id, columns));
            }
        }
    }

    [Fact]
    public void Panels_DoNotOverlap_AndFitTheGrid()
    {
        foreach (var plan in DashboardPlans.Both)
        {
            var cells = new HashSet<(int, int)>();
            foreach (var (panel, x, y) in plan.Placed())
            {
                Assert.InRange(x + panel.Width, 1, DashboardPlan.Columns);
                for (var i = 0; i < panel.Width * panel.Height; i++)
                {
                    Assert.True(cells.Add((x + (i % panel.Width), y + (i / panel.Width))), $"{plan.Id}: {panel.Title} lies on another panel");
                }
            }
        }
    }

    [Fact]
    public void EveryField_IsInTheMapping()
    {
        foreach (var pivot in Pivots.Twelve)
        {
            MappedFields.AssertKnown(pivot.Fields, pivot.Id);
            MappedFields.AssertKnown(pivot.Esql is null ? [] : FieldNames().Matches(pivot.Esql).Select(match => match.Value), pivot.Id + " in ES|QL");
        }

        foreach (var panel in DashboardPlans.Both.SelectMany(plan => plan.Panels))
        {
            MappedFields.AssertKnown(panel.Fields, panel.Title);
        }

        foreach (var rule in DetectionRules.All)
        {
            MappedFields.AssertKnown(rule.Fields, rule.Id);
        }

        MappedFields.AssertKnown(Links.UsedFields, "links");
    }

    /// <summary>Whatever the definitions say: the names that stand in the files.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void EveryFieldNamedInTheFiles_IsInTheMapping(bool isOpenSearch)
    {
        var lines = DashboardSetup.ObjectLines(isOpenSearch).Concat(isOpenSearch ? [] : DashboardSetup.RuleLines()).ToList();
        var names = lines.SelectMany(line => FieldNames().Matches(line.Replace("\\", "")).Select(match => match.Value)).Distinct().ToList();
        Assert.True(names.Count > 20);
        MappedFields.AssertKnown(names, "files");
    }

    /// <summary>KQL and query DSL are rendered from one definition; here from the outside that they name the same fields, and that groups are made of what can
    /// be aggregated.</summary>
    [Fact]
    public void KqlAndItsTwin_NameTheSameFields()
    {
        var queries = Pivots.Twelve.Select(pivot => pivot.Query).Concat(DetectionRules.All.Select(rule => rule.Query))
            .Concat(DashboardPlans.Both.SelectMany(plan => plan.Panels).Where(panel => panel.Query is not null).Select(panel => panel.Query!));
        foreach (var query in queries)
        {
            var kql = FieldNames().Matches(query.Kql).Select(match => match.Value).Distinct().Order();
            var dsl = FieldNames().Matches(query.Dsl.ToJsonString()).Select(match => match.Value).Distinct().Order();
            Assert.Equal(kql, dsl);
            Assert.Equal(kql, query.Fields.Distinct().Order());
        }

        var types = MappedFields.Of("opensearch");
        var grouped = Pivots.Twelve.SelectMany(pivot => pivot.Breakdown?.Groups ?? []).Concat(DetectionRules.All.SelectMany(rule => rule.Twin?.Groups ?? []))
            .Concat(DashboardPlans.Both.SelectMany(plan => plan.Panels).SelectMany(panel => panel.Breakdown?.Groups ?? []));
        Assert.All(grouped, field => Assert.Contains(types[field], (string[])["keyword", "ip"]));
    }

    [Theory]
    [InlineData("a\"b", "f : \"a\\\"b\"")]
    [InlineData("a\\b", "f : \"a\\\\b\"")]
    [InlineData("a*b", "f : \"a*b\"")]
    public void Values_CannotEndTheQuery(string value, string kql) => Assert.Equal(kql, Query.Is("f", value).Kql);

    [Fact]
    public void Parts_ArePutInBrackets()
    {
        var query = Query.All(Query.Is("a", 1), Query.Any(Query.Is("b", true), Query.Not(Query.All(Query.Exists("c"), Query.AtLeast("d", 2)))), Query.Like("e", "x*"));
        Assert.Equal("a : 1 and (b : true or not (c : * and d >= 2)) and e : x*", query.Kql);
    }

    [Fact]
    public void Rules_AreWhole()
    {
        var rules = DetectionRules.All.Select(rule => (rule, Parse(SavedObject.Line(rule.ToJson())))).ToList();
        Assert.Equal(rules.Count, rules.Select(rule => rule.rule.Id).Distinct().Count());
        Assert.All(rules, pair =>
        {
            Assert.Matches("^(query|threshold|new_terms)$", Text(pair.Item2, "type"));
            Assert.False(pair.Item2.GetProperty("enabled").GetBoolean());
            Assert.Contains(Text(pair.Item2, "severity"), (string[])["low", "medium", "high", "critical"]);
            Assert.True(pair.rule.NewTerms.Length <= 3, "the detection engine takes three new terms at most");
        });
    }

    /// <summary>Links open a saved search or dashboard that exists, with a query of fields and nothing that a value could break out of.</summary>
    [Fact]
    public void Links_LeadToObjectsOfTheFile()
    {
        var ids = DashboardSetup.ObjectLines(false).Select(line => Text(Parse(line), "id")).ToList();
        var formats = Links.FieldFormats();
        Assert.Equal(9, formats.Count);
        foreach (var (field, format) in formats)
        {
            var template = format!["params"]!["urlTemplate"]!.GetValue<string>();
            Assert.Contains(LinkTarget().Match(template).Groups[1].Value, ids);
            Assert.DoesNotContain("{{rawValue}}", template);
            Assert.True(field.EndsWith("arn", StringComparison.Ordinal) || field.Contains("key", StringComparison.Ordinal) || field.Contains("event_id", StringComparison.Ordinal));
        }
    }

    private static IEnumerable<(string Path, string Text)> InnerJson(JsonElement value, string path)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.String when path.EndsWith("JSON", StringComparison.Ordinal) || path is "visState" or "fieldFormatMap":
                yield return (path, value.GetString()!);
                break;
            case JsonValueKind.Array:
                foreach (var inner in value.EnumerateArray().SelectMany(item => InnerJson(item, path)))
                {
                    yield return inner;
                }

                break;
            case JsonValueKind.Object:
                foreach (var inner in value.EnumerateObject().SelectMany(member => InnerJson(member.Value, member.Name)))
                {
                    yield return inner;
                }

                break;
        }
    }

    private static JsonElement Parse(string json)
    {
        using var document = JsonDocument.Parse(json);
        return document.RootElement.Clone();
    }

    private static string Text(JsonElement element, string name) => element.GetProperty(name).GetString()!;

    [GeneratedRegex("\"(?:indexRefName|panelRefName)\":\"([^\"]+)\"")]
    private static partial Regex NamedReference();

    [GeneratedRegex("\"(?:columnId|metricAccessor|xAccessor|splitAccessor)\":\"([^\"]+)\"")]
    private static partial Regex ColumnUse();

    [GeneratedRegex(@"@timestamp|\b(?:event|cloud|source|user|related|aws\.cloudtrail|trailstream\.attribution)\.[a-z_]+(?:\.[a-z_]+)*\b(?!\.com)")]
    private static partial Regex FieldNames();

    [GeneratedRegex(@"#/view/([a-z0-9-]+)\?")]
    private static partial Regex LinkTarget();
}
