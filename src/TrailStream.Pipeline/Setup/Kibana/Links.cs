using System.Text.Json.Nodes;

namespace TrailStream.Pipeline.Setup.Kibana;

/// <summary>Links on field values, made by the data view's own formatters: event → origin → all sessions of the person. No runtime fields, no
/// scripts. Only on fields that hold ARNs, keys and event ids: those have no character that could end the query that the link opens, as a
/// name chosen by an attacker might.</summary>
internal static class Links
{
    private const string Time = "_g=(time:(from:now-7d,to:now))";

    /// <summary>Field → what the link searches; the data view opens it in a dashboard or a saved search.</summary>
    private static readonly (string Field, string Target, string[] Searched)[] All =
    [
        (Fields.OriginArn, "dashboards#/view/" + DashboardPlans.PersonId, [Fields.OriginArn]),
        (Fields.RoleArn, "discover#/view/trailstream-pivot-05", [Fields.RoleArn]),
        (Fields.OriginKey, "discover#/view/trailstream-pivot-03", [Fields.OriginKey, Fields.IdentityKey]),
        (Fields.IdentityKey, "discover#/view/trailstream-pivot-04", [Fields.IdentityKey, Fields.HopKey]),
        (Fields.SessionKey, "discover#/view/trailstream-pivot-04", [Fields.IdentityKey, Fields.HopKey]),
        (Fields.HopKey, "discover#/view/trailstream-pivot-04", [Fields.IdentityKey, Fields.HopKey]),
        (Fields.HopFromKey, "discover#/view/trailstream-pivot-04", [Fields.IdentityKey, Fields.HopKey]),
        (Fields.HopEvent, "discover#/view/trailstream-pivot-04", [Fields.EventId]),
        (Fields.EvidenceEvents, "discover#/view/trailstream-pivot-04", [Fields.EventId]),
    ];

    public static IEnumerable<string> UsedFields => All.SelectMany(link => link.Searched.Prepend(link.Field)).Distinct();

    /// <summary>The data view's <c>fieldFormatMap</c>: <c>{"FIELD":{"id":"url","params":{"urlTemplate":"../app/…","labelTemplate":"{{value}}"}}}</c>.
    /// <c>{{value}}</c> is put in with percent encoding.</summary>
    public static JsonObject FieldFormats()
    {
        var formats = new JsonObject();
        foreach (var (field, target, searched) in All)
        {
            var kql = string.Join("%20or%20", searched.Select(name => $"{name}%20:%20%22{{{{value}}}}%22"));
            formats[field] = new JsonObject
            {
                ["id"] = "url",
                ["params"] = new JsonObject
                {
                    ["urlTemplate"] = $"../app/{target}?{Time}&_a=(query:(language:kuery,query:'{kql}'))",
                    ["labelTemplate"] = "{{value}}",
                },
            };
        }

        return formats;
    }
}
