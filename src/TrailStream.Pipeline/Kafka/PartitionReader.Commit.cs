using Confluent.Kafka;
using TrailStream.Pipeline.Diagnostics;
using TrailStream.Pipeline.Settlement;

namespace TrailStream.Pipeline.Kafka;

/// <content>Commit, flow control, errors, status.</content>
internal sealed partial class PartitionReader
{
    /// <summary>The same trouble is logged once in this time.</summary>
    private static readonly TimeSpan TroubleInterval = TimeSpan.FromSeconds(60);

    private ErrorCode _lastTrouble;
    private long _lastTroubleAt;

    /// <summary>Only StoreOffset and a bare Commit(): Kafka accepts a commit with explicit offsets even for a partition that somebody
    /// else owns, while the client refuses to store one for a partition that it does not have.</summary>
    private void Commit()
    {
        foreach (var place in _partitions.Values)
        {
            if (!place.Lease.HasToStore)
            {
                continue;
            }

            var position = place.Lease.Frontier.Position;
            try
            {
                _consumer!.StoreOffset(new TopicPartitionOffset(place.Place, position));
                place.Lease.Stored(position);
                _storedSomething = true;
            }
            catch (KafkaException e)
            {
                // The partition is on its way to another member: its next owner reads these records again.
                _counters.StoreRejected();
                Log.StoreRejected(_logger, place.Place.Topic, place.Place.Partition.Value, position, e.Error.Code.ToString());
            }
        }

        if (!_storedSomething)
        {
            return;
        }

        try
        {
            _consumer!.Commit();
            _counters.Committed();
            _storedSomething = false;
        }
        catch (KafkaException e) when (e.Error.Code == ErrorCode.Local_NoOffset)
        {
            _storedSomething = false;
        }
        catch (KafkaException e) when (!e.Error.IsFatal)
        {
            // Stays stored; the next second tries again, and a rebalance only repeats records.
            _counters.CommitFailed();
            Log.CommitFailed(_logger, e.Error.Code.ToString(), e.Error.Reason);
        }
    }

    /// <summary>The topic of this name is another one: no offset that was read or committed means anything in it. The next start reads all of it.</summary>
    private void BeginAnew(string topic)
    {
        // Explicit, because the client never goes back of its own; whoever else may own a partition by now only reads it once more.
        _consumer!.Commit(_partitions.Keys.Where(place => place.Topic == topic)
            .Select(place => new TopicPartitionOffset(place, Lookup(() => _consumer!.QueryWatermarkOffsets(place, LookupTime)).Low)));
        throw new InvalidOperationException($"The topic {topic} was deleted and made anew. The next start reads it from its beginning.");
    }

    /// <summary>Says pause or resume where it differs from what was said last in this assignment.</summary>
    private void ApplyFlow()
    {
        _flow.Clear();
        _coordinator.Flow(_intakeStopped, _sinksStalled(), _counters.DocumentBytesInFlight, _flow);
        foreach (var (lease, cause) in _flow)
        {
            var place = new TopicPartition(lease.Topic, lease.Partition);
            var pause = cause != PauseCause.None;
            try
            {
                if (pause)
                {
                    _consumer!.Pause([place]);
                    _metrics.RecordPause(cause);
                    Log.Paused(_logger, lease.Topic, lease.Partition, cause, lease.Frontier.SpanRecords, _coordinator.BytesInFlight);
                }
                else
                {
                    _consumer!.Resume([place]);
                    Log.Resumed(_logger, lease.Topic, lease.Partition);
                }

                lease.Said(pause, cause);
            }
            catch (KafkaException e)
            {
                Log.KafkaTrouble(_logger, e.Error.Code.ToString(), e.Error.Reason);
            }
        }
    }

    private void OnConsumeError(IConsumer<Ignore, int> consumer, ConsumeException e)
    {
        var at = e.ConsumerRecord?.TopicPartitionOffset;
        if (e.Error.Code == ErrorCode.Local_AutoOffsetReset)
        {
            throw new InvalidOperationException(
                $"{at?.Topic ?? _kafka.Topics[0]}/{at?.Partition.Value}: the next offset is not there any more ({e.Error.Reason}): retention has removed it "
                + "unread, or the topic was deleted and made anew. The next start says which records are gone, if any.",
                e);
        }

        if (e.Error.IsFatal)
        {
            throw new KafkaException(e.Error, e);
        }

        if (IsCorrupt(e.Error.Code) && at is not null && at.Offset.Value >= 0)
        {
            var key = new TopicPartition(at.Topic ?? _kafka.Topics[0], at.Partition);
            if (_partitions.TryGetValue(key, out var place))
            {
                OnCorrupt(consumer, place, at.Offset.Value, e.Error);
                return;
            }
        }

        OnError(e.Error);
    }

    internal static bool IsCorrupt(ErrorCode code) =>
        code is ErrorCode.Local_BadCompression or ErrorCode.Local_BadMsg or ErrorCode.InvalidMsg or ErrorCode.Local_Inconsistent;

    /// <summary>librdkafka gives the same error at the same offset for ever. After a few, and when its end is found, the whole batch is passed over,
    /// each record with a dead letter that says where it stood.</summary>
    private void OnCorrupt(IConsumer<Ignore, int> consumer, AssignedPartition place, long baseOffset, Error error)
    {
        HandOut(place);
        var first = place.Lease.Fail(baseOffset, _limits.FetchErrorsMax);
        if (first < 0)
        {
            return;
        }

        // On a thread of its own: this one must go on polling. The error comes again meanwhile.
        if (place.BatchEnd is not { } end || end.First != first)
        {
            place.BatchEnd = (first, Task.Run(() => BatchEnd.Find(_kafka, _clock, place.Place, baseOffset, first)));
            return;
        }

        if (!end.Last.IsCompleted)
        {
            return;
        }

        var last = Math.Min(end.Last.GetAwaiter().GetResult(), first + PassedOverMax - 1);
        place.BatchEnd = null;
        var batch = Rent();
        batch.Open(place.Place.Topic, place.Place.Partition.Value, place.Lease.Epoch);
        for (var offset = first; offset <= last; offset++)
        {
            batch.Add([], offset);
        }

        place.Lease.PassOver(last);
        Register(place, batch);
        place.Processor.Refuse(batch, $"{error.Code}: {error.Reason}");
        Log.FetchCorrupt(_logger, place.Place.Topic, place.Place.Partition.Value, first, last, error.Code.ToString());
        consumer.Seek(new TopicPartitionOffset(place.Place, last + 1));
    }

    private void OnError(Error error)
    {
        if (error.IsFatal)
        {
            throw new KafkaException(error);
        }

        _refused = error.Code is ErrorCode.TopicAuthorizationFailed or ErrorCode.GroupAuthorizationFailed
            or ErrorCode.ClusterAuthorizationFailed or ErrorCode.SaslAuthenticationFailed or ErrorCode.Local_Authentication;
        // The client repeats itself for each broker and each attempt.
        if (error.Code == _lastTrouble && _clock.GetElapsedTime(_lastTroubleAt) < TroubleInterval)
        {
            return;
        }

        (_lastTrouble, _lastTroubleAt) = (error.Code, _clock.GetTimestamp());
        if (_refused)
        {
            Log.KafkaRefuses(_logger, error.Code.ToString(), error.Reason);
        }
        else
        {
            Log.KafkaTrouble(_logger, error.Code.ToString(), error.Reason);
        }
    }

    private void PublishStatus()
    {
        var now = _clock.GetTimestamp();
        var partitions = new List<PartitionStatus>(_partitions.Count);
        foreach (var place in _partitions.Values)
        {
            var lease = place.Lease;
            // The client's own note from its last fetch: no request.
            var high = _stop ? -1 : _consumer!.GetWatermarkOffsets(place.Place).High.Value;
            lease.Extends(high, now);
            place.Processor.AtEnd(lease.AtEnd);
            partitions.Add(new PartitionStatus(
                lease.Topic,
                lease.Partition,
                lease.Epoch,
                Lag(lease, high),
                lease.Frontier.Position,
                lease.Frontier.SpanRecords + (place.Open?.Count ?? 0),
                _clock.GetElapsedTime(0, lease.StandsFor(now)),
                lease.Paused == true,
                lease.AtEnd));
        }

        _status = new ReaderStatus(partitions, _refused, _status.Sequence + 1, now);
    }

    /// <summary>While the partition is paused it is the least that it can be.</summary>
    private static long Lag(PartitionLease lease, long high) =>
        lease.AtEnd ? 0 : high < 0 || lease.NextOffset < 0 ? -1 : Math.Max(0, high - lease.NextOffset);
}
