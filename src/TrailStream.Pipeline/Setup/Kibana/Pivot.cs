namespace TrailStream.Pipeline.Setup.Kibana;

/// <summary>A question of a responder, ready to ask.</summary>
/// <param name="Number">1 to 12.</param>
/// <param name="Title">Short name.</param>
/// <param name="Question">What it answers and what to replace in it.</param>
/// <param name="Query">The documents.</param>
internal sealed record Pivot(int Number, string Title, string Question, Query Query)
{
    /// <summary>Columns of the saved search, behind the time.</summary>
    public string[] Columns { get; init; } = [Kibana.Fields.OriginName, Kibana.Fields.UserName, Kibana.Fields.Provider, Kibana.Fields.EventAction, Kibana.Fields.SourceIp];

    /// <summary>How far back it looks; the time picker of the saved search.</summary>
    public string From { get; init; } = "now-36h";

    /// <summary>Where the answer is a table.</summary>
    public Breakdown? Breakdown { get; init; }

    /// <summary>Groups below this value of the named measure are no answer.</summary>
    public (string Measure, int AtLeast)? Having { get; init; }

    /// <summary>The same in ES|QL, for Elasticsearch 8.14 or later.</summary>
    public string? Esql { get; init; }

    public string Id => $"trailstream-pivot-{Number:D2}";

    public IEnumerable<string> Fields => Query.Fields.Concat(Columns).Concat(Breakdown?.Fields ?? []).Distinct();
}
