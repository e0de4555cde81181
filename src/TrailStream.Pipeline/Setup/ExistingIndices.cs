using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace TrailStream.Pipeline.Setup;

/// <summary>Indices that stand already: a template only speaks to those made after it, but the rules should see today's events too.</summary>
internal sealed class ExistingIndices(SetupConnection connection, bool isDryRun)
{
    private const string What = "alias";

    /// <summary>Gives or takes the alias that prebuilt rules search.
    /// <c>{"trailstream-cloudtrail-2026.11.23":{"aliases":{"trailstream-cloudtrail":{}}}}</c></summary>
    public async Task<SetupRow> AlignAsync(bool withRulesAlias, CancellationToken cancellationToken)
    {
        var there = await connection.SendAsync(HttpMethod.Get, "/trailstream-cloudtrail-*/_alias", null, cancellationToken).ConfigureAwait(false);
        if (!there.IsSuccess && there.Status != HttpStatusCode.NotFound)
        {
            return new SetupRow(What, SetupObjects.RulesAlias, SetupOutcome.Failed, there.Refusal);
        }

        var indices = there.IsSuccess ? there.Body.EnumerateObject().ToList() : [];
        var wrong = indices.Where(index => HasAlias(index.Value) != withRulesAlias).Select(index => index.Name).ToList();
        if (wrong.Count == 0)
        {
            return withRulesAlias
                ? new SetupRow(What, SetupObjects.RulesAlias, SetupOutcome.Unchanged, indices.Count == 0 ? "no index stands yet; each gets it when it is made" : "")
                : new SetupRow(What, SetupObjects.RulesAlias, SetupOutcome.Skipped, "nobody asked for it: --rules-alias lets prebuilt rules find the events");
        }

        var detail = $"{(withRulesAlias ? "given to" : "taken from")} {wrong.Count} {(wrong.Count == 1 ? "index" : "indices")} that stand already";
        if (!isDryRun)
        {
            var actions = wrong.Select(index => (JsonNode)new JsonObject
            {
                [withRulesAlias ? "add" : "remove"] = new JsonObject { ["index"] = index, ["alias"] = SetupObjects.RulesAlias },
            });
            var answer = await connection.SendAsync(
                HttpMethod.Post, "/_aliases", new JsonObject { ["actions"] = new JsonArray([.. actions]) }, cancellationToken).ConfigureAwait(false);
            if (!answer.IsSuccess)
            {
                return new SetupRow(What, SetupObjects.RulesAlias, SetupOutcome.Failed, answer.Refusal);
            }
        }

        return new SetupRow(What, SetupObjects.RulesAlias, withRulesAlias ? SetupOutcome.Created : SetupOutcome.Upgraded, detail);
    }

    private static bool HasAlias(JsonElement index) => index.GetProperty("aliases").TryGetProperty(SetupObjects.RulesAlias, out _);
}
