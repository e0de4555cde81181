using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace TrailStream.Pipeline.Setup.Kibana;

/// <summary>Lines of a saved-objects file, and what Kibana and OpenSearch Dashboards write alike.</summary>
internal static class SavedObject
{
    public const string DataViewId = "trailstream-cloudtrail";
    public const string DataViewTitle = "trailstream-cloudtrail*";

    /// <summary>Name by which a search source refers to its data view.</summary>
    public const string SourceIndex = "kibanaSavedObjectMeta.searchSourceJSON.index";

    /// <summary>Text stays readable in the file: nothing of it goes into HTML.</summary>
    private static readonly JsonSerializerOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string Line(JsonNode node) => node.ToJsonString(Readable);

    public static JsonObject Reference(string type, string id, string name) => new() { ["type"] = type, ["id"] = id, ["name"] = name };

    /// <summary><c>{"searchSourceJSON":"{\"query\":{…},\"filter\":[],\"indexRefName\":…}"}</c></summary>
    public static JsonObject SearchSource(Query? query, bool withIndex = true)
    {
        var source = new JsonObject
        {
            ["query"] = new JsonObject { ["language"] = "kuery", ["query"] = query?.Kql ?? "" },
            ["filter"] = new JsonArray(),
        };
        if (withIndex)
        {
            source["indexRefName"] = SourceIndex;
        }

        return new JsonObject { ["searchSourceJSON"] = Line(source) };
    }

    /// <summary>The attributes of the data view.</summary>
    public static JsonObject DataView() => new()
    {
        ["title"] = DataViewTitle,
        ["name"] = "TrailStream CloudTrail",
        ["timeFieldName"] = Fields.Time,
        ["allowNoIndex"] = true,
        ["fieldFormatMap"] = Line(Links.FieldFormats()),
    };

    /// <summary>The attributes of a pivot's saved search.</summary>
    public static JsonObject Search(Pivot pivot) => new()
    {
        ["title"] = $"TrailStream {pivot.Number:D2}: {pivot.Title}",
        ["description"] = pivot.Question,
        ["columns"] = new JsonArray([.. pivot.Columns.Select(column => (JsonNode)column)]),
        ["sort"] = new JsonArray(new JsonArray(Fields.Time, "desc")),
        ["kibanaSavedObjectMeta"] = SearchSource(pivot.Query),
    };

    /// <summary>The attributes of a dashboard but for its panels.</summary>
    public static JsonObject Dashboard(DashboardPlan plan, JsonArray panels) => new()
    {
        ["title"] = plan.Title,
        ["description"] = plan.Description,
        ["timeRestore"] = true,
        ["timeFrom"] = plan.From,
        ["timeTo"] = "now",
        ["optionsJSON"] = Line(new JsonObject { ["useMargins"] = true, ["hidePanelTitles"] = false }),
        ["panelsJSON"] = Line(panels),
        ["kibanaSavedObjectMeta"] = SearchSource(null, withIndex: false),
    };

    public static JsonObject Grid(Panel panel, int x, int y, string id) => new()
    {
        ["x"] = x,
        ["y"] = y,
        ["w"] = panel.Width,
        ["h"] = panel.Height,
        ["i"] = id,
    };

    public static JsonArray DataViewReference() => new(Reference("index-pattern", DataViewId, SourceIndex));
}
