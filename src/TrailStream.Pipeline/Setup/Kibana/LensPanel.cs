using System.Text.Json.Nodes;

namespace TrailStream.Pipeline.Setup.Kibana;

/// <summary>A panel as Kibana's Lens writes it, inside the dashboard ("by value").</summary>
internal static class LensPanel
{
    private const string Layer = "layer";

    /// <summary>The panel's attributes, and the name under which they refer to the data view.</summary>
    public static (JsonObject Attributes, string Reference) Attributes(Panel panel)
    {
        var columns = Columns(panel);
        var (type, visualization) = Visualization(panel, columns);
        var layer = new JsonObject
        {
            ["columns"] = new JsonObject(columns.Select(column => KeyValuePair.Create(column.Id, (JsonNode?)column.Json))),
            ["columnOrder"] = new JsonArray([.. columns.Select(column => (JsonNode)column.Id)]),
            ["incompleteColumns"] = new JsonObject(),
        };
        var reference = "indexpattern-datasource-layer-" + Layer;
        var attributes = new JsonObject
        {
            ["title"] = panel.Title,
            ["type"] = "lens",
            ["visualizationType"] = type,
            ["references"] = new JsonArray(SavedObject.Reference("index-pattern", SavedObject.DataViewId, reference)),
            ["state"] = new JsonObject
            {
                ["visualization"] = visualization,
                ["query"] = new JsonObject { ["language"] = "kuery", ["query"] = panel.Query?.Kql ?? "" },
                ["filters"] = new JsonArray(),
                ["datasourceStates"] = new JsonObject
                {
                    ["formBased"] = new JsonObject { ["layers"] = new JsonObject { [Layer] = layer } },
                    ["textBased"] = new JsonObject { ["layers"] = new JsonObject() },
                },
                ["internalReferences"] = new JsonArray(),
                ["adHocDataViews"] = new JsonObject(),
            },
        };
        return (attributes, reference);
    }

    /// <summary>Groups first, then numbers: Lens nests them in this order.</summary>
    private static List<(string Id, bool IsGroup, JsonObject Json)> Columns(Panel panel)
    {
        var columns = new List<(string, bool, JsonObject)>();
        if (panel.SplitField is { } split)
        {
            columns.Add(("split", true, Terms(split, 8, "count")));
        }

        if (panel.Kind is PanelKind.Bars or PanelKind.Shares)
        {
            columns.Add(("time", true, Column(panel.TimeField, "date_histogram", panel.TimeField, "date", "interval", new JsonObject { ["interval"] = "auto" })));
        }

        if (panel.Breakdown is { } breakdown)
        {
            var first = MeasureId(breakdown.Measures[0]);
            columns.AddRange(breakdown.Groups.Select((field, i) => ($"group-{i}", true, Terms(field, breakdown.Rows, first))));
            columns.AddRange(breakdown.Measures.Select(measure => (MeasureId(measure), false, Number(measure))));
        }
        else
        {
            columns.Add(("count", false, Number(Measure.Calls)));
        }

        return columns;
    }

    private static (string Type, JsonObject State) Visualization(Panel panel, List<(string Id, bool IsGroup, JsonObject Json)> columns)
    {
        switch (panel.Kind)
        {
            case PanelKind.Number:
                return ("lnsMetric", new JsonObject { ["layerId"] = Layer, ["layerType"] = "data", ["metricAccessor"] = "count" });
            case PanelKind.Table:
                var shown = columns.Select(column => (JsonNode)new JsonObject { ["columnId"] = column.Id, ["isTransposed"] = false });
                return ("lnsDatatable", new JsonObject { ["layerId"] = Layer, ["layerType"] = "data", ["columns"] = new JsonArray([.. shown]) });
            default:
                var series = panel.Kind == PanelKind.Shares ? "bar_percentage_stacked" : "bar_stacked";
                var layer = new JsonObject
                {
                    ["layerId"] = Layer,
                    ["layerType"] = "data",
                    ["seriesType"] = series,
                    ["accessors"] = new JsonArray("count"),
                    ["xAccessor"] = "time",
                };
                if (panel.SplitField is not null)
                {
                    layer["splitAccessor"] = "split";
                }

                return ("lnsXY", new JsonObject
                {
                    ["legend"] = new JsonObject { ["isVisible"] = true, ["position"] = "right" },
                    ["preferredSeriesType"] = series,
                    ["valueLabels"] = "hide",
                    ["layers"] = new JsonArray(layer),
                });
        }
    }

    private static string MeasureId(Measure measure) => measure.Kind == MeasureKind.Count ? "count" : "measure-" + measure.Name;

    private static JsonObject Number(Measure measure) => measure.Kind switch
    {
        MeasureKind.Count => Column("calls", "count", "___records___", "number", "ratio", new JsonObject()),
        MeasureKind.Unique => Column(measure.Name, "unique_count", measure.Field, "number", "ratio", new JsonObject()),
        MeasureKind.First => Column(measure.Name, "min", measure.Field, "date", "ratio", new JsonObject()),
        _ => Column(measure.Name, "max", measure.Field, "date", "ratio", new JsonObject()),
    };

    private static JsonObject Terms(string field, int size, string orderedBy) => Column(
        field, "terms", field, "string", "ordinal",
        new JsonObject
        {
            ["size"] = size,
            ["orderBy"] = new JsonObject { ["type"] = "column", ["columnId"] = orderedBy },
            ["orderDirection"] = "desc",
            ["otherBucket"] = false,
            ["missingBucket"] = true,
        });

    private static JsonObject Column(string label, string operation, string field, string dataType, string scale, JsonObject parameters)
    {
        var isGroup = operation is "terms" or "date_histogram";
        return new JsonObject
        {
            ["label"] = label,
            ["customLabel"] = true,
            ["dataType"] = dataType,
            ["operationType"] = operation,
            ["sourceField"] = field,
            ["isBucketed"] = isGroup,
            ["scale"] = scale,
            ["params"] = parameters,
        };
    }
}
