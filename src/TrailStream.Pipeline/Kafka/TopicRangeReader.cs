using Confluent.Kafka;
using TrailStream.Pipeline.Options;

namespace TrailStream.Pipeline.Kafka;

/// <summary>Reads given offsets of topics once, without joining a group and without committing. One caller at a time. Trouble that does not pass within
/// <see cref="PatienceTime"/> becomes an <see cref="IOException"/> that says what to look at.</summary>
public sealed class TopicRangeReader : IDisposable
{
    private static readonly TimeSpan AskTime = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan PollTime = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan PatienceTime = TimeSpan.FromSeconds(60);

    private readonly KafkaOptions _options;
    private readonly TimeProvider _clock;
    private readonly IConsumer<byte[], byte[]> _consumer;
    private volatile string _lastError = "no answer";

    /// <summary>What is passed over, and not told yet.</summary>
    private OffsetRange _unreadable;

    /// <param name="options">How to reach Kafka, and the group whose committed offsets may be asked for.</param>
    /// <param name="clock">Measures patience.</param>
    /// <param name="fields">What results hold besides key and value: <c>all</c>, or <c>topic</c>, which is cheaper.</param>
    public TopicRangeReader(KafkaOptions options, TimeProvider clock, string fields)
    {
        (_options, _clock) = (options, clock);
        var config = KafkaClients.PlainConsumer(options);
        config.ConsumeResultFields = fields;
        _consumer = new ConsumerBuilder<byte[], byte[]>(config)
            .SetLogHandler((_, _) => { })
            .SetErrorHandler((_, error) => _lastError = error.Reason)
            .Build();
    }

    /// <summary>Every partition of a topic, from the oldest record that is there to the end as it is now.</summary>
    public IReadOnlyList<OffsetRange> WholeTopic(string topic) => [.. Partitions(topic).Select(Whole)];

    /// <summary>The offset of the first record of each partition with at least this Kafka timestamp; the partition's end where there is none.</summary>
    public IReadOnlyDictionary<TopicPartition, long> OffsetsAt(IReadOnlyList<OffsetRange> ranges, DateTimeOffset time) => Ask(() =>
    {
        var ends = ranges.ToDictionary(range => new TopicPartition(range.Topic, range.Partition), range => range.To);
        var at = new Timestamp(time.UtcDateTime, TimestampType.CreateTime);
        return _consumer.OffsetsForTimes(ends.Keys.Select(place => new TopicPartitionTimestamp(place, at)), AskTime)
            .ToDictionary(found => found.TopicPartition, found => found.Offset.Value >= 0 ? found.Offset.Value : ends[found.TopicPartition]);
    });

    /// <summary>What the group has committed; partitions without a committed offset are missing.</summary>
    public IReadOnlyDictionary<TopicPartition, long> Committed(IReadOnlyList<OffsetRange> ranges) => Ask(() =>
        _consumer.Committed(ranges.Select(range => new TopicPartition(range.Topic, range.Partition)), AskTime)
            .Where(place => place.Offset.Value >= 0)
            .ToDictionary(place => place.TopicPartition, place => place.Offset.Value));

    /// <summary>The records of the ranges, in order within each partition. A record that Kafka's client cannot read comes without a message.</summary>
    public IEnumerable<ConsumeResult<byte[], byte[]?>> Read(IReadOnlyList<OffsetRange> ranges, CancellationToken cancellationToken)
    {
        var open = ranges.Where(range => range.Length > 0).ToDictionary(range => new TopicPartition(range.Topic, range.Partition));
        if (open.Count == 0)
        {
            yield break;
        }

        _consumer.Assign(open.Select(range => new TopicPartitionOffset(range.Key, range.Value.From)));

        // The client keeps the pause of an earlier range.
        _consumer.Resume(open.Keys);
        var heard = _clock.GetTimestamp();
        var unreadable = new UnreadableRecords(_options, _clock);
        _unreadable = default;
        while (open.Count > 0)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var result = Poll(unreadable);
            if (result is null)
            {
                if (_clock.GetElapsedTime(heard) > PatienceTime)
                {
                    throw new IOException($"Kafka at {_options.Brokers} sends nothing more of {open.Keys.First().Topic}: {_lastError}.");
                }

                continue;
            }

            heard = _clock.GetTimestamp();
            if (!open.TryGetValue(result.TopicPartition, out var range))
            {
                continue;
            }

            // Offsets have gaps: the end may be passed without being met, or be the end of the partition.
            if (result.IsPartitionEOF || result.Offset.Value >= range.To - 1)
            {
                open.Remove(result.TopicPartition);
                _consumer.Pause([result.TopicPartition]);
            }

            if (!result.IsPartitionEOF && result.Offset.Value >= range.From && result.Offset.Value < range.To)
            {
                yield return result!;

                // Whoever reads may take its time.
                heard = _clock.GetTimestamp();
            }
        }

        _consumer.Unassign();
    }

    public void Dispose()
    {
        _consumer.Close();
        _consumer.Dispose();
    }

    private ConsumeResult<byte[], byte[]>? Poll(UnreadableRecords unreadable)
    {
        if (_unreadable is { Length: > 0 } range)
        {
            _unreadable = range with { From = range.From + 1 };
            return new ConsumeResult<byte[], byte[]> { TopicPartitionOffset = new TopicPartitionOffset(range.Topic, range.Partition, range.From) };
        }

        try
        {
            return _consumer.Consume(PollTime);
        }
        catch (ConsumeException e) when (!e.Error.IsFatal)
        {
            _lastError = e.Error.Reason;
            if (unreadable.Fail(e, "") is { } passed)
            {
                _unreadable = passed;
                _consumer.Seek(new TopicPartitionOffset(passed.Topic, passed.Partition, passed.To));
            }

            return null;
        }
    }

    private List<TopicPartition> Partitions(string topic) => Ask(() =>
    {
        using var admin = new DependentAdminClientBuilder(_consumer.Handle).Build();
        var metadata = admin.GetMetadata(topic, AskTime).Topics.Single(t => t.Topic == topic);
        return metadata.Error.IsError
            ? throw new IOException($"The topic {topic} cannot be read at {_options.Brokers}: {metadata.Error.Reason}.")
            : metadata.Partitions.Select(partition => new TopicPartition(topic, partition.PartitionId)).ToList();
    });

    private OffsetRange Whole(TopicPartition place) => Ask(() =>
    {
        var marks = _consumer.QueryWatermarkOffsets(place, AskTime);
        return new OffsetRange(place.Topic, place.Partition.Value, marks.Low.Value, marks.High.Value);
    });

    private T Ask<T>(Func<T> ask)
    {
        try
        {
            return ask();
        }
        catch (KafkaException e)
        {
            throw new IOException($"Kafka at {_options.Brokers} does not answer: {e.Error.Reason}. Look at kafka.brokers and the kafka.… settings of security.", e);
        }
    }
}
