using System.Text.Json.Nodes;

namespace TrailStream.Pipeline.Setup.Kibana;

/// <summary>The saved objects for Kibana 8.8 or later, one JSON object a line. Older types' versions are migrated when they are imported, newer ones
/// are refused: the oldest that has all we use is written.</summary>
internal static class KibanaObjects
{
    private const string CoreVersion = "8.8.0";

    /// <summary>Version of the shape of panels inside a dashboard.</summary>
    private const string PanelVersion = "8.11.0";

    public static IEnumerable<JsonObject> All()
    {
        var view = SavedObject.DataView();
        yield return Object("index-pattern", SavedObject.DataViewId, view, [], "7.11.0");
        foreach (var pivot in Pivots.Twelve)
        {
            var search = SavedObject.Search(pivot);
            search["grid"] = new JsonObject();
            search["hideChart"] = false;
            search["timeRestore"] = true;
            search["timeRange"] = new JsonObject { ["from"] = pivot.From, ["to"] = "now" };
            yield return Object("search", pivot.Id, search, SavedObject.DataViewReference(), "7.9.3");
        }

        foreach (var plan in DashboardPlans.Both)
        {
            yield return Dashboard(plan);
        }
    }

    private static JsonObject Dashboard(DashboardPlan plan)
    {
        var panels = new JsonArray();
        var references = new JsonArray();
        var number = 0;
        foreach (var (panel, x, y) in plan.Placed())
        {
            var id = $"panel-{++number:D2}";
            var (attributes, layer) = LensPanel.Attributes(panel);
            panels.Add(new JsonObject
            {
                ["version"] = PanelVersion,
                ["type"] = "lens",
                ["gridData"] = SavedObject.Grid(panel, x, y, id),
                ["panelIndex"] = id,
                ["title"] = panel.Title,
                ["embeddableConfig"] = new JsonObject { ["attributes"] = attributes, ["enhancements"] = new JsonObject() },
            });

            // A panel's own references, again at the dashboard's root under the panel's name.
            references.Add(SavedObject.Reference("index-pattern", SavedObject.DataViewId, $"{id}:{layer}"));
        }

        return Object("dashboard", plan.Id, SavedObject.Dashboard(plan, panels), references, "8.7.0");
    }

    private static JsonObject Object(string type, string id, JsonObject attributes, JsonArray references, string version) => new()
    {
        ["type"] = type,
        ["id"] = id,
        ["attributes"] = attributes,
        ["references"] = references,
        ["managed"] = false,
        ["coreMigrationVersion"] = CoreVersion,
        ["typeMigrationVersion"] = version,
    };
}
