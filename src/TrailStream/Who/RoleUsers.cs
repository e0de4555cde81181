using System.Globalization;
using System.Text.Json.Nodes;
using TrailStream.Cli;
using TrailStream.Pipeline.Sqlite;

namespace TrailStream.Who;

/// <summary>Everybody behind one role.</summary>
internal static class RoleUsers
{
    public static void Write(string roleArn, IReadOnlyList<StoredRoleUse> users, bool json, bool color, TextWriter output)
    {
        if (json)
        {
            var answer = new JsonObject
            {
                ["kind"] = "role",
                ["role"] = roleArn,
                ["users"] = new JsonArray([.. users.Select(use => (JsonNode)new JsonObject
                {
                    ["origin"] = use.Origin,
                    ["type"] = use.Type,
                    ["status"] = use.Status,
                    ["first"] = use.First.UtcDateTime,
                    ["last"] = use.Last.UtcDateTime,
                    ["source_ips"] = new JsonArray([.. use.SourceIps.Select(ip => (JsonNode)ip)]),
                    ["events"] = use.Events,
                })]),
            };
            output.WriteLine(answer.ToJsonString(WhoVerb.Indented));
            return;
        }

        var table = new TextTable(
            $"{PlainText.Of(roleArn, 70)}: {users.Sum(use => use.Events)} events",
            ("who", false), ("type", false), ("status", false), ("first", false), ("last", false), ("from", false), ("events", true));
        foreach (var use in users)
        {
            table.Add(
                use.Origin is null ? "?" : PlainText.Of(use.Origin, 30), use.Type ?? "-", use.Status, WhoVerb.Short(use.First), WhoVerb.Short(use.Last),
                use.SourceIps.Count == 0 ? "-" : PlainText.Of(use.SourceIps[0], 26) + (use.SourceIps.Count > 1 ? $" +{use.SourceIps.Count - 1}" : ""),
                use.Events.ToString(CultureInfo.InvariantCulture));
        }

        table.Write(TextTable.Console(output, color));
    }
}
