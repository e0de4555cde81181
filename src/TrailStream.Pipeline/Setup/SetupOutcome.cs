namespace TrailStream.Pipeline.Setup;

/// <summary>What became of one thing that the set-up makes; under --dry-run, what would become of it.</summary>
public enum SetupOutcome
{
    Created,

    /// <summary>It stands as this version makes it.</summary>
    Unchanged,

    /// <summary>An earlier version's, or one with other choices, was replaced.</summary>
    Upgraded,

    /// <summary>Left alone, and that is well: the cluster has no such thing, a later version made it, or nobody asked for it.</summary>
    Skipped,

    /// <summary>The cluster was asked, and it is as it should be.</summary>
    Verified,

    /// <summary>It should stand and does not: somebody else's has the name, or the server refuses.</summary>
    Failed,
}

/// <summary>A row of the report.</summary>
/// <param name="What">Kind of thing: "index template".</param>
/// <param name="Name">Its name in the cluster.</param>
/// <param name="Outcome">What became of it.</param>
/// <param name="Detail">Why; empty where there is nothing to add.</param>
public sealed record SetupRow(string What, string Name, SetupOutcome Outcome, string Detail = "");
