using Confluent.Kafka;
using TrailStream.Pipeline.DeadLetters;

namespace TrailStream.Pipeline.Kafka;

/// <summary>Copies a value straight from the client's memory into the batch that the reader has opened: no array per message. The client
/// calls it inside Consume(), before it says which partition the value is from; the reader guesses (fetches come in runs of one
/// partition) and moves the record where the guess was wrong. The key comes before the value; nothing is taken from it but the mark of a replay.
/// Owned by the reader's thread.</summary>
internal sealed class ArenaDeserializer : IDeserializer<Ignore>, IDeserializer<int>
{
    private RecordPlace? _replayed;

    /// <summary>Where the next value goes.</summary>
    public RecordBatch? Target { get; set; }

    Ignore IDeserializer<Ignore>.Deserialize(ReadOnlySpan<byte> data, bool isNull, SerializationContext context)
    {
        _replayed = RecordPlace.TryReadMark(data, out var place) ? place : null;
        return null!;
    }

    int IDeserializer<int>.Deserialize(ReadOnlySpan<byte> data, bool isNull, SerializationContext context)
    {
        Target!.Add(data, -1, _replayed);
        return data.Length;
    }
}
