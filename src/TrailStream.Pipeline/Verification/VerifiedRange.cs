using Confluent.Kafka;
using TrailStream.Pipeline.Kafka;

namespace TrailStream.Pipeline.Verification;

/// <summary>What is verified of one partition.</summary>
/// <param name="Range">The records.</param>
/// <param name="Low">The oldest record that is there.</param>
/// <param name="End">The partition's end when the verification began.</param>
/// <param name="Committed">What the group had committed by then; null: nothing.</param>
/// <param name="Removed">Records that were asked for by offset and are removed by retention.</param>
public sealed record VerifiedRange(OffsetRange Range, long Low, long End, long? Committed, long Removed)
{
    /// <summary>Records behind the committed offset: still the stream's business.</summary>
    public long NotYet => Math.Max(0, End - Math.Max(Committed ?? Low, Low));

    /// <summary>The ranges to verify: never beyond what is committed, because only that is promised.</summary>
    public static IReadOnlyList<VerifiedRange> Of(VerifyOptions options, TopicRangeReader reader)
    {
        var whole = options.Kafka.Topics.SelectMany(reader.WholeTopic).ToList();
        var committed = reader.Committed(whole);
        var from = Bounds(options.From, whole, reader);
        var to = Bounds(options.To, whole, reader);
        var ranges = new List<VerifiedRange>();
        foreach (var range in whole)
        {
            var place = new TopicPartition(range.Topic, range.Partition);
            if ((from is not null && !from.ContainsKey(place)) || (to is not null && !to.ContainsKey(place)))
            {
                continue;
            }

            long? done = committed.TryGetValue(place, out var offset) ? offset : null;
            var asked = from?[place] ?? range.From;
            var first = Math.Max(asked, range.From);
            var last = Math.Max(first, Math.Min(Math.Min(to?[place] ?? range.To, range.To), done ?? range.From));
            ranges.Add(new VerifiedRange(range with { From = first, To = last }, range.From, range.To, done, first - asked));
        }

        return ranges;
    }

    private static IReadOnlyDictionary<TopicPartition, long>? Bounds(RangeBound? bound, IReadOnlyList<OffsetRange> whole, TopicRangeReader reader) => bound switch
    {
        RangeBound.At at => reader.OffsetsAt(whole, at.Time),
        RangeBound.Offsets offsets => offsets.Of.ToDictionary(of => new TopicPartition(of.Key.Topic, of.Key.Partition), of => of.Value),
        _ => null,
    };
}
