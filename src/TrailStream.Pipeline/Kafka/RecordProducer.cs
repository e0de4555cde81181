using Confluent.Kafka;
using TrailStream.Pipeline.Options;

namespace TrailStream.Pipeline.Kafka;

/// <summary>The producer of documents, dead letters and sessions: idempotent, acknowledged by all replicas. A topic's limit counts for a whole batch of
/// the client, and refuses all that is in it: what is refused for its size goes again alone, and only what is refused then is too large. Thread-safe.</summary>
internal sealed class RecordProducer : IDisposable
{
    private static readonly TimeSpan FullWait = TimeSpan.FromMilliseconds(20);

    private readonly IProducer<byte[], byte[]> _together;
    private readonly Lazy<IProducer<byte[], byte[]>> _alone;

    /// <param name="options">How to reach Kafka.</param>
    /// <param name="log">Gets the client's own lines.</param>
    /// <param name="trouble">Gets what the client says of brokers and connections.</param>
    public RecordProducer(KafkaOptions options, Action<LogMessage> log, Action<Error> trouble)
    {
        _together = Open(KafkaClients.Producer(options));
        _alone = new Lazy<IProducer<byte[], byte[]>>(() =>
        {
            var config = KafkaClients.Producer(options);
            config.BatchNumMessages = 1;
            return Open(config);
        });

        IProducer<byte[], byte[]> Open(ProducerConfig config) => new ProducerBuilder<byte[], byte[]>(config)
            .SetLogHandler((_, line) => log(line))
            .SetErrorHandler((_, error) => trouble(error))
            .Build();
    }

    /// <summary>Too large for the topic, however it is sent.</summary>
    public static bool IsTooLarge(Error error) => error.Code is ErrorCode.MsgSizeTooLarge or ErrorCode.RecordListTooLarge;

    /// <summary>Queues a record; waits only while the client's queue is full.</summary>
    /// <param name="topic">Where to.</param>
    /// <param name="message">The record.</param>
    /// <param name="done">Gets the outcome, once, on the client's thread: no error when all replicas have the record.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    public void Send(string topic, Message<byte[], byte[]> message, Action<Error> done, CancellationToken cancellationToken) =>
        Send(_together, topic, message, error =>
        {
            if (IsTooLarge(error))
            {
                Send(_alone.Value, topic, message, done, CancellationToken.None);
            }
            else
            {
                done(error);
            }
        }, cancellationToken);

    /// <summary>The same, for those who wait for the outcome.</summary>
    public Task<Error> SendAsync(string topic, Message<byte[], byte[]> message, CancellationToken cancellationToken)
    {
        var outcome = new TaskCompletionSource<Error>(TaskCreationOptions.RunContinuationsAsynchronously);
        Send(topic, message, outcome.SetResult, cancellationToken);
        return outcome.Task.WaitAsync(cancellationToken);
    }

    public void Flush(TimeSpan time)
    {
        _together.Flush(time);
        if (_alone.IsValueCreated)
        {
            _alone.Value.Flush(time);
        }
    }

    public void Dispose()
    {
        _together.Dispose();
        if (_alone.IsValueCreated)
        {
            _alone.Value.Dispose();
        }
    }

    private static void Send(
        IProducer<byte[], byte[]> producer, string topic, Message<byte[], byte[]> message, Action<Error> done, CancellationToken cancellationToken)
    {
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            try
            {
                producer.Produce(topic, message, report => done(report.Error));
                return;
            }
            catch (ProduceException<byte[], byte[]> e) when (e.Error.Code == ErrorCode.Local_QueueFull)
            {
                producer.Poll(FullWait);
            }
            catch (ProduceException<byte[], byte[]> e)
            {
                // Refused by the client itself, which then reports nothing.
                done(e.Error);
                return;
            }
        }
    }
}
