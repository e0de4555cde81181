using System.Buffers.Text;
using System.Text;
using System.Text.Json;
using Confluent.Kafka;
using TrailStream.Pipeline.Kafka;
using TrailStream.Pipeline.Options;

namespace TrailStream.Pipeline.Verification;

/// <summary>What an output topic holds: read whole (or from a time on) when it is first asked, one entry a document. Repeated messages of one key are how
/// a topic is corrected, and no doubles; a compacted topic keeps the last, which is older when one before it had a higher rank (header
/// <c>trailstream-rank</c>).</summary>
/// <param name="options">How to reach Kafka.</param>
/// <param name="topic">The topic.</param>
/// <param name="since">Documents written before are of no interest; null: all.</param>
/// <param name="clock">Measures patience.</param>
public sealed class TopicLookup(KafkaOptions options, string topic, DateTimeOffset? since, TimeProvider clock) : IDocumentLookup
{
    /// <summary>About 70 bytes each.</summary>
    public const int DocumentsMax = 10_000_000;

    /// <summary>Clocks of producers differ; documents are written after their records.</summary>
    private static readonly TimeSpan SinceMargin = TimeSpan.FromHours(1);

    private Dictionary<UInt128, Entry>? _documents;

    public string Name => "kafka";

    public Task<IReadOnlyList<FoundDocument>> FindAsync(IReadOnlyList<SoughtEvent> events, CancellationToken cancellationToken)
    {
        _documents ??= ReadAll(cancellationToken);
        return Task.FromResult<IReadOnlyList<FoundDocument>>([.. events.Select(sought =>
            _documents.TryGetValue(RecordDigest.OfId(Encoding.UTF8.GetBytes(sought.Id)), out var entry)
                ? new FoundDocument(1, entry.IsPending, entry.Last < entry.Highest)
                : default)]);
    }

    public void Dispose() => _documents = null;

    private Dictionary<UInt128, Entry> ReadAll(CancellationToken cancellationToken)
    {
        var documents = new Dictionary<UInt128, Entry>();
        using var reader = new TopicRangeReader(options, clock, "topic,headers");
        var ranges = reader.WholeTopic(topic);
        if (since is { } time)
        {
            var starts = reader.OffsetsAt(ranges, time - SinceMargin);
            ranges = [.. ranges.Select(range => range with { From = starts[new(range.Topic, range.Partition)] })];
        }

        foreach (var result in reader.Read(ranges, cancellationToken))
        {
            if (result.Message is not { Key: { } key, Value: { } value })
            {
                continue;
            }

            if (documents.Count >= DocumentsMax)
            {
                throw new IOException($"{topic} holds more than {DocumentsMax:N0} documents: name a later time with --from.");
            }

            var rank = RankOf(result.Message);
            var hash = RecordDigest.OfId(key);
            documents[hash] = new Entry(rank, Math.Max(rank, documents.GetValueOrDefault(hash).Highest), IsPending(value));
        }

        return documents;
    }

    private static long RankOf(Message<byte[], byte[]?> message) =>
        message.Headers.TryGetLastBytes("trailstream-rank", out var text) && Utf8Parser.TryParse(text, out long rank, out _) ? rank : 0;

    /// <summary>What is no document of ours is the user's own affair.</summary>
    private static bool IsPending(byte[] document)
    {
        try
        {
            return DocumentState.IsPending(document);
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private readonly record struct Entry(long Last, long Highest, bool IsPending);
}
