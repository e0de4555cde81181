using System.Text.Json.Nodes;

namespace TrailStream.Pipeline.Setup;

/// <summary>The objects' bodies, from the choices.</summary>
internal static class SetupObjects
{
    public const string Alias = "trailstream-cloudtrail";

    /// <summary>Found by <c>logs-aws.cloudtrail-*</c>, which Elastic's prebuilt rules search.</summary>
    public const string RulesAlias = "logs-aws.cloudtrail-trailstream";

    public const string IndexTemplatePath = "/_index_template/trailstream-cloudtrail";
    public const string IlmPath = "/_ilm/policy/trailstream";
    public const string IsmPath = "/_plugins/_ism/policies/trailstream";

    private const string MappingsName = "trailstream-mappings";
    private const string SettingsName = "trailstream-settings";

    /// <summary>Higher than the 100 to 200 of templates that come with Elasticsearch and its agents.</summary>
    private const int Priority = 250;

    public static SetupObject Mappings(bool isOpenSearch)
    {
        var name = (isOpenSearch ? "opensearch" : "elasticsearch") + "-mappings.json";
        using var resource = typeof(SetupObjects).Assembly.GetManifestResourceStream($"TrailStream.Pipeline.Elasticsearch.Templates.{name}")
            ?? throw new InvalidOperationException($"{name} is not embedded.");
        var file = JsonNode.Parse(resource)!;
        return Component(MappingsName, new JsonObject { ["template"] = file["template"]!.DeepClone() });
    }

    public static SetupObject Settings(SetupChoices choices, bool isServerless)
    {
        var settings = new JsonObject
        {
            ["index.refresh_interval"] = "5s",
            ["index.mapping.total_fields.limit"] = 1000,
            ["index.mapping.ignore_malformed"] = true,

            // Newest first is how events are looked at: a search for the latest stops early, and neighbours compress well.
            ["index.sort.field"] = "@timestamp",
            ["index.sort.order"] = "desc",
        };
        if (!isServerless)
        {
            // A serverless project decides these itself and refuses them.
            settings["index.number_of_shards"] = choices.Shards;
            settings["index.number_of_replicas"] = choices.Replicas;
            settings["index.codec"] = "best_compression";
        }

        return Component(SettingsName, new JsonObject { ["template"] = new JsonObject { ["settings"] = settings } });
    }

    /// <summary>For every index of the stream. Remembers the choices.</summary>
    public static SetupObject IndexTemplate(SetupChoices choices) =>
        Template(IndexTemplatePath, WriterPattern, Priority, choices, lifecycle: null, choices);

    /// <summary>Only where the cluster has ILM, and only for indices that are named by a day: <c>parse_origination_date</c> refuses to make any
    /// other, such as the one for dates out of range.</summary>
    public static SetupObject DaysTemplate(SetupChoices choices) => Template(
        "/_index_template/trailstream-cloudtrail-days", "trailstream-cloudtrail-2*", Priority + 10, choices,
        new JsonObject { ["index.lifecycle.name"] = "trailstream", ["index.lifecycle.parse_origination_date"] = true });

    /// <summary>Nothing makes an index read-only, and nothing force-merges it (which does so in some versions): a correction or a replay that comes
    /// after weeks must still find its index writable, or the stream stands still.</summary>
    public static SetupObject Ilm(SetupChoices choices)
    {
        var phases = new JsonObject
        {
            ["hot"] = new JsonObject { ["min_age"] = "0ms", ["actions"] = Priorities(100) },
            ["warm"] = new JsonObject { ["min_age"] = "4d", ["actions"] = Priorities(50) },
            ["delete"] = new JsonObject { ["min_age"] = $"{choices.RetainDays}d", ["actions"] = new JsonObject { ["delete"] = new JsonObject() } },
        };
        return new SetupObject(
            "lifecycle policy", IlmPath, "policy._meta", "trailstream/policy/_meta", new JsonObject { ["policy"] = new JsonObject { ["phases"] = phases } });

        static JsonObject Priorities(int priority) => new() { ["set_priority"] = new JsonObject { ["priority"] = priority } };
    }

    /// <summary>OpenSearch counts from the making of an index, not from its day, and has no member for the owner's mark: the description holds
    /// it.</summary>
    public static JsonObject Ism(SetupChoices choices)
    {
        var delete = new JsonObject
        {
            ["name"] = "delete",
            ["actions"] = new JsonArray(new JsonObject { ["delete"] = new JsonObject() }),
            ["transitions"] = new JsonArray(),
        };
        var days = new JsonObject
        {
            ["name"] = "days",
            ["actions"] = new JsonArray(),
            ["transitions"] = new JsonArray(
                new JsonObject { ["state_name"] = "delete", ["conditions"] = new JsonObject { ["min_index_age"] = $"{choices.RetainDays}d" } }),
        };
        return new JsonObject
        {
            ["policy"] = new JsonObject
            {
                ["description"] = $"{SetupObject.Owner} version {SetupObject.Version}: a day's index is deleted {choices.RetainDays} days after it was made",
                ["default_state"] = "days",
                ["states"] = new JsonArray(days, delete),
                ["ism_template"] = new JsonArray(
                    new JsonObject { ["index_patterns"] = new JsonArray("trailstream-cloudtrail-2*"), ["priority"] = 100 }),
            },
        };
    }

    public static SetupObject WriterRole() => Role("trailstream_writer", Privileges.Writer());

    public static SetupObject ReaderRole() => Role("trailstream_reader", Privileges.Reader());

    private const string WriterPattern = Privileges.WriterIndices;

    private static SetupObject Role(string name, JsonObject body) =>
        new("role", "/_security/role/" + name, "metadata", name + "/metadata", body);

    private static SetupObject Component(string name, JsonObject body)
    {
        body["version"] = SetupObject.Version;
        return new SetupObject("component template", "/_component_template/" + name, "_meta", "component_templates/0/component_template/_meta", body);
    }

    private static SetupObject Template(
        string path, string pattern, int priority, SetupChoices choices, JsonObject? lifecycle, SetupChoices? remembered = null)
    {
        var aliases = new JsonObject { [Alias] = new JsonObject() };
        if (choices.RulesAlias == true)
        {
            aliases[RulesAlias] = new JsonObject();
        }

        var template = new JsonObject { ["aliases"] = aliases };
        if (lifecycle is not null)
        {
            template["settings"] = lifecycle;
        }

        var body = new JsonObject
        {
            ["index_patterns"] = new JsonArray(pattern),
            ["priority"] = priority,
            ["composed_of"] = new JsonArray(MappingsName, SettingsName),
            ["template"] = template,
            ["version"] = SetupObject.Version,
        };
        return new SetupObject("index template", path, "_meta", "index_templates/0/index_template/_meta", body, remembered);
    }
}
