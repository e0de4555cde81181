namespace TrailStream.Core.Documents;

/// <summary>Which copies of requestParameters, responseElements, additionalEventData and serviceEventDetails an ECS document holds.
/// Fields made
/// from them (user.target, related.entity, …) are written in any case.</summary>
public enum RetainedCopies : byte
{
    /// <summary>The Java text and the flattened object; what Elastic's rules expect.</summary>
    All = 0,

    /// <summary>The flattened object only.</summary>
    Flattened,

    /// <summary>The Java text only.</summary>
    Keyword,

    /// <summary>Of the flattened object only the members that Elastic's rules look at.</summary>
    Minimal,

    /// <summary>Neither.</summary>
    None,
}
