using TrailStream.Pipeline.Sinks;

namespace TrailStream.Pipeline.Elasticsearch;

/// <summary>Counts of one group's write.</summary>
internal sealed class BulkTally
{
    public int Created { get; set; }

    public int Updated { get; set; }

    public int Stale { get; set; }

    public int Retries { get; set; }

    public List<DeadLetter> Letters { get; } = [];
}
