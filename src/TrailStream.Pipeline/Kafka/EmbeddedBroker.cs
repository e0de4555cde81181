using Confluent.Kafka;

namespace TrailStream.Pipeline.Kafka;

/// <summary>Kafka inside this process, for a first look without an installation: librdkafka's mock cluster. It keeps 5 MB (compressed) a
/// partition and drops the oldest silently, knows nothing of time, and dies with this object. Demo and tests only.</summary>
public sealed class EmbeddedBroker : IDisposable
{
    /// <summary>Every topic is made with this many by its first use.</summary>
    public const int PartitionsPerTopic = 4;

    private static readonly TimeSpan StartTime = TimeSpan.FromSeconds(20);

    private readonly IProducer<Null, Null> _owner;

    private EmbeddedBroker(IProducer<Null, Null> owner, string address) => (_owner, Address) = (owner, address);

    /// <summary>host:port on 127.0.0.1; other clients of this machine may use it.</summary>
    public string Address { get; }

    public static EmbeddedBroker Start()
    {
        // The address is required and ignored: the cluster lives inside this producer.
        var config = new ProducerConfig { BootstrapServers = "127.0.0.1:1" };
        config.Set("test.mock.num.brokers", "1");
        var owner = new ProducerBuilder<Null, Null>(config).SetLogHandler((_, _) => { }).Build();
        try
        {
            using var admin = new DependentAdminClientBuilder(owner.Handle).Build();
            var broker = admin.GetMetadata(StartTime).Brokers[0];
            return new EmbeddedBroker(owner, $"{broker.Host}:{broker.Port}");
        }
        catch
        {
            owner.Dispose();
            throw;
        }
    }

    public void Dispose() => _owner.Dispose();
}
