using System.Collections.Concurrent;
using TrailStream.Core.Documents;
using TrailStream.Pipeline.Settlement;
using TrailStream.Pipeline.Sinks;

namespace TrailStream.Pipeline.Actors;

/// <summary>Memory of document batches between uses: a batch is half a megabyte, and without this each would be garbage of the large
/// object heap. Thread-safe.</summary>
internal sealed class DocumentBufferPool
{
    /// <summary>Buffers kept; with half a megabyte each this is at most some 32 MB beside what is in flight.</summary>
    private const int BuffersMax = 64;

    /// <summary>A buffer that one giant event has blown up is not kept.</summary>
    private const int BufferBytesMax = 2 * 1024 * 1024;

    private readonly ConcurrentQueue<Buffers> _free = new();

    public DocumentBatch Rent(DocumentForm form, SettlementGate? gate, IRecordOrigin? origin)
    {
        if (!_free.TryDequeue(out var buffers))
        {
            buffers = new Buffers(new ByteBuffer(DocumentAssembler.BatchBytes + (64 * 1024)), new ByteBuffer(16 * 1024), []);
        }

        return new DocumentBatch
        {
            Form = form,
            Gate = gate,
            Origin = origin,
            Bytes = buffers.Bytes,
            Ids = buffers.Ids,
            Entries = buffers.Entries,
            Released = Return,
        };
    }

    private void Return(DocumentBatch batch)
    {
        if (_free.Count < BuffersMax && batch.Bytes.Array.Length <= BufferBytesMax)
        {
            batch.Bytes.Clear();
            batch.Ids.Clear();
            batch.Entries.Clear();
            _free.Enqueue(new Buffers(batch.Bytes, batch.Ids, batch.Entries));
        }
    }

    private sealed record Buffers(ByteBuffer Bytes, ByteBuffer Ids, List<DocumentEntry> Entries);
}
