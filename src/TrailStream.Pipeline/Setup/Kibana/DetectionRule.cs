using System.Text.Json.Nodes;

namespace TrailStream.Pipeline.Setup.Kibana;

/// <summary>Fires when a group of hits has enough of something.</summary>
/// <param name="Field">Groups by it.</param>
/// <param name="Hits">Documents of a group at least.</param>
/// <param name="CountedField">Counts its different values; null counts documents only.</param>
/// <param name="Different">Different values at least.</param>
internal sealed record RuleThreshold(string Field, int Hits, string? CountedField = null, int Different = 0);

/// <summary>A detection rule of our own, for Kibana's detection engine.</summary>
/// <param name="Id">Never changes: Kibana knows the rule by it.</param>
/// <param name="Name">Title.</param>
/// <param name="Description">What it finds and why that matters.</param>
/// <param name="Query">Documents it looks at.</param>
/// <param name="Severity">low, medium, high, critical.</param>
internal sealed record DetectionRule(string Id, string Name, string Description, Query Query, string Severity)
{
    /// <summary>Raised when the rule changes; users' own switches, actions and exceptions survive it.</summary>
    public int Version { get; init; } = 1;

    public RuleThreshold? Threshold { get; init; }

    /// <summary>Fires for a combination of values that the last <see cref="HistoryDays"/> did not have; empty: fires for each document.</summary>
    public string[] NewTerms { get; init; } = [];

    public int HistoryDays { get; init; } = 14;

    public required string FalsePositives { get; init; }

    public required string Investigation { get; init; }

    /// <summary>Alerts about evidence come when the evidence does, not when the event did.</summary>
    public string TimestampField { get; init; } = Kibana.Fields.Resolved;

    public string[] Shown { get; init; } = [Kibana.Fields.ChainPath, Kibana.Fields.Reason, Kibana.Fields.UserName, Kibana.Fields.SourceIp, Kibana.Fields.EventAction];

    public IEnumerable<string> Fields => Query.Fields.Concat(NewTerms).Concat(Shown).Append(TimestampField)
        .Concat(Threshold is null ? [] : Threshold.CountedField is null ? [Threshold.Field] : [Threshold.Field, Threshold.CountedField]).Distinct();

    /// <summary>Members of the rule that its users own once it is there.</summary>
    public static readonly string[] UsersMembers = ["enabled", "actions", "exceptions_list"];

    /// <summary>The rule as the detection engine's API takes it.</summary>
    public JsonObject ToJson()
    {
        var rule = new JsonObject
        {
            ["rule_id"] = Id,
            ["name"] = Name,
            ["description"] = Description,
            ["type"] = Threshold is not null ? "threshold" : NewTerms.Length > 0 ? "new_terms" : "query",
            ["language"] = "kuery",
            ["index"] = new JsonArray("trailstream-cloudtrail*"),
            ["query"] = Query.Kql,
            ["filters"] = new JsonArray(),

            // Twice the interval: a run that was late, or a document that was refreshed late, is still seen.
            ["from"] = "now-10m",
            ["to"] = "now",
            ["interval"] = "5m",
            ["timestamp_override"] = TimestampField,
            ["severity"] = Severity,
            ["risk_score"] = Severity switch { "low" => 21, "medium" => 47, "high" => 73, _ => 99 },
            ["max_signals"] = 100,
            ["enabled"] = false,
            ["author"] = new JsonArray("TrailStream"),
            ["tags"] = new JsonArray("TrailStream", "Domain: Cloud", "Data Source: AWS"),
            ["false_positives"] = new JsonArray(FalsePositives),
            ["note"] = Investigation,
            ["references"] = new JsonArray(),
            ["actions"] = new JsonArray(),
            ["exceptions_list"] = new JsonArray(),
            ["threat"] = new JsonArray(ValidAccounts()),
            ["investigation_fields"] = new JsonObject { ["field_names"] = new JsonArray([.. Shown.Select(field => (JsonNode)field)]) },
            ["meta"] = new JsonObject { ["managed_by"] = SetupObject.Owner, ["version"] = Version },
        };
        if (Threshold is { } threshold)
        {
            rule["threshold"] = new JsonObject
            {
                ["field"] = new JsonArray(threshold.Field),
                ["value"] = threshold.Hits,
                ["cardinality"] = threshold.CountedField is null
                    ? new JsonArray()
                    : new JsonArray(new JsonObject { ["field"] = threshold.CountedField, ["value"] = threshold.Different }),
            };
        }
        else if (NewTerms.Length > 0)
        {
            rule["new_terms_fields"] = new JsonArray([.. NewTerms.Select(field => (JsonNode)field)]);
            rule["history_window_start"] = $"now-{HistoryDays}d";
        }

        return rule;
    }

    /// <summary>What the rule would group, as the engines' own aggregation: for a threshold or new terms.</summary>
    public Breakdown? Twin => Threshold is { } threshold
        ? new Breakdown([threshold.Field], threshold.CountedField is null ? [Measure.Calls] : [Measure.Calls, Measure.Unique("different", threshold.CountedField)])
        : NewTerms.Length > 0 ? new Breakdown(NewTerms, [Measure.Calls, Measure.FirstCall]) : null;

    /// <summary>All rules are about credentials that are valid and in the wrong hands: ATT&amp;CK T1078.004.</summary>
    private static JsonObject ValidAccounts()
    {
        const string Base = "https://attack.mitre.org/";
        return new JsonObject
        {
            ["framework"] = "MITRE ATT&CK",
            ["tactic"] = new JsonObject { ["id"] = "TA0004", ["name"] = "Privilege Escalation", ["reference"] = Base + "tactics/TA0004/" },
            ["technique"] = new JsonArray(new JsonObject
            {
                ["id"] = "T1078",
                ["name"] = "Valid Accounts",
                ["reference"] = Base + "techniques/T1078/",
                ["subtechnique"] = new JsonArray(
                    new JsonObject { ["id"] = "T1078.004", ["name"] = "Cloud Accounts", ["reference"] = Base + "techniques/T1078/004/" }),
            }),
        };
    }
}
