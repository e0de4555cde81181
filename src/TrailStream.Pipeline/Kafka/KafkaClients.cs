using Confluent.Kafka;
using TrailStream.Pipeline.Options;

namespace TrailStream.Pipeline.Kafka;

/// <summary>The settings of every Kafka client, in one place.</summary>
internal static class KafkaClients
{
    /// <summary>Largest record that is sent: the topic's limit should decide, not the client's own of 1 MB. Half of the client's queue, and more than
    /// a document of the largest event takes.</summary>
    private const int MessageBytesMax = 32 * 1024 * 1024;

    /// <summary>An unreadable batch gives several errors before it is passed over, and its end is found by some more; the client's own wait after each is 500 ms.</summary>
    private const string FetchErrorBackoff = "50";

    public static ConsumerConfig GroupConsumer(KafkaOptions options)
    {
        var config = new ConsumerConfig
        {
            BootstrapServers = options.Brokers,
            GroupId = options.GroupId,
            EnableAutoCommit = false,
            EnableAutoOffsetStore = false,
            EnablePartitionEof = true,
            // A place that retention has removed is data loss, and must be seen; the first place is chosen by the assigned handler.
            AutoOffsetReset = AutoOffsetReset.Error,
            // Kafka's timestamp and headers are never looked at; the topic only where there are several. Halves the cost of Consume().
            ConsumeResultFields = options.Topics.Count == 1 ? "none" : "topic",
            QueuedMaxMessagesKbytes = options.PrefetchKilobytes,
            QueuedMinMessages = 10_000,
            MaxPollIntervalMs = 300_000,
            AllowAutoCreateTopics = false,
        };
        config.Set("fetch.queue.backoff.ms", "100");
        config.Set("fetch.error.backoff.ms", FetchErrorBackoff);
        config.Set("group.protocol", options.GroupProtocol);
        if (options.GroupProtocol == "classic")
        {
            config.PartitionAssignmentStrategy = PartitionAssignmentStrategy.CooperativeSticky;
            config.SessionTimeoutMs = (int)options.SessionTimeout.TotalMilliseconds;
        }

        if (options.GroupInstanceId is not null)
        {
            config.GroupInstanceId = options.GroupInstanceId;
        }

        return Merge(config, options);
    }

    /// <summary>A consumer that picks its partitions itself and commits nothing. The group id is only used to look up committed
    /// offsets.</summary>
    public static ConsumerConfig PlainConsumer(KafkaOptions options)
    {
        var config = new ConsumerConfig
        {
            BootstrapServers = options.Brokers,
            GroupId = options.GroupId,
            EnableAutoCommit = false,
            EnableAutoOffsetStore = false,
            EnablePartitionEof = true,
            AutoOffsetReset = AutoOffsetReset.Earliest,
            ConsumeResultFields = "topic",
            QueuedMaxMessagesKbytes = options.PrefetchKilobytes,
            AllowAutoCreateTopics = false,
        };
        config.Set("fetch.error.backoff.ms", FetchErrorBackoff);
        return Merge(config, options);
    }

    /// <summary>Idempotent, acknowledged by all replicas, and never giving up by time: only cancellation or a permanent error ends a
    /// produce.</summary>
    public static ProducerConfig Producer(KafkaOptions options) => Merge(
        new ProducerConfig
        {
            BootstrapServers = options.Brokers,
            EnableIdempotence = true,
            Acks = Acks.All,
            MessageTimeoutMs = 0,
            MessageMaxBytes = MessageBytesMax,
            CompressionType = CompressionType.Lz4,
            LingerMs = 5,
            QueueBufferingMaxKbytes = 64 * 1024,
            DeliveryReportFields = "none",
        },
        options);

    public static AdminClientConfig Admin(KafkaOptions options) =>
        Merge(new AdminClientConfig { BootstrapServers = options.Brokers }, options);

    private static T Merge<T>(T config, KafkaOptions options)
        where T : ClientConfig
    {
        foreach (var (key, value) in options.Properties)
        {
            config.Set(key, value);
        }

        return config;
    }
}
