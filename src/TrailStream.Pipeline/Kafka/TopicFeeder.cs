using Confluent.Kafka;

namespace TrailStream.Pipeline.Kafka;

/// <summary>Puts records into a topic for the demo and tests, compressed with zstd so that the embedded broker keeps as many as it can.
/// Owned by one thread; the caller keeps the distance to what has been read.</summary>
public sealed class TopicFeeder : IDisposable
{
    private static readonly TimeSpan FullWait = TimeSpan.FromMilliseconds(10);

    private readonly string _topic;
    private readonly IProducer<Null, byte[]> _producer;
    private long _acknowledged;
    private volatile string? _failure;

    public TopicFeeder(string brokers, string topic, IReadOnlyDictionary<string, string>? properties = null)
    {
        _topic = topic;
        var config = new ProducerConfig
        {
            BootstrapServers = brokers,
            EnableIdempotence = false,
            Acks = Acks.All,
            CompressionType = CompressionType.Zstd,
            LingerMs = 20,
            BatchSize = 512 * 1024,
            DeliveryReportFields = "none",
        };
        foreach (var (key, value) in properties ?? new Dictionary<string, string>())
        {
            config.Set(key, value);
        }

        _producer = new ProducerBuilder<Null, byte[]>(config).SetLogHandler((_, _) => { }).Build();
    }

    public long Sent { get; private set; }

    /// <summary>Records that the broker has.</summary>
    public long Acknowledged => Volatile.Read(ref _acknowledged);

    /// <summary>Queues one record; waits only while the client's own queue is full.</summary>
    /// <param name="record">Its value.</param>
    /// <param name="partition">Its partition; -1: any.</param>
    public void Send(ReadOnlySpan<byte> record, int partition = -1)
    {
        var message = new Message<Null, byte[]> { Value = record.ToArray() };
        var place = new TopicPartition(_topic, partition < 0 ? Partition.Any : new Partition(partition));
        while (true)
        {
            ThrowIfFailed();
            try
            {
                _producer.Produce(place, message, OnDelivered);
                Sent++;
                return;
            }
            catch (ProduceException<Null, byte[]> e) when (e.Error.Code == ErrorCode.Local_QueueFull)
            {
                _producer.Poll(FullWait);
            }
        }
    }

    /// <summary>Waits until the broker has everything.</summary>
    public void Flush(CancellationToken cancellationToken)
    {
        _producer.Flush(cancellationToken);
        ThrowIfFailed();
    }

    public void Dispose() => _producer.Dispose();

    private void OnDelivered(DeliveryReport<Null, byte[]> report)
    {
        if (report.Error.IsError)
        {
            _failure = report.Error.Reason;
        }
        else
        {
            Interlocked.Increment(ref _acknowledged);
        }
    }

    private void ThrowIfFailed()
    {
        if (_failure is { } reason)
        {
            throw new IOException($"A record could not be put into {_topic}: {reason}");
        }
    }
}
