using TrailStream.Core.CloudTrail;
using TrailStream.Core.Documents;
using TrailStream.Pipeline.DeadLetters;
using TrailStream.Pipeline.Files;
using TrailStream.Pipeline.Sinks;

namespace TrailStream.Enrich;

/// <summary>The end of the way: lines to the output file, documents to the store, what gave no event to the dead letters. Owned by the writer's
/// thread.</summary>
internal sealed class EnrichOutput(OutputFile file, ISink? store, IDeadLetters? deadLetters, CancellationToken cancellationToken)
{
    private readonly List<DocumentBatch> _group = [];
    private long _groupBytes;

    public OutputFile File { get; } = file;

    public ISink? Store { get; } = store;

    /// <summary>Documents that the store refused for good.</summary>
    public long Refused { get; private set; }

    /// <returns>False when it is of no use to go on.</returns>
    public bool Write(ByteBuffer lines, DocumentBatch? stored)
    {
        if (!File.Write(lines.Written))
        {
            return false;
        }

        if (stored is { Entries.Count: > 0 })
        {
            _group.Add(stored);
            _groupBytes += stored.Bytes.Length;
            if (_groupBytes >= Store!.Limits.GroupBytesMax)
            {
                FlushStore();
            }
        }

        return true;
    }

    /// <summary>Keeps the values of a chunk that could not be decoded. What is told apart (notifications, digests) is no loss and is not kept.</summary>
    /// <param name="failures">Failures of this chunk, their source the number of the value.</param>
    /// <param name="chunk">The chunk.</param>
    public void Refuse(List<DecodeFailure> failures, ValueChunk chunk)
    {
        if (deadLetters is null)
        {
            return;
        }

        var bad = failures.Where(failure => !InputReasons.IsToldApart(failure.Status)).ToArray();
        var letters = new List<DeadLetter>();
        for (var first = 0; first < bad.Length;)
        {
            var count = DecodeLetters.RunLength(bad, first);
            var value = bad[first].Source;
            var place = new RecordPlace(chunk.Path, -1, chunk.PositionOf(value));
            letters.Add(DecodeLetters.Of(bad.AsSpan(first, count), chunk.Value(value).ToArray(), place)!);
            first += count;
        }

        if (letters.Count > 0)
        {
            deadLetters.WriteAsync(letters, cancellationToken).GetAwaiter().GetResult();
        }
    }

    /// <summary>Writes what the store has not got yet. Blocks: the writer has a thread of its own, and the reader must wait for it
    /// anyway.</summary>
    public void FlushStore()
    {
        if (_group.Count == 0)
        {
            return;
        }

        var report = Store!.WriteAsync(_group, cancellationToken).GetAwaiter().GetResult();
        Refused += report.DeadLettered;
        foreach (var batch in _group)
        {
            batch.Done();
        }

        _group.Clear();
        _groupBytes = 0;
    }
}
