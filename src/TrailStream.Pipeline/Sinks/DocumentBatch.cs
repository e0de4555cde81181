using TrailStream.Core.Documents;
using TrailStream.Pipeline.DeadLetters;
using TrailStream.Pipeline.Settlement;

namespace TrailStream.Pipeline.Sinks;

/// <summary>One document of a <see cref="DocumentBatch"/>.</summary>
/// <param name="Offset">Place of the document in the batch's buffer; one line, no line feed.</param>
/// <param name="Length">Its length.</param>
/// <param name="IdOffset">Place of its id (eventID, or a hash of the source position) in the batch's <see
/// cref="DocumentBatch.Ids"/>.</param>
/// <param name="IdLength">Length of the id, at most 512 bytes; safe in JSON without escaping.</param>
/// <param name="EventTime">eventTime, Unix seconds.</param>
/// <param name="Rank">Evidence rank: a lower one never replaces a higher one.</param>
/// <param name="Source">Number of the record in <see cref="DocumentBatch.Origin"/>, for dead letters; -1 without one.</param>
/// <param name="Index">Number of the event in that record.</param>
public readonly record struct DocumentEntry(int Offset, int Length, int IdOffset, int IdLength, long EventTime, long Rank, int Source, int Index = 0);

/// <summary>Where the records of a batch came from, to write the original beside a dead letter.</summary>
public interface IRecordOrigin
{
    /// <summary>The record's original bytes.</summary>
    ReadOnlyMemory<byte> Payload(int source);

    /// <summary>Where the record stood when it was first read.</summary>
    RecordPlace Place(int source);
}

/// <summary>Documents of one form, on their way to one or more sinks. Immutable once handed over; its memory goes back to the pool
/// when the last sink releases it.</summary>
public sealed class DocumentBatch
{
    private int _readers = 1;

    public required DocumentForm Form { get; init; }

    public ByteBuffer Bytes { get; init; } = new();

    public ByteBuffer Ids { get; init; } = new(4096);

    public List<DocumentEntry> Entries { get; init; } = [];

    /// <summary>Takes the memory back when the last sink has released the batch.</summary>
    public Action<DocumentBatch>? Released { get; init; }

    /// <summary>Holds one count per document and sink; null for corrections, whose records settled before.</summary>
    public SettlementGate? Gate { get; init; }

    public IRecordOrigin? Origin { get; init; }

    /// <summary>Memory that the documents keep from others, filled or not.</summary>
    public long HeldBytes => Bytes.Array.Length;

    public ReadOnlySpan<byte> Document(int index) => Bytes.Array.AsSpan(Entries[index].Offset, Entries[index].Length);

    public ReadOnlyMemory<byte> DocumentMemory(int index) => Bytes.Array.AsMemory(Entries[index].Offset, Entries[index].Length);

    public ReadOnlySpan<byte> Id(int index) => Ids.Array.AsSpan(Entries[index].IdOffset, Entries[index].IdLength);

    /// <summary>Sets how many sinks will call <see cref="Done"/>.</summary>
    public void SharedBy(int sinks) => _readers = sinks;

    /// <summary>A sink has made all documents durable (or has had the refused ones acknowledged as dead letters): releases the
    /// settlement holds. The batch must not be read after this.</summary>
    public void Done()
    {
        Gate?.Release(Entries.Count);
        if (Interlocked.Decrement(ref _readers) == 0)
        {
            Released?.Invoke(this);
        }
    }
}
