using System.Collections.Concurrent;
using TrailStream.Core.Documents;
using TrailStream.Pipeline.Settlement;
using TrailStream.Pipeline.Sinks;

namespace TrailStream.Pipeline.Actors;

/// <summary>Memory of document batches between uses: a batch is half a megabyte, and without this each would be garbage of the large
/// object heap. Thread-safe.</summary>
internal sealed class DocumentBufferPool
{
    /// <summary>Buffers kept: as many as the limit of documents in flight can have out at once, so that under pressure none is made anew.</summary>
    private const int BuffersMax = 128;

    /// <summary>A buffer that one giant event has blown up is not kept.</summary>
    private const int BufferBytesMax = 2 * 1024 * 1024;

    /// <summary>What is copied into memory of its own: below the large object heap's 85 kB.</summary>
    private const int FitBytesMax = 80 * 1024;

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

    /// <summary>The same batch in as little memory as it needs, where it has not filled its own: corrections come a few documents at a time, and
    /// thousands of them may wait for a slow sink.</summary>
    public DocumentBatch Fit(DocumentBatch batch)
    {
        if (batch.Bytes.Length > FitBytesMax)
        {
            return batch;
        }

        var small = new DocumentBatch
        {
            Form = batch.Form,
            Gate = batch.Gate,
            Origin = batch.Origin,
            Bytes = new ByteBuffer(batch.Bytes.Length),
            Ids = new ByteBuffer(batch.Ids.Length),
            Entries = [.. batch.Entries],
        };
        small.Bytes.Append(batch.Bytes.Written);
        small.Ids.Append(batch.Ids.Written);
        Return(batch);
        return small;
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
