using Confluent.Kafka;
using TrailStream.Pipeline.Diagnostics;

namespace TrailStream.Pipeline.Kafka;

/// <content>One membership of the group after another: there is a second one only where Kafka has not accepted the instance id of the first.</content>
internal sealed partial class PartitionReader
{
    private long? _fencedAt;
    private long? _heldSince;

    /// <summary>Within this time a fence that is not another node's doing does not come twice, and a crashed member's id is free.</summary>
    private TimeSpan InstanceIdTime => 2 * _kafka.SessionTimeout;

    /// <summary>Reads as one member of the group until the reader is stopped.</summary>
    /// <returns>False when Kafka does not accept its instance id, and it may join anew.</returns>
    private bool ReadAsMember()
    {
        using var consumer = new ConsumerBuilder<Ignore, int>(KafkaClients.GroupConsumer(_kafka))
            .SetKeyDeserializer(_arena)
            .SetValueDeserializer(_arena)
            .SetPartitionsAssignedHandler(OnAssigned)
            .SetPartitionsRevokedHandler((_, places) => Guard(() => OnRevoked(places.Select(p => p.TopicPartition))))
            .SetPartitionsLostHandler((_, places) => Guard(() => OnLost(places.Select(p => p.TopicPartition))))
            .SetErrorHandler((_, error) => OnError(error))
            .SetLogHandler((_, line) => Log.ClientLine(_logger, line.Facility, line.Message))
            .Build();
        _consumer = consumer;
        using var watch = _kafka.CheckTopics ? new TopicWatch(_kafka.Topics, consumer.Handle, _clock) : null;
        consumer.Subscribe(_kafka.Topics);
        _nextCommit = After(_limits.CommitInterval);
        try
        {
            while (!_stop)
            {
                Poll(consumer);
                if (watch?.MadeAnew is { } topic)
                {
                    BeginAnew(topic);
                }

                Serve();
            }

            Serve();
            Commit();
            consumer.Close();
            PublishStatus();
            return true;
        }
        catch (KafkaException e) when (e.Error.Code is ErrorCode.FencedInstanceId or ErrorCode.UnreleasedInstanceId)
        {
            var mayJoin = _stop || (e.Error.Code == ErrorCode.FencedInstanceId ? MayJoinAfterFence() : MayJoinWhenReleased());
            if (!mayJoin)
            {
                throw;
            }

            OnLost([.. _partitions.Keys]);
            (_storedSomething, _handlerFailure, _refused) = (false, null, false);
            return false;
        }
    }

    /// <summary>Kafka fences a member whose <c>group.instance.id</c> joins from elsewhere. That is another node with the same id, or this one: where its
    /// session ends while its coordinator is away, the client joins as a new member and still sends a heartbeat of the old one. So it joins once more.
    /// Two nodes of one id fence each other by turns, and each hears of it within a session's time: the second fence within two ends this node.</summary>
    private bool MayJoinAfterFence()
    {
        _counters.MemberFenced();
        if (_fencedAt is { } before && _clock.GetElapsedTime(before) < InstanceIdTime)
        {
            Log.FencedAgain(_logger, _kafka.GroupInstanceId, InstanceIdTime.TotalSeconds);
            return false;
        }

        _fencedAt = _clock.GetTimestamp();
        Log.FencedOnce(_logger, _kafka.GroupInstanceId);
        return true;
    }

    /// <summary>With KIP-848 an id stays with a member that has crashed until its session is over. Whoever starts in its place asks until then.</summary>
    private bool MayJoinWhenReleased()
    {
        if (_heldSince is { } since && _clock.GetElapsedTime(since) >= InstanceIdTime)
        {
            Log.InstanceIdHeld(_logger, _kafka.GroupInstanceId, InstanceIdTime.TotalSeconds);
            return false;
        }

        if (_heldSince is null)
        {
            _heldSince = _clock.GetTimestamp();
            Log.InstanceIdAwaited(_logger, _kafka.GroupInstanceId, InstanceIdTime.TotalSeconds);
        }

        _settledSomething.WaitOne(LookupPause);
        return true;
    }
}
