using Confluent.Kafka;

namespace TrailStream.Pipeline.Kafka;

/// <summary>Copies a value straight from the client's memory into the batch that the reader has opened: no array per message. The client
/// calls it inside Consume(), before it says which partition the value is from; the reader guesses (fetches come in runs of one
/// partition) and moves the record where the guess was wrong. Owned by the reader's thread.</summary>
internal sealed class ArenaDeserializer : IDeserializer<int>
{
    /// <summary>Where the next value goes.</summary>
    public RecordBatch? Target { get; set; }

    public int Deserialize(ReadOnlySpan<byte> data, bool isNull, SerializationContext context)
    {
        Target!.Add(data, -1);
        return data.Length;
    }
}
