using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Confluent.Kafka;
using Microsoft.Extensions.Logging;
using TrailStream.Pipeline.Diagnostics;
using TrailStream.Pipeline.Options;
using TrailStream.Pipeline.Sinks;

namespace TrailStream.Pipeline.Kafka;

/// <summary>Dead letters in a Kafka topic: the original bytes, and in headers why and where from. Acknowledged by all replicas; waits as
/// long as it takes. Thread-safe.</summary>
public sealed class KafkaDeadLetters : IDeadLetters
{
    /// <summary>Bytes of a payload that does not fit into one record; its place recovers the rest as long as retention keeps it.</summary>
    private const int TruncatedBytes = 512 * 1024;

    private static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(2);

    private readonly string _topic;
    private readonly TimeProvider _clock;
    private readonly ILogger _logger;
    private readonly IProducer<byte[], byte[]> _producer;

    public KafkaDeadLetters(KafkaOptions options, TimeProvider clock, ILogger logger)
    {
        (_topic, _clock, _logger) = (options.DeadLetterTopic, clock, logger);
        _producer = new ProducerBuilder<byte[], byte[]>(KafkaClients.Producer(options))
            .SetLogHandler((_, line) => Log.ClientLine(logger, line.Facility, line.Message))
            .Build();
    }

    public Task WriteAsync(IReadOnlyList<DeadLetter> letters, CancellationToken cancellationToken) =>
        Task.WhenAll(letters.Select(letter => WriteAsync(letter, cancellationToken)));

    public ValueTask DisposeAsync()
    {
        _producer.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task WriteAsync(DeadLetter letter, CancellationToken cancellationToken)
    {
        var message = Message(letter, truncate: false);
        while (true)
        {
            try
            {
                await _producer.ProduceAsync(_topic, message, cancellationToken).ConfigureAwait(false);
                return;
            }
            catch (ProduceException<byte[], byte[]> e) when (e.Error.Code is ErrorCode.MsgSizeTooLarge or ErrorCode.RecordListTooLarge
                && letter.Payload.Length > TruncatedBytes && message.Value.Length > TruncatedBytes)
            {
                message = Message(letter, truncate: true);
            }
            catch (ProduceException<byte[], byte[]> e) when (!e.Error.IsFatal)
            {
                Log.DeadLettersFailed(_logger, RetryDelay, e);
                await Task.Delay(RetryDelay, _clock, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private Message<byte[], byte[]> Message(DeadLetter letter, bool truncate)
    {
        var headers = new Headers();
        Add("ts-dlq-schema", "1");
        Add("ts-dlq-reason", letter.Reason);
        Add("ts-dlq-stage", letter.Stage);
        Add("ts-dlq-detail", letter.Detail);
        Add("ts-dlq-place", letter.Place);
        if (letter.EventId is not null)
        {
            Add("ts-dlq-event-id", letter.EventId);
        }

        Add("ts-dlq-first-seen", _clock.GetUtcNow().ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture));
        Add("ts-dlq-replay-count", "0");
        var value = letter.Payload;
        if (truncate)
        {
            Add("ts-dlq-truncated", "true");
            Add("ts-dlq-sha256", Convert.ToHexStringLower(SHA256.HashData(letter.Payload.Span)));
            value = value[..TruncatedBytes];
        }

        return new Message<byte[], byte[]> { Key = Encoding.UTF8.GetBytes(letter.Place), Value = value.ToArray(), Headers = headers };

        void Add(string key, string text) => headers.Add(key, Encoding.UTF8.GetBytes(text));
    }
}
