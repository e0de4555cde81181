using System.Text.Json.Nodes;

namespace TrailStream.Pipeline.Setup.Kibana;

/// <summary>What is counted in each group.</summary>
internal enum MeasureKind
{
    /// <summary>Documents.</summary>
    Count,

    /// <summary>Different values of a field.</summary>
    Unique,

    /// <summary>Earliest value of a date.</summary>
    First,

    /// <summary>Latest value of a date.</summary>
    Last,
}

/// <summary>One number of a group.</summary>
/// <param name="Name">Column's heading, and name of the aggregation.</param>
/// <param name="Kind">What it is.</param>
/// <param name="Field">Of which field; empty for a count.</param>
internal sealed record Measure(string Name, MeasureKind Kind, string Field = "")
{
    public static readonly Measure Calls = new("calls", MeasureKind.Count);
    public static readonly Measure FirstCall = new("first", MeasureKind.First, Fields.Time);
    public static readonly Measure LastCall = new("last", MeasureKind.Last, Fields.Time);

    public static Measure Unique(string name, string field) => new(name, MeasureKind.Unique, field);
}

/// <summary>Documents by the values of some fields, with numbers for each group: rendered as a table in Kibana and as the engines' composite
/// aggregation.</summary>
/// <param name="Groups">Fields; the first is the outermost.</param>
/// <param name="Measures">Numbers of each group; the first orders the table.</param>
internal sealed record Breakdown(string[] Groups, Measure[] Measures)
{
    /// <summary>Groups in one answer: a person reads the first, a script pages on with <c>after_key</c>.</summary>
    private const int GroupsMax = 1000;

    /// <summary>Groups shown in a panel.</summary>
    public int Rows { get; init; } = 20;

    public IEnumerable<string> Fields => Groups.Concat(Measures.Select(measure => measure.Field)).Where(name => name.Length > 0);

    /// <summary><c>{"groups":{"composite":{"size":1000,"sources":[{"FIELD":{"terms":{"field":"FIELD","missing_bucket":true}}}]},"aggs":{NAME:{"min":{"field":…}}}}}</c></summary>
    public JsonObject Aggregations
    {
        get
        {
            var measures = new JsonObject();
            foreach (var measure in Measures.Where(measure => measure.Kind != MeasureKind.Count))
            {
                var function = measure.Kind switch { MeasureKind.First => "min", MeasureKind.Last => "max", _ => "cardinality" };
                measures[measure.Name] = new JsonObject { [function] = new JsonObject { ["field"] = measure.Field } };
            }

            var sources = Groups.Select(name => (JsonNode)new JsonObject
            {
                [name] = new JsonObject { ["terms"] = new JsonObject { ["field"] = name, ["missing_bucket"] = true } },
            });
            return new JsonObject
            {
                ["groups"] = new JsonObject
                {
                    ["composite"] = new JsonObject { ["size"] = GroupsMax, ["sources"] = new JsonArray([.. sources]) },
                    ["aggs"] = measures,
                },
            };
        }
    }
}
