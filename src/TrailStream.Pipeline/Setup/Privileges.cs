using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace TrailStream.Pipeline.Setup;

/// <summary>What the stream and <c>who</c> may do in the cluster, and what a refusal says about what is missing.</summary>
internal static partial class Privileges
{
    /// <summary>Day indices; the aliases have other names.</summary>
    public const string WriterIndices = "trailstream-cloudtrail-*";

    /// <summary>Single actions instead of the wide <c>monitor</c> and <c>manage_index_templates</c>: what kind of server it is, and whether the
    /// templates are the right ones.</summary>
    private static readonly string[] WriterCluster = ["cluster:monitor/main", "indices:admin/index_template/get", "cluster:admin/component_template/get"];

    /// <summary>index: write and correct; auto_configure: a new day's index; read: documents that wait for evidence, and `verify`.
    /// No delete, no manage.</summary>
    private static readonly string[] WriterIndex = ["auto_configure", "index", "read"];

    private static readonly string[] ReaderIndex = ["read", "view_index_metadata"];

    /// <summary><c>{"cluster":[…],"indices":[{"names":[…],"privileges":[…]}]}</c>: a role, and the only one of the API key.</summary>
    public static JsonObject Writer() => Role(WriterCluster, [WriterIndices], WriterIndex);

    public static JsonObject Reader() => Role([], [WriterIndices, SetupObjects.Alias, SetupObjects.RulesAlias], ReaderIndex);

    /// <summary>Elasticsearch's refusals end in "this action is granted by the index privileges [create_doc,create,delete,index,write,all]": names
    /// the narrowest of those that the writer's role holds, else the first.</summary>
    /// <returns>Null when the text is no such refusal.</returns>
    public static string? Missing(string? refusal)
    {
        if (refusal is null || GrantedBy().Match(refusal) is not { Success: true } granted)
        {
            return null;
        }

        var scope = granted.Groups["scope"].Value;
        var choices = granted.Groups["names"].Value.Split(',', StringSplitOptions.TrimEntries);
        var own = scope == "index" ? WriterIndex.FirstOrDefault(choices.Contains) : null;
        var action = RefusedAction().Match(refusal) is { Success: true } match ? $" (for {match.Groups[1].Value})" : "";
        return $"the {scope} privilege {own ?? choices[0]} is missing{action}";
    }

    private static JsonObject Role(string[] cluster, string[] names, string[] privileges) => new()
    {
        ["cluster"] = Texts(cluster),
        ["indices"] = new JsonArray(new JsonObject { ["names"] = Texts(names), ["privileges"] = Texts(privileges) }),
    };

    private static JsonArray Texts(IEnumerable<string> texts) => [.. texts.Select(text => (JsonNode)text)];

    [GeneratedRegex(@"granted by the (?<scope>cluster|index) privileges \[(?<names>[^\]]+)\]")]
    private static partial Regex GrantedBy();

    [GeneratedRegex(@"action \[([^\[\]]+(?:\[[a-z]\])?)\]")]
    private static partial Regex RefusedAction();
}
