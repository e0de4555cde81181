using System.Globalization;
using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace TrailStream.Pipeline.Setup;

/// <summary>OpenSearch's lifecycle policy: the owner's mark is in its description, and a change must name what it replaces.</summary>
internal sealed partial class IsmPolicy(SetupConnection connection, bool isDryRun)
{
    private const string What = "lifecycle policy";
    private const string Name = "trailstream";

    /// <summary>GET answers <c>{"_seq_no":5,"_primary_term":1,"policy":{"description":"trailstream version 2: …","states":[…]}}</c>.</summary>
    public async Task<SetupRow> InstallAsync(SetupChoices choices, CancellationToken cancellationToken)
    {
        var there = await connection.SendAsync(HttpMethod.Get, SetupObjects.IsmPath, null, cancellationToken).ConfigureAwait(false);
        var wanted = SetupObjects.Ism(choices);
        if (there.Status == HttpStatusCode.NotFound)
        {
            return await PutAsync("", SetupOutcome.Created, "").ConfigureAwait(false);
        }

        if (!there.IsSuccess)
        {
            return new SetupRow(What, Name, SetupOutcome.Failed, "may not be looked at: " + there.Refusal);
        }

        var description = there.Body.GetProperty("policy").TryGetProperty("description", out var text) ? text.GetString() ?? "" : "";
        if (OwnersMark().Match(description) is not { Success: true } mark)
        {
            return new SetupRow(What, Name, SetupOutcome.Failed, "exists and is not ours (its description does not say so): rename or delete it, then set up again");
        }

        if (int.Parse(mark.Groups[1].Value, CultureInfo.InvariantCulture) > SetupObject.Version)
        {
            return new SetupRow(What, Name, SetupOutcome.Skipped, $"version {mark.Groups[1].Value} of a later TrailStream stands");
        }

        if (description == wanted["policy"]!["description"]!.GetValue<string>())
        {
            return new SetupRow(What, Name, SetupOutcome.Unchanged);
        }

        var replaced = $"?if_seq_no={Number(there.Body, "_seq_no")}&if_primary_term={Number(there.Body, "_primary_term")}";
        return await PutAsync(replaced, SetupOutcome.Upgraded, "indices that have the policy keep the old one: POST _plugins/_ism/change_policy moves them").ConfigureAwait(false);

        async Task<SetupRow> PutAsync(string query, SetupOutcome outcome, string detail)
        {
            if (isDryRun)
            {
                return new SetupRow(What, Name, outcome, detail);
            }

            var answer = await connection.SendAsync(HttpMethod.Put, SetupObjects.IsmPath + query, wanted, cancellationToken).ConfigureAwait(false);

            // 409: another node put the same policy between our two requests.
            return answer.IsSuccess || answer.Status == HttpStatusCode.Conflict
                ? new SetupRow(What, Name, answer.IsSuccess ? outcome : SetupOutcome.Unchanged, answer.IsSuccess ? detail : "another node was first")
                : new SetupRow(What, Name, SetupOutcome.Failed, answer.Refusal);
        }
    }

    private static long Number(JsonElement answer, string name) => answer.GetProperty(name).GetInt64();

    [GeneratedRegex(@"^trailstream version ([0-9]{1,6}):")]
    private static partial Regex OwnersMark();
}
