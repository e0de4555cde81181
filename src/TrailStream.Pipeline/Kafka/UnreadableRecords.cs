using Confluent.Kafka;
using TrailStream.Pipeline.Actors;
using TrailStream.Pipeline.Diagnostics;

namespace TrailStream.Pipeline.Kafka;

/// <summary>For readers without a frontier: where to go on behind a record that the client cannot read. It gives the same error for ever, and names the
/// first offset of the whole batch wherever one seeks to inside it, so that the batch is passed over record by record. Owned by one thread.</summary>
internal sealed class UnreadableRecords
{
    /// <summary>The same error at the same offset this often is not put down to the network; the stream passes such a record over as soon.</summary>
    private const int FetchErrorsMax = 4;

    private readonly Dictionary<TopicPartition, (long Base, int Times, long Passed)> _failing = [];

    /// <summary>The client could not read where only evidence is looked for: goes on behind it when it is due, because a start must not wait for it for
    /// ever. What evidence it held is not known.</summary>
    /// <param name="consumer">The client.</param>
    /// <param name="e">What it said.</param>
    /// <param name="topic">Where its results name no topic.</param>
    /// <param name="state">Counts and tells it.</param>
    public void PassOver(IConsumer<Ignore, byte[]> consumer, ConsumeException e, string topic, StreamState state)
    {
        if (Fail(e, topic) is { } place)
        {
            state.Counters.SessionUnreadable();
            Log.EvidenceUnreadable(state.Logger, place.Topic, place.Partition.Value, place.Offset.Value, e.Error.Code.ToString());
            consumer.Seek(new TopicPartitionOffset(place.TopicPartition, place.Offset + 1));
        }
        else
        {
            Log.KafkaTrouble(state.Logger, e.Error.Code.ToString(), e.Error.Reason);
        }
    }

    /// <summary>The client could not read.</summary>
    /// <param name="e">What it said.</param>
    /// <param name="topic">Where its results name no topic.</param>
    /// <returns>The record to pass over: seek to the offset behind it. Null to try again.</returns>
    public TopicPartitionOffset? Fail(ConsumeException e, string topic)
    {
        var at = e.ConsumerRecord?.TopicPartitionOffset;
        if (at is null || at.Offset.Value < 0 || !PartitionReader.IsCorrupt(e.Error.Code))
        {
            return null;
        }

        var place = new TopicPartition(at.Topic ?? topic, at.Partition);
        if (!_failing.TryGetValue(place, out var failing) || failing.Base != at.Offset.Value)
        {
            failing = (at.Offset.Value, 0, at.Offset.Value - 1);
        }

        failing.Times++;
        if (failing.Times >= FetchErrorsMax)
        {
            failing.Passed++;
        }

        _failing[place] = failing;
        return failing.Times < FetchErrorsMax ? null : new TopicPartitionOffset(place, failing.Passed);
    }
}
