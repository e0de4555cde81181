namespace TrailStream.Core.Documents;

/// <summary>How an enriched document looks (DESIGN: two forms, one attribution object).</summary>
public enum DocumentForm : byte
{
    /// <summary>The original record plus one member <c>trailstream</c>.</summary>
    CloudTrail = 0,

    /// <summary>ECS and <c>aws.cloudtrail.*</c> as Elastic's AWS integration writes them, plus <c>trailstream</c>.</summary>
    Ecs,
}
