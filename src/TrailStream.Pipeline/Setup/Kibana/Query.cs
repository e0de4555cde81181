using System.Text.Json.Nodes;

namespace TrailStream.Pipeline.Setup.Kibana;

/// <summary>A condition on documents, written once and rendered twice: as KQL for people and saved objects, and as the query DSL that the engines
/// themselves run, so that what is tested is what is shipped.</summary>
internal abstract record Query
{
    /// <summary>The documents whose field holds one of the values: text, true/false or a number.</summary>
    public static Query Is(string field, params object[] values) => new FieldQuery(field, values);

    /// <summary>Text with * for any characters.</summary>
    public static Query Like(string field, string pattern) => new LikeQuery(field, pattern);

    public static Query Exists(string field) => new ExistsQuery(field);

    public static Query AtLeast(string field, int value) => new AtLeastQuery(field, value);

    public static Query All(params Query[] parts) => new AllQuery(parts);

    public static Query Any(params Query[] parts) => new AnyQuery(parts);

    public static Query Not(Query part) => new NotQuery(part);

    public abstract string Kql { get; }

    public abstract JsonObject Dsl { get; }

    public abstract IEnumerable<string> Fields { get; }

    /// <summary>In brackets where it is made of parts.</summary>
    protected virtual string KqlInside => Kql;

    private static JsonValue Json(object value) => value switch
    {
        bool flag => JsonValue.Create(flag),
        int number => JsonValue.Create(number),
        _ => JsonValue.Create((string)value),
    };

    private static string Literal(object value) => value switch
    {
        bool flag => flag ? "true" : "false",
        int number => number.ToString(System.Globalization.CultureInfo.InvariantCulture),
        _ => "\"" + ((string)value).Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal) + "\"",
    };

    private sealed record FieldQuery(string Field, object[] Values) : Query
    {
        public override string Kql =>
            Values.Length == 1 ? $"{Field} : {Literal(Values[0])}" : $"{Field} : ({string.Join(" or ", Values.Select(Literal))})";

        public override JsonObject Dsl => Values.Length == 1
            ? new JsonObject { ["term"] = new JsonObject { [Field] = Json(Values[0]) } }
            : new JsonObject { ["terms"] = new JsonObject { [Field] = new JsonArray([.. Values.Select(value => (JsonNode)Json(value))]) } };

        public override IEnumerable<string> Fields => [Field];
    }

    private sealed record LikeQuery(string Field, string Pattern) : Query
    {
        public override string Kql => $"{Field} : {Pattern}";

        public override JsonObject Dsl => new() { ["wildcard"] = new JsonObject { [Field] = new JsonObject { ["value"] = Pattern } } };

        public override IEnumerable<string> Fields => [Field];
    }

    private sealed record ExistsQuery(string Field) : Query
    {
        public override string Kql => $"{Field} : *";

        public override JsonObject Dsl => new() { ["exists"] = new JsonObject { ["field"] = Field } };

        public override IEnumerable<string> Fields => [Field];
    }

    private sealed record AtLeastQuery(string Field, int Value) : Query
    {
        public override string Kql => $"{Field} >= {Value}";

        public override JsonObject Dsl => new() { ["range"] = new JsonObject { [Field] = new JsonObject { ["gte"] = Value } } };

        public override IEnumerable<string> Fields => [Field];
    }

    private sealed record AllQuery(Query[] Parts) : Query
    {
        public override string Kql => string.Join(" and ", Parts.Select(part => part.KqlInside));

        public override JsonObject Dsl => Bool("filter", Parts);

        public override IEnumerable<string> Fields => Parts.SelectMany(part => part.Fields);

        protected override string KqlInside => $"({Kql})";
    }

    private sealed record AnyQuery(Query[] Parts) : Query
    {
        public override string Kql => string.Join(" or ", Parts.Select(part => part.KqlInside));

        public override JsonObject Dsl => Bool("should", Parts);

        public override IEnumerable<string> Fields => Parts.SelectMany(part => part.Fields);

        protected override string KqlInside => $"({Kql})";
    }

    private sealed record NotQuery(Query Part) : Query
    {
        public override string Kql => $"not {Part.KqlInside}";

        public override JsonObject Dsl => Bool("must_not", [Part]);

        public override IEnumerable<string> Fields => Part.Fields;
    }

    private static JsonObject Bool(string kind, Query[] parts)
    {
        var clause = new JsonObject { [kind] = new JsonArray([.. parts.Select(part => (JsonNode)part.Dsl)]) };
        if (kind == "should")
        {
            clause["minimum_should_match"] = 1;
        }

        return new JsonObject { ["bool"] = clause };
    }
}
