namespace TrailStream.Core.Documents;

/// <summary>What a string inside the attribution's JSON is, for the documents' cross-reference fields.</summary>
public enum AttributionTermKind : byte
{
    OriginName,
    OriginId,
    OriginArn,
    OriginAccountId,
    OriginAccessKeyId,

    /// <summary>A role name of the chain, in order.</summary>
    RoleName,

    /// <summary>A role ARN of the chain, in order.</summary>
    RoleArn,

    /// <summary>A session name of the chain, in order.</summary>
    SessionName,

    /// <summary>An issued key of the chain, in order.</summary>
    IssuedKey,

    SourceIdentity,
}

/// <summary>A string value inside <see cref="AttributionText.Json"/>: raw JSON content, quotes excluded.</summary>
public readonly record struct AttributionTerm(AttributionTermKind Kind, int Offset, int Length);

/// <summary>One event's attribution as JSON: the value of the document's member <c>trailstream</c>,
/// <c>{"schema":"1","attribution":{…}}</c>, without its closing brace being special: it is a complete object.</summary>
public readonly ref struct AttributionText(ReadOnlySpan<byte> json, ReadOnlySpan<AttributionTerm> terms)
{
    public ReadOnlySpan<byte> Json { get; } = json;

    public ReadOnlySpan<AttributionTerm> Terms { get; } = terms;

    public ReadOnlySpan<byte> this[AttributionTerm term] => Json.Slice(term.Offset, term.Length);
}
