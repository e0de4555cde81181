using System.Globalization;
using Confluent.Kafka;
using TrailStream.Pipeline.DeadLetters;
using TrailStream.Pipeline.Options;

namespace TrailStream.Pipeline.Kafka;

/// <summary>Sends records again into a topic, into the partition that they came from where it is the same topic.</summary>
/// <param name="options">How to reach Kafka.</param>
/// <param name="topic">Where records go; null: each to the topic that it came from.</param>
/// <param name="clock">Measures patience.</param>
public sealed class KafkaReplayTarget(KafkaOptions options, string? topic, TimeProvider clock) : IReplayTarget
{
    /// <summary>The record was in a topic before, so that the topic's own limit decides, not the client's of 1 MB.</summary>
    private const int MessageBytesMax = 100_000_000;

    /// <summary>Somebody waits at a terminal.</summary>
    private static readonly TimeSpan SendTime = TimeSpan.FromSeconds(60);

    private readonly Dictionary<string, int> _partitions = new(StringComparer.Ordinal);
    private IProducer<byte[], byte[]>? _producer;
    private TopicRangeReader? _reader;

    public string? Send(RecordPlace place, ReadOnlyMemory<byte> payload, CancellationToken cancellationToken)
    {
        _producer ??= Open();
        var to = topic ?? place.Source;
        var headers = new Headers
        {
            { DeadLetterFields.HeaderPrefix + "key", DeadLetterFields.Bytes((place with { Index = -1 }).Key) },
            { DeadLetterFields.HeaderPrefix + DeadLetterFields.ReplayCount, DeadLetterFields.Bytes(place.Replays.ToString(CultureInfo.InvariantCulture)) },
        };
        try
        {
            var result = _producer.ProduceAsync(
                new TopicPartition(to, Partition(to, place)),
                new Message<byte[], byte[]> { Key = place.Mark, Value = payload.ToArray(), Headers = headers },
                cancellationToken).GetAwaiter().GetResult();
            return new RecordPlace(to, result.Partition.Value, result.Offset.Value).ToString();
        }
        catch (ProduceException<byte[], byte[]> e) when (e.Error.Code is ErrorCode.MsgSizeTooLarge or ErrorCode.RecordListTooLarge)
        {
            return null;
        }
        catch (KafkaException e)
        {
            throw new IOException($"The record of {place} cannot be sent to {to}: {e.Error.Reason}.", e);
        }
    }

    public byte[]? Recover(RecordPlace place, CancellationToken cancellationToken)
    {
        if (place.Partition < 0)
        {
            return null;
        }

        _reader ??= new TopicRangeReader(options, clock, "topic");
        var there = _reader.WholeTopic(place.Source).FirstOrDefault(range => range.Partition == place.Partition);
        return place.Offset >= there.From && place.Offset < there.To
            ? _reader.Read([there with { From = place.Offset, To = place.Offset + 1 }], cancellationToken).FirstOrDefault()?.Message?.Value
            : null;
    }

    public void Dispose()
    {
        _producer?.Dispose();
        _reader?.Dispose();
    }

    private IProducer<byte[], byte[]> Open()
    {
        var config = KafkaClients.Producer(options);
        config.MessageTimeoutMs = (int)SendTime.TotalMilliseconds;
        config.MessageMaxBytes = MessageBytesMax;
        return new ProducerBuilder<byte[], byte[]>(config).SetLogHandler((_, _) => { }).SetErrorHandler((_, _) => { }).Build();
    }

    private Partition Partition(string to, RecordPlace place)
    {
        if (to != place.Source)
        {
            return Confluent.Kafka.Partition.Any;
        }

        if (!_partitions.TryGetValue(to, out var count))
        {
            _reader ??= new TopicRangeReader(options, clock, "topic");
            count = _reader.WholeTopic(to).Count;
            _partitions.Add(to, count);
        }

        return place.Partition >= 0 && place.Partition < count ? new Partition(place.Partition) : Confluent.Kafka.Partition.Any;
    }
}
