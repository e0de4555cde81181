using Confluent.Kafka;
using TrailStream.Pipeline.Diagnostics;
using TrailStream.Pipeline.Options;

namespace TrailStream.Pipeline.Kafka;

/// <content>Assignments. The handlers run inside Consume() on the reader's own thread.</content>
internal sealed partial class PartitionReader
{
    private static readonly TimeSpan LookupTime = TimeSpan.FromSeconds(10);

    /// <summary>The coordinator may be loading or moving; after this many attempts the process starts over.</summary>
    private const int LookupAttemptsMax = 6;

    /// <summary>Longest wait for open batches when a partition is taken away.</summary>
    private static readonly TimeSpan RevokeDrainMax = TimeSpan.FromSeconds(5);

    private IEnumerable<TopicPartitionOffset> OnAssigned(IConsumer<Ignore, int> consumer, List<TopicPartition> places)
    {
        _counters.Rebalanced();
        ForgetGuess();
        var starts = places.Count == 0 ? [] : StartOffsets(consumer, places);
        foreach (var start in starts)
        {
            var place = start.TopicPartition;
            if (_partitions.Remove(place, out var old))
            {
                old.Processor.Stop();
            }

            var epoch = ++_epoch;
            var processor = _processors.Create(place.Topic, place.Partition.Value, epoch);
            _partitions.Add(place, new AssignedPartition(place, epoch, processor) { NextOffset = start.Offset.Value });
            Log.Assigned(_logger, place.Topic, place.Partition.Value, start.Offset.ToString(), epoch);
        }

        return starts;
    }

    /// <summary>Committed offsets where there are any; the configured start otherwise. A committed offset that retention has overtaken is
    /// reported as loss before anything is read.</summary>
    private List<TopicPartitionOffset> StartOffsets(IConsumer<Ignore, int> consumer, List<TopicPartition> places)
    {
        var committed = Lookup(() => consumer.Committed(places, LookupTime));
        var starts = new List<TopicPartitionOffset>(committed.Count);
        foreach (var place in committed)
        {
            if (place.Offset.Value >= 0)
            {
                var low = Lookup(() => consumer.QueryWatermarkOffsets(place.TopicPartition, LookupTime)).Low.Value;
                if (place.Offset.Value < low)
                {
                    ReportGap(place.TopicPartition, place.Offset.Value, low);
                }

                starts.Add(new TopicPartitionOffset(place.TopicPartition, Math.Max(place.Offset.Value, low)));
                continue;
            }

            starts.Add(new TopicPartitionOffset(place.TopicPartition, FirstStart(consumer, place.TopicPartition)));
        }

        return starts;
    }

    private Offset FirstStart(IConsumer<Ignore, int> consumer, TopicPartition place)
    {
        switch (_kafka.StartAt)
        {
            case StartPosition.Latest:
                return Offset.End;
            case StartPosition.Window:
                var since = (_clock.GetUtcNow() - _kafka.WindowReach).UtcDateTime;
                var asked = new[] { new TopicPartitionTimestamp(place, new Timestamp(since, TimestampType.CreateTime)) };
                var found = Lookup(() => consumer.OffsetsForTimes(asked, LookupTime));
                return found[0].Offset;
            default:
                return Offset.Beginning;
        }
    }

    private void ReportGap(TopicPartition place, long from, long to)
    {
        _counters.RetentionGap(to - from);
        Log.RetentionGap(_logger, place.Topic, place.Partition.Value, from, to - 1);
        if (!_kafka.AcceptGap)
        {
            throw new InvalidOperationException(
                $"{place.Topic}/{place.Partition.Value}: {to - from} records ({from} to {to - 1}) were removed by retention before they were read.");
        }
    }

    private T Lookup<T>(Func<T> ask)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return ask();
            }
            catch (KafkaException e) when (attempt < LookupAttemptsMax && !e.Error.IsFatal)
            {
                Log.KafkaTrouble(_logger, e.Error.Code.ToString(), e.Error.Reason);
            }
        }
    }

    private void OnRevoked(IEnumerable<TopicPartition> places)
    {
        _counters.Rebalanced();
        ForgetGuess();
        var leaving = Leaving(places);
        foreach (var place in leaving)
        {
            HandOut(place);
            place.Processor.ReleaseHeld();
        }

        var quarter = TimeSpan.FromTicks(_kafka.SessionTimeout.Ticks / 4);
        var until = After(quarter < RevokeDrainMax ? quarter : RevokeDrainMax);
        while (leaving.Exists(place => !place.Frontier.IsEmpty) && _clock.GetTimestamp() < until)
        {
            _settledSomething.WaitOne(PollTime);
            TakeSettled();
        }

        Commit();
        foreach (var place in leaving)
        {
            Drop(place, "revoked");
        }
    }

    private void OnLost(IEnumerable<TopicPartition> places)
    {
        _counters.Rebalanced();
        ForgetGuess();
        foreach (var place in Leaving(places))
        {
            if (place.Open is not null)
            {
                place.Open.Open("", 0, 0);
                CloseEmpty(place);
            }

            Drop(place, "lost");
        }
    }

    private List<AssignedPartition> Leaving(IEnumerable<TopicPartition> places)
    {
        var leaving = new List<AssignedPartition>();
        foreach (var place in places)
        {
            if (_partitions.TryGetValue(place, out var assigned))
            {
                leaving.Add(assigned);
            }
        }

        return leaving;
    }

    private void Drop(AssignedPartition place, string how)
    {
        _partitions.Remove(place.Place);
        place.Processor.Stop();
        Log.Revoked(_logger, place.Place.Topic, place.Place.Partition.Value, place.Frontier.Position, place.Frontier.SpanRecords, how);
    }

    private void ForgetGuess()
    {
        _last = null;
        _arena.Target = _spare ??= Rent();
    }
}
