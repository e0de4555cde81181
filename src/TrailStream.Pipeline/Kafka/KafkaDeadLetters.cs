using System.Security.Cryptography;
using Confluent.Kafka;
using Microsoft.Extensions.Logging;
using TrailStream.Pipeline.DeadLetters;
using TrailStream.Pipeline.Diagnostics;
using TrailStream.Pipeline.Options;
using TrailStream.Pipeline.Sinks;

namespace TrailStream.Pipeline.Kafka;

/// <summary>Dead letters in a Kafka topic: the original bytes, key <c>topic|partition|offset|index</c>, and in headers <c>ts-dlq-…</c> why and where
/// from. Acknowledged by all replicas; waits as long as it takes. Thread-safe.</summary>
public sealed class KafkaDeadLetters : IDeadLetters
{
    /// <summary>Bytes of a payload that does not fit into one record; its place recovers the rest as long as retention keeps it.</summary>
    private const int TruncatedBytes = 512 * 1024;

    private static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(2);

    private readonly string _topic;
    private readonly TimeProvider _clock;
    private readonly ILogger _logger;
    private readonly RecordProducer _producer;

    public KafkaDeadLetters(KafkaOptions options, TimeProvider clock, ILogger logger)
    {
        (_topic, _clock, _logger) = (options.DeadLetterTopic, clock, logger);
        _producer = new RecordProducer(options, line => Log.ClientLine(logger, line.Facility, line.Message), _ => { });
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
        var firstSeen = _clock.GetUtcNow();
        var message = Message(letter, firstSeen, letter.Payload.Length);
        while (true)
        {
            var error = await _producer.SendAsync(_topic, message, cancellationToken).ConfigureAwait(false);
            if (!error.IsError)
            {
                return;
            }

            if (RecordProducer.IsTooLarge(error) && message.Value.Length > 0)
            {
                // A broker that does not even take that much gets less, down to the headers alone.
                message = Message(letter, firstSeen, message.Value.Length > TruncatedBytes ? TruncatedBytes : message.Value.Length / 2);
                continue;
            }

            var failure = new KafkaException(error);
            if (error.IsFatal)
            {
                throw failure;
            }

            Log.DeadLettersFailed(_logger, RetryDelay, failure);
            await Task.Delay(RetryDelay, _clock, cancellationToken).ConfigureAwait(false);
        }
    }

    private static Message<byte[], byte[]> Message(DeadLetter letter, DateTimeOffset firstSeen, int length)
    {
        var headers = new Headers();
        foreach (var (name, text) in DeadLetterFields.Of(letter, firstSeen))
        {
            headers.Add(DeadLetterFields.HeaderPrefix + name, DeadLetterFields.Bytes(text));
        }

        if (length < letter.Payload.Length)
        {
            headers.Add(DeadLetterFields.HeaderPrefix + DeadLetterFields.Truncated, DeadLetterFields.Bytes("true"));
            headers.Add(
                DeadLetterFields.HeaderPrefix + DeadLetterFields.Sha256,
                DeadLetterFields.Bytes(Convert.ToHexStringLower(SHA256.HashData(letter.Payload.Span))));
        }

        return new Message<byte[], byte[]>
        {
            Key = DeadLetterFields.Bytes(letter.Place.Key),
            Value = letter.Payload[..length].ToArray(),
            Headers = headers,
        };
    }
}
