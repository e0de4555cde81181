using System.Text;
using System.Text.Json;
using TrailStream.Pipeline.Setup.Kibana;
using TrailStream.Tests.Tidy;
using Xunit;

namespace TrailStream.Tests.Setup;

/// <summary>docs/questions.md, made from the definitions that the saved objects and rules are made from.</summary>
public sealed class QuestionsPageTests
{
    private static readonly JsonSerializerOptions Readable = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    [Fact]
    public void Page_IsMadeFromTheDefinitions() => GeneratedPage.Check("docs/questions.md", Page());

    private static string Page()
    {
        var page = new StringBuilder(
            """
            # Twelve questions and eight rules

            Made from the definitions that `trailstream setup kibana` and `setup dashboards` import. KQL is for Kibana (OpenSearch Dashboards takes it as DQL), the query DSL
            for `_search` and for OpenSearch's monitors; both are rendered from one definition, and the DSL is what the tests run on real servers. ES|QL wants Elasticsearch 8.14
            or later and was not run by the tests, which have no ES|QL.

            Examples in the queries (alice, the keys of AWS's documentation) are there to be replaced. Hops of `chain` lose their pairing in a search: read the order from `path`.
            How to set it all up: [elasticsearch.md](elasticsearch.md).


            """);
        foreach (var pivot in Pivots.Twelve)
        {
            page.Append($"## {pivot.Number}. {pivot.Title}\n\n{pivot.Question}\n\n");
            Block("kql", pivot.Query.Kql);
            Block("json", Dsl(pivot.Query, pivot.Breakdown));
            if (pivot.Having is { } having)
            {
                page.Append($"Groups with `{having.Measure}` of {having.AtLeast} or more are the answer.\n\n");
            }

            if (pivot.Esql is not null)
            {
                Block("esql", pivot.Esql);
            }
        }

        page.Append("# Rules\n\nAll come disabled.\n\n");
        foreach (var rule in DetectionRules.All)
        {
            page.Append($"## {rule.Name}\n\n`{rule.Id}`, {rule.Severity}. {rule.Description}\n\n- False alarms: {rule.FalsePositives}\n- What to do: {rule.Investigation}\n");
            if (rule.Threshold is { } threshold)
            {
                page.Append($"- Fires for each `{threshold.Field}` with {threshold.Hits} events or more"
                    + (threshold.CountedField is null ? ".\n" : $" and {threshold.Different} different `{threshold.CountedField}` or more.\n"));
            }
            else if (rule.NewTerms.Length > 0)
            {
                page.Append($"- Fires for a combination of {string.Join(" and ", rule.NewTerms.Select(field => $"`{field}`"))} that the last {rule.HistoryDays} days did not have.\n");
            }

            page.Append('\n');
            Block("kql", rule.Query.Kql);
            Block("json", Dsl(rule.Query, rule.Twin));
        }

        return page.ToString().Replace("\r\n", "\n").TrimEnd() + "\n";

        void Block(string language, string text) => page.Append($"```{language}\n{text}\n```\n\n");

        static string Dsl(Query query, Breakdown? breakdown) =>
            $"{{\"query\": {query.Dsl.ToJsonString(Readable)}" + (breakdown is null ? "}" : $",\n \"size\": 0,\n \"aggs\": {breakdown.Aggregations.ToJsonString(Readable)}}}");
    }
}
