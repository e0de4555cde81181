using Confluent.Kafka;
using TrailStream.Pipeline.Diagnostics;
using TrailStream.Pipeline.Options;
using TrailStream.Pipeline.Settlement;

namespace TrailStream.Pipeline.Kafka;

/// <content>Assignments. The handlers run inside Consume() on the reader's own thread.</content>
internal sealed partial class PartitionReader
{
    private static readonly TimeSpan LookupTime = TimeSpan.FromSeconds(10);

    /// <summary>Before the next question; a broker that refuses answers at once.</summary>
    private static readonly TimeSpan LookupPause = TimeSpan.FromMilliseconds(500);

    /// <summary>Longest wait for open batches when a partition is taken away.</summary>
    private static readonly TimeSpan RevokeDrainMax = TimeSpan.FromSeconds(5);

    private Exception? _handlerFailure;

    /// <summary>An exception must not leave a handler: the client would wait for the assignment for ever, in its own disposal too, and the process
    /// would stand still without a word. It ends the reader as soon as the poll is over; what the poll has brought is not looked at.</summary>
    private void Guard(Action handler)
    {
        try
        {
            handler();
        }
        catch (Exception e)
        {
            _handlerFailure ??= e;
        }
    }

    private IEnumerable<TopicPartitionOffset> OnAssigned(IConsumer<Ignore, int> consumer, List<TopicPartition> places)
    {
        var starts = places.ConvertAll(place => new TopicPartitionOffset(place, Offset.Unset));
        Guard(() => starts = Assign(consumer, places));
        return starts;
    }

    private List<TopicPartitionOffset> Assign(IConsumer<Ignore, int> consumer, List<TopicPartition> places)
    {
        _counters.Rebalanced();
        ForgetGuess();
        _heldSince = null;
        var starts = places.Count == 0 ? [] : Starts(consumer, places);
        _refused = false;
        foreach (var (place, offset, isNewStart) in starts)
        {
            if (_partitions.Remove(place, out var old))
            {
                old.Processor.Stop();
            }

            var lease = _coordinator.Assign(place.Topic, place.Partition.Value, offset, isNewStart, _clock.GetTimestamp());
            var processor = _processors.Create(place.Topic, place.Partition.Value, lease.Epoch);
            _partitions.Add(place, new AssignedPartition(place, lease, processor));
            Log.Assigned(_logger, place.Topic, place.Partition.Value, offset, lease.Epoch);
        }

        // The client takes offsets for these partitions only when this handler has returned: before the next record, at any rate.
        _nextCommit = _clock.GetTimestamp();
        return starts.ConvertAll(start => new TopicPartitionOffset(start.Place, start.Offset));
    }

    /// <summary>Committed offsets where there are any; the configured start otherwise. A committed offset that retention has overtaken is
    /// reported as loss before anything is read.</summary>
    private List<(TopicPartition Place, long Offset, bool IsNewStart)> Starts(IConsumer<Ignore, int> consumer, List<TopicPartition> places)
    {
        var starts = new List<(TopicPartition Place, long Offset, bool IsNewStart)>(places.Count);
        foreach (var committed in Lookup(() => consumer.Committed(places, LookupTime)))
        {
            var place = committed.TopicPartition;
            var range = Lookup(() => consumer.QueryWatermarkOffsets(place, LookupTime));
            if (committed.Offset.Value < 0)
            {
                starts.Add((place, FirstStart(consumer, place, range), true));
                continue;
            }

            var start = ReadCoordinator.StartAt(committed.Offset.Value, range.Low.Value, out var gap);
            if (gap > 0)
            {
                ReportGap(place, committed.Offset.Value, range.Low.Value);
            }

            starts.Add((place, start, gap > 0));
        }

        return starts;
    }

    private long FirstStart(IConsumer<Ignore, int> consumer, TopicPartition place, WatermarkOffsets range)
    {
        switch (_kafka.StartAt)
        {
            case StartPosition.Latest:
                return range.High.Value;
            case StartPosition.Window:
                var since = (_clock.GetUtcNow() - _kafka.WindowReach).UtcDateTime;
                var asked = new[] { new TopicPartitionTimestamp(place, new Timestamp(since, TimestampType.CreateTime)) };
                var found = Lookup(() => consumer.OffsetsForTimes(asked, LookupTime))[0].Offset.Value;
                return found >= 0 ? found : range.High.Value;
            default:
                return range.Low.Value;
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

    /// <summary>Asks until there is an answer, or the stream is stopped: brokers may be away for hours. A member that has been silent for too
    /// long by then hears at its next poll that its partitions are lost.</summary>
    private T Lookup<T>(Func<T> ask)
    {
        while (true)
        {
            try
            {
                return ask();
            }
            catch (KafkaException e) when (!_stop && !e.Error.IsFatal)
            {
                OnError(e.Error);
                _settledSomething.WaitOne(LookupPause);
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
        var leases = leaving.ConvertAll(place => place.Lease);
        while (!ReadCoordinator.IsDrained(leases) && _clock.GetTimestamp() < until)
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
        _coordinator.Drop(place.Lease);
        place.Processor.Stop();
        var frontier = place.Lease.Frontier;
        Log.Revoked(_logger, place.Place.Topic, place.Place.Partition.Value, frontier.Position, frontier.SpanRecords, how);
    }

    private void ForgetGuess()
    {
        _last = null;
        _arena.Target = _spare ??= Rent();
    }
}
