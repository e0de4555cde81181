using System.Text.Json.Nodes;

namespace TrailStream.Pipeline.Setup.Kibana;

/// <summary>The same for OpenSearch Dashboards, which parted from Kibana at 7.10: panels are objects of their own, made of aggregations.</summary>
internal static class OpenSearchObjects
{
    private const string PanelVersion = "7.10.0";

    public static IEnumerable<JsonObject> All()
    {
        var view = SavedObject.DataView();
        view.Remove("name");
        view.Remove("allowNoIndex");
        yield return Object("index-pattern", SavedObject.DataViewId, view, [], "7.6.0");
        foreach (var pivot in Pivots.Twelve)
        {
            yield return Object("search", pivot.Id, SavedObject.Search(pivot), SavedObject.DataViewReference(), "7.9.3");
        }

        foreach (var plan in DashboardPlans.Both)
        {
            foreach (var line in Dashboard(plan))
            {
                yield return line;
            }
        }
    }

    private static IEnumerable<JsonObject> Dashboard(DashboardPlan plan)
    {
        var panels = new JsonArray();
        var references = new JsonArray();
        var number = 0;
        foreach (var (panel, x, y) in plan.Placed())
        {
            var index = $"{++number}";
            var id = $"{plan.Id}-{number:D2}";
            yield return Object("visualization", id, Visualization(panel), SavedObject.DataViewReference(), "7.10.0");
            panels.Add(new JsonObject
            {
                ["version"] = PanelVersion,
                ["gridData"] = SavedObject.Grid(panel, x, y, index),
                ["panelIndex"] = index,
                ["title"] = panel.Title,
                ["embeddableConfig"] = new JsonObject(),
                ["panelRefName"] = $"panel_{index}",
            });
            references.Add(SavedObject.Reference("visualization", id, $"panel_{index}"));
        }

        yield return Object("dashboard", plan.Id, SavedObject.Dashboard(plan, panels), references, "7.9.3");
    }

    private static JsonObject Visualization(Panel panel)
    {
        var type = panel.Kind switch { PanelKind.Number => "metric", PanelKind.Table => "table", _ => "histogram" };
        var state = new JsonObject { ["title"] = panel.Title, ["type"] = type, ["aggs"] = Aggregations(panel), ["params"] = Parameters(panel) };
        return new JsonObject
        {
            ["title"] = "TrailStream: " + panel.Title,
            ["visState"] = SavedObject.Line(state),
            ["uiStateJSON"] = "{}",
            ["description"] = "",
            ["kibanaSavedObjectMeta"] = SavedObject.SearchSource(panel.Query),
        };
    }

    /// <summary><c>[{"id":"1","enabled":true,"type":"count","schema":"metric","params":{}},{"id":"2","type":"terms","schema":"bucket","params":{"field":…}}]</c></summary>
    private static JsonArray Aggregations(Panel panel)
    {
        var list = new JsonArray();
        var measures = panel.Breakdown?.Measures ?? [Measure.Calls];
        foreach (var measure in measures)
        {
            var (type, parameters) = measure.Kind switch
            {
                MeasureKind.Count => ("count", new JsonObject()),
                MeasureKind.Unique => ("cardinality", new JsonObject { ["field"] = measure.Field }),
                MeasureKind.First => ("min", new JsonObject { ["field"] = measure.Field }),
                _ => ("max", new JsonObject { ["field"] = measure.Field }),
            };
            parameters["customLabel"] = measure.Name;
            Add(type, "metric", parameters);
        }

        if (panel.Kind is PanelKind.Bars or PanelKind.Shares)
        {
            Add(
                "date_histogram", "segment",
                new JsonObject { ["field"] = panel.TimeField, ["interval"] = "auto", ["min_doc_count"] = 1, ["extended_bounds"] = new JsonObject() });
            if (panel.SplitField is { } split)
            {
                Add("terms", "group", Terms(split, 8));
            }
        }

        foreach (var field in panel.Breakdown?.Groups ?? [])
        {
            Add("terms", "bucket", Terms(field, panel.Breakdown!.Rows));
        }

        return list;

        void Add(string type, string schema, JsonObject parameters) => list.Add(new JsonObject
        {
            ["id"] = $"{list.Count + 1}",
            ["enabled"] = true,
            ["type"] = type,
            ["schema"] = schema,
            ["params"] = parameters,
        });
    }

    /// <summary>Ordered by the first number, which has the id 1.</summary>
    private static JsonObject Terms(string field, int size) => new()
    {
        ["field"] = field,
        ["orderBy"] = "1",
        ["order"] = "desc",
        ["size"] = size,
        ["otherBucket"] = false,
        ["missingBucket"] = true,
        ["missingBucketLabel"] = "(none)",
    };

    private static JsonObject Parameters(Panel panel) => panel.Kind switch
    {
        PanelKind.Number => new JsonObject
        {
            ["addTooltip"] = true,
            ["addLegend"] = false,
            ["type"] = "metric",
            ["metric"] = new JsonObject
            {
                ["percentageMode"] = false,
                ["metricColorMode"] = "None",
                ["labels"] = new JsonObject { ["show"] = false },
                ["colorsRange"] = new JsonArray(new JsonObject { ["from"] = 0, ["to"] = 10000 }),
                ["style"] = new JsonObject { ["fontSize"] = 40 },
            },
        },
        PanelKind.Table => new JsonObject { ["perPage"] = 20, ["showPartialRows"] = false, ["showTotal"] = false },
        _ => Histogram(panel.Kind == PanelKind.Shares ? "percentage" : "normal"),
    };

    private static JsonObject Histogram(string mode) => new()
    {
        ["type"] = "histogram",
        ["addTooltip"] = true,
        ["addLegend"] = true,
        ["legendPosition"] = "right",
        ["categoryAxes"] = new JsonArray(new JsonObject
        {
            ["id"] = "CategoryAxis-1",
            ["type"] = "category",
            ["position"] = "bottom",
            ["show"] = true,
            ["scale"] = new JsonObject { ["type"] = "linear" },
            ["labels"] = new JsonObject { ["show"] = true },
            ["title"] = new JsonObject(),
        }),
        ["valueAxes"] = new JsonArray(new JsonObject
        {
            ["id"] = "ValueAxis-1",
            ["name"] = "LeftAxis-1",
            ["type"] = "value",
            ["position"] = "left",
            ["show"] = true,
            ["scale"] = new JsonObject { ["type"] = "linear", ["mode"] = mode },
            ["labels"] = new JsonObject { ["show"] = true },
            ["title"] = new JsonObject { ["text"] = "" },
        }),
        ["seriesParams"] = new JsonArray(new JsonObject
        {
            ["show"] = true,
            ["type"] = "histogram",
            ["mode"] = "stacked",
            ["valueAxis"] = "ValueAxis-1",
            ["data"] = new JsonObject { ["label"] = "calls", ["id"] = "1" },
        }),
    };

    private static JsonObject Object(string type, string id, JsonObject attributes, JsonArray references, string version) => new()
    {
        ["type"] = type,
        ["id"] = id,
        ["attributes"] = attributes,
        ["references"] = references,
        ["migrationVersion"] = new JsonObject { [type] = version },
    };
}
