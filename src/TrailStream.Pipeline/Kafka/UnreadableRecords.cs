using Confluent.Kafka;
using TrailStream.Pipeline.Actors;
using TrailStream.Pipeline.Diagnostics;
using TrailStream.Pipeline.Options;

namespace TrailStream.Pipeline.Kafka;

/// <summary>For readers without a frontier: where to go on behind a batch that the client cannot read. It gives the same error for ever. Owned by one
/// thread, which waits while the batch's end is looked for.</summary>
internal sealed class UnreadableRecords(KafkaOptions kafka, TimeProvider clock)
{
    /// <summary>The same error at the same offset this often is not put down to the network; the stream passes such a batch over as soon.</summary>
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
        if (Fail(e, topic) is { } range)
        {
            state.Counters.SessionsPassedOver(range.Length);
            Log.EvidenceUnreadable(state.Logger, range.Topic, range.Partition, range.From, range.To - 1, e.Error.Code.ToString());
            consumer.Seek(new TopicPartitionOffset(range.Topic, range.Partition, range.To));
        }
        else
        {
            Log.KafkaTrouble(state.Logger, e.Error.Code.ToString(), e.Error.Reason);
        }
    }

    /// <summary>The client could not read.</summary>
    /// <param name="e">What it said.</param>
    /// <param name="topic">Where its results name no topic.</param>
    /// <returns>The records to pass over: seek behind them. Null to try again.</returns>
    public OffsetRange? Fail(ConsumeException e, string topic)
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
        OffsetRange? range = null;
        if (failing.Times >= FetchErrorsMax)
        {
            var first = failing.Passed + 1;
            failing.Passed = BatchEnd.Find(kafka, clock, place, failing.Base, first);
            range = new OffsetRange(place.Topic, place.Partition.Value, first, failing.Passed + 1);
        }

        _failing[place] = failing;
        return range;
    }
}
