using TrailStream.Core.CloudTrail;
using TrailStream.Core.Documents;
using TrailStream.Pipeline.Files;
using TrailStream.Pipeline.Sinks;

namespace TrailStream.Enrich;

/// <summary>A chunk with what a worker made of it.</summary>
internal sealed class EnrichWork : ChunkWork
{
    /// <summary>Lines for the output.</summary>
    public ByteBuffer Output { get; } = new();

    /// <summary>Pieces that gave no event; the source is the number of the value in the chunk.</summary>
    public List<DecodeFailure> Failures { get; } = [];

    /// <summary>Documents for the store.</summary>
    public DocumentBatch? Stored { get; set; }

    public int Events { get; set; }
}
