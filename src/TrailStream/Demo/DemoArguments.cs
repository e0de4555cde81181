namespace TrailStream.Demo;

/// <param name="Events">Events of the made-up organisation.</param>
/// <param name="Seed">The same seed gives the same organisation and events.</param>
/// <param name="Store">SQLite file that is written; one that exists is replaced.</param>
/// <param name="Kafka">Brokers of a real Kafka; null: one inside this process.</param>
/// <param name="Elasticsearch">URL of a real Elasticsearch or OpenSearch that gets the documents too; null: none.</param>
/// <param name="Quiet">No progress line.</param>
/// <param name="Color">The output is a terminal that shows colours.</param>
public sealed record DemoArguments(long Events, ulong Seed, string Store, string? Kafka, string? Elasticsearch, bool Quiet, bool Color);
