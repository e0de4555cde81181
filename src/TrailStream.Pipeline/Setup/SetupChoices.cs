using System.Text.Json;
using System.Text.Json.Nodes;

namespace TrailStream.Pipeline.Setup;

/// <summary>What a site decides about its indices. What is null was not said: then the choice that an earlier set-up left in the index template
/// holds, so that a second run without the flags, or another node's start, reverts nothing.</summary>
public sealed record SetupChoices
{
    /// <summary>Up to 80 GB a day (2 × <see cref="ShardGigabytes"/>), and both of the usual smallest cluster's nodes write.</summary>
    private const int DefaultShards = 2;

    private const int DefaultReplicas = 1;

    /// <summary>Thirteen months: what auditors ask for, and a year's comparison.</summary>
    private const int DefaultRetainDays = 400;

    /// <summary>A shard of 30 to 40 GB merges, moves and recovers in minutes; smaller ones only cost heap.</summary>
    private const int ShardGigabytes = 40;

    public const int ShardsMax = 64;

    /// <summary>Primary shards of a day's index.</summary>
    public int? Shards { get; init; }

    public int? Replicas { get; init; }

    /// <summary>Days after which the cluster's lifecycle deletes a day's index.</summary>
    public int? RetainDays { get; init; }

    /// <summary>Whether indices also answer to the name that Elastic's prebuilt rules search.</summary>
    public bool? RulesAlias { get; init; }

    /// <summary>How many shards a day of so much data wants.</summary>
    public static int ShardsFor(int dailyGigabytes) => Math.Clamp((dailyGigabytes + ShardGigabytes - 1) / ShardGigabytes, 1, ShardsMax);

    /// <summary>Said now, else said before, else the default.</summary>
    internal SetupChoices Over(SetupChoices before) => new()
    {
        Shards = Shards ?? before.Shards ?? DefaultShards,
        Replicas = Replicas ?? before.Replicas ?? DefaultReplicas,
        RetainDays = RetainDays ?? before.RetainDays ?? DefaultRetainDays,
        RulesAlias = RulesAlias ?? before.RulesAlias ?? false,
    };

    /// <summary><c>{"shards":2,"replicas":1,"retain_days":400,"rules_alias":false}</c></summary>
    internal JsonObject ToJson() => new()
    {
        ["shards"] = Shards,
        ["replicas"] = Replicas,
        ["retain_days"] = RetainDays,
        ["rules_alias"] = RulesAlias,
    };

    /// <summary>The same backwards; what is missing or of another kind is null.</summary>
    internal static SetupChoices FromJson(JsonElement choices) => new()
    {
        Shards = Number(choices, "shards"),
        Replicas = Number(choices, "replicas"),
        RetainDays = Number(choices, "retain_days"),
        RulesAlias = choices.TryGetProperty("rules_alias", out var alias) && alias.ValueKind is JsonValueKind.True or JsonValueKind.False
            ? alias.GetBoolean()
            : null,
    };

    private static int? Number(JsonElement choices, string name) =>
        choices.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number) ? number : null;
}
