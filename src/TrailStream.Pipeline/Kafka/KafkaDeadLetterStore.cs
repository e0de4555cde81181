using System.Text;
using Confluent.Kafka;
using TrailStream.Pipeline.DeadLetters;
using TrailStream.Pipeline.Options;

namespace TrailStream.Pipeline.Kafka;

/// <summary>The dead-letter topic, read back from its beginning to where it ends now.</summary>
public sealed class KafkaDeadLetterStore(KafkaOptions options, TimeProvider clock) : IDeadLetterStore
{
    private IProducer<byte[], byte[]?>? _producer;

    public string Name => $"topic {options.DeadLetterTopic}";

    public IEnumerable<StoredDeadLetter> Read(CancellationToken cancellationToken)
    {
        using var reader = new TopicRangeReader(options, clock, "all");
        foreach (var result in reader.Read(reader.WholeTopic(options.DeadLetterTopic), cancellationToken))
        {
            if (result.Message is null)
            {
                continue;
            }

            var headers = result.Message.Headers;
            var entry = DeadLetterFields.Read(
                Encoding.UTF8.GetString(result.Message.Key ?? []),
                name => headers.TryGetLastBytes(DeadLetterFields.HeaderPrefix + name, out var bytes) ? Encoding.UTF8.GetString(bytes) : null,
                result.Message.Value ?? [],
                new DeadLetterPosition(result.Partition.Value, result.Offset.Value),
                DateTimeOffset.FromUnixTimeMilliseconds(result.Message.Timestamp.UnixTimestampMs));
            if (entry is not null)
            {
                yield return entry;
            }
        }
    }

    public void NoteReplay(RecordPlace sent, string to, CancellationToken cancellationToken)
    {
        _producer ??= new ProducerBuilder<byte[], byte[]?>(KafkaClients.Producer(options)).SetLogHandler((_, _) => { }).Build();
        var headers = new Headers();
        foreach (var (name, text) in DeadLetterFields.OfReplay(sent, to, clock.GetUtcNow()))
        {
            headers.Add(DeadLetterFields.HeaderPrefix + name, DeadLetterFields.Bytes(text));
        }

        _producer.ProduceAsync(
            options.DeadLetterTopic, new Message<byte[], byte[]?> { Key = DeadLetterFields.Bytes(sent.Key), Headers = headers }, cancellationToken)
            .GetAwaiter().GetResult();
    }

    public void Dispose() => _producer?.Dispose();
}
