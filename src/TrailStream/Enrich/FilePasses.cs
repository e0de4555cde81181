using TrailStream.Core.Sessions;
using TrailStream.Pipeline.Files;

namespace TrailStream.Enrich;

/// <summary>Files are read twice: all of them teach the index, then every event is attributed with all that is known. So neither the
/// order of the files nor that of the events in them matters to the result, and the output keeps it.</summary>
internal sealed class FilePasses(
    InputList inputs, FileLimits limits, SessionIndex index, IReadOnlyList<EnrichWorker> workers, EnrichProgress progress)
{
    /// <summary>Runs both passes; blocks.</summary>
    /// <returns>False when the output was closed before the end.</returns>
    public bool Run(EnrichOutput output, InputTally tally, TimeProvider clock, CancellationToken cancellationToken)
    {
        var total = inputs.Files.Sum(file => file.Length);
        progress.Start(1, 2, total);
        Pump(worker => worker.Learn, Learnt, cancellationToken);
        progress.Start(2, 2, total);
        var now = clock.GetUtcNow().ToUnixTimeMilliseconds();
        var earliest = workers.Min(worker => worker.EarliestEvent);
        var coveredFrom = earliest == long.MaxValue ? long.MinValue : earliest + (long)index.Options.Window.TotalSeconds;
        return Pump(worker => work => worker.Attribute(work, now, coveredFrom), work => Written(work, output, tally), cancellationToken);
    }

    private bool Pump(Func<EnrichWorker, Action<EnrichWork>> stage, Func<EnrichWork, bool> write, CancellationToken cancellationToken)
    {
        using var pump = new ChunkPump<EnrichWork>([.. workers.Select(stage)], () => new EnrichWork());
        using var source = new Source(inputs.Files, limits, progress.AddBytes);
        var open = true;
        pump.Run(work => source.Read(work.Chunk), work => open = write(work), cancellationToken);
        return open;
    }

    private bool Learnt(EnrichWork work)
    {
        progress.AddEvents(work.Events);
        return true;
    }

    private bool Written(EnrichWork work, EnrichOutput output, InputTally tally)
    {
        foreach (var problem in work.Chunk.Problems)
        {
            tally.Add(problem);
        }

        foreach (var failure in work.Failures)
        {
            tally.Add(failure.Status, work.Chunk.Path, work.Chunk.PositionOf(failure.Source) + failure.Position);
        }

        output.Refuse(work.Failures, work.Chunk);
        progress.AddEvents(work.Events);
        return output.Write(work.Output, work.Stored);
    }

    /// <summary>All files, one after the other. Owned by the pump's reader thread.</summary>
    private sealed class Source(IReadOnlyList<InputFile> files, FileLimits limits, Action<int> read) : IDisposable
    {
        private int _next;
        private FileEventReader? _current;

        public bool Read(ValueChunk chunk)
        {
            while (true)
            {
                if (_current?.Read(chunk) == true)
                {
                    return true;
                }

                _current?.Dispose();
                _current = _next < files.Count ? FileEventReader.OfFile(files[_next++].Path, limits, read) : null;
                if (_current is null)
                {
                    return false;
                }
            }
        }

        public void Dispose() => _current?.Dispose();
    }
}
