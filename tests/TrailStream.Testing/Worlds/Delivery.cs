namespace TrailStream.Testing.Worlds;

/// <summary>How a world reaches the stream: in which order, on which partitions, in batches of what size, and what comes twice.</summary>
/// <param name="Disorder">Places that an event may be overtaken by; int.MaxValue shuffles everything.</param>
/// <param name="BatchMax">Records a batch at most.</param>
/// <param name="Partitions">Workers that take batches.</param>
/// <param name="DuplicateShare">Share of records that come again later.</param>
/// <param name="Hold">Waiting events are not written before they are explained or the hold ends.</param>
/// <param name="GraceEndsAfter">Batches after which the time for evidence is over; what comes then must still correct.</param>
public sealed record Delivery(int Disorder, int BatchMax, int Partitions, double DuplicateShare, bool Hold, int GraceEndsAfter)
{
    public static Delivery AtRandom(Random random) => new(
        random.Next(4) switch { 0 => 0, 1 => 10, 2 => 100, _ => int.MaxValue },
        random.Next(3) switch { 0 => 1, 1 => 16, _ => 500 },
        1 + random.Next(4),
        random.Next(2) * 0.1,
        random.Next(2) == 0,
        random.Next(3) == 0 ? random.Next(1, 20) : int.MaxValue);

    /// <summary>The batches in their order.</summary>
    public IEnumerable<(int Partition, List<byte[]> Records)> Of(IReadOnlyList<byte[]> records, Random random)
    {
        var order = Order(records, random);
        for (var at = 0; at < order.Count;)
        {
            var size = Math.Min(order.Count - at, 1 + random.Next(BatchMax));
            yield return (random.Next(Partitions), order.GetRange(at, size));
            at += size;
        }
    }

    private List<byte[]> Order(IReadOnlyList<byte[]> records, Random random)
    {
        var reach = Math.Min(Disorder, records.Count);
        var places = new List<(double Place, byte[] Record)>();
        for (var i = 0; i < records.Count; i++)
        {
            places.Add((i + (random.NextDouble() * reach), records[i]));
            if (random.NextDouble() < DuplicateShare)
            {
                places.Add((i + (random.NextDouble() * records.Count), records[i]));
            }
        }

        return [.. places.OrderBy(p => p.Place).Select(p => p.Record)];
    }
}
