namespace TrailStream.Core.Documents;

/// <summary>How a field is indexed.</summary>
public enum FieldType : byte
{
    /// <summary>Exact values of up to 8191 characters.</summary>
    Keyword,

    /// <summary>Exact values of any length, made for searches with wildcards.</summary>
    Wildcard,

    /// <summary>Kept, not indexed.</summary>
    Stored,

    Date,
    Ip,
    Boolean,
    Integer,
    Long,
    GeoPoint,

    /// <summary>A JSON object under one field: <c>flattened</c>, in OpenSearch <c>flat_object</c>.</summary>
    Flattened,
}

/// <summary>Who writes a field.</summary>
public enum FieldWriter : byte
{
    /// <summary>Every ECS document that has the value.</summary>
    Document,

    /// <summary>The document that is written instead of one which the server refuses.</summary>
    Fallback,

    /// <summary>Nothing here: mapped for sites that enrich documents themselves, because dashboards and rules look there.</summary>
    Site,
}

/// <summary>One field of an ECS document.</summary>
/// <param name="Name">Dotted path.</param>
/// <param name="Type">How it is indexed.</param>
/// <param name="Origin">Where the value comes from: a path in the record, or a word.</param>
/// <param name="Description">What it says.</param>
/// <param name="Example">A value.</param>
/// <param name="Writer">Who writes it.</param>
public sealed record DocumentField(
    string Name, FieldType Type, string Origin, string Description, string Example, FieldWriter Writer = FieldWriter.Document);
