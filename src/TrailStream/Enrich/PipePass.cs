using System.Collections.Concurrent;
using System.Threading.Channels;
using TrailStream.Core.Attribution;
using TrailStream.Core.CloudTrail;
using TrailStream.Core.Documents;
using TrailStream.Core.Sessions;
using TrailStream.Pipeline.Files;
using TrailStream.Pipeline.Sinks;

namespace TrailStream.Enrich;

/// <summary>Standard input is read once. An event that later evidence may explain is held back, and with it what comes after it (the
/// output keeps the order), until it is explained, its wait is over, memory is short or the input ends. One thread reads, one does the
/// rest.</summary>
internal sealed class PipePass : IDisposable
{
    /// <summary>Chunks between reader and worker: one in each hand, two on the way.</summary>
    private const int ChunksInFlight = 4;

    /// <summary>Lines gathered before they are written.</summary>
    private const int OutputBytes = 1024 * 1024;

    /// <summary>How far a forged date may move event time ahead of the clock.</summary>
    private static readonly TimeSpan AheadMax = TimeSpan.FromMinutes(5);

    private readonly EnrichArguments _arguments;
    private readonly SessionIndex _index;
    private readonly DocumentProducer _documents;
    private readonly EnrichOutput _output;
    private readonly InputTally _tally;
    private readonly EnrichProgress _progress;
    private readonly TimeProvider _clock;
    private readonly ZstdInflater _zstd = new();
    private readonly EventDecoder _decoder;
    private readonly Attributor _attributor;
    private readonly HeldEvents _held = new();
    private readonly List<DecodeFailure> _failures = [];
    private readonly List<DecodeFailure> _refused = [];
    private readonly List<ulong> _wakes = [];
    private readonly ByteBuffer _lines = new();
    private readonly BlockingCollection<ValueChunk> _free = [];
    private readonly Channel<ValueChunk> _ready =
        Channel.CreateUnbounded<ValueChunk>(new UnboundedChannelOptions { SingleReader = true, SingleWriter = true });
    private EventPlace _lastPlace = new("", -1, 0);
    private long _earliest = long.MaxValue;
    private long _latest = long.MinValue;

    public PipePass(
        EnrichArguments arguments, SessionIndex index, DocumentProducer documents, EnrichOutput output, InputTally tally,
        EnrichProgress progress, TimeProvider clock)
    {
        (_arguments, _index, _documents, _output) = (arguments, index, documents, output);
        (_tally, _progress, _clock) = (tally, progress, clock);
        _decoder = new EventDecoder(DecodeLimits.Default, _zstd);
        _attributor = new Attributor(index);
        for (var i = 0; i < ChunksInFlight; i++)
        {
            _free.Add(new ValueChunk());
        }
    }

    public EnrichCounters Counters { get; } = new();

    /// <summary>Events written unexplained before the input was over.</summary>
    public long NotInTime { get; private set; }

    /// <returns>False when the output was closed before the end.</returns>
    public async Task<bool> RunAsync(CancellationToken cancellationToken)
    {
        _progress.Start(1, 1, 0);
        StartReader(cancellationToken);
        var more = _ready.Reader.WaitToReadAsync(cancellationToken).AsTask();
        while (true)
        {
            var ended = false;
            if (_ready.Reader.TryRead(out var chunk))
            {
                Take(chunk);
                _free.Add(chunk, cancellationToken);
            }
            else
            {
                if (!_output.File.Flush())
                {
                    return false;
                }

                await AnyOf(more, cancellationToken);
                ended = more.IsCompleted && !await more;
                if (more.IsCompleted && !ended)
                {
                    more = _ready.Reader.WaitToReadAsync(cancellationToken).AsTask();
                }
            }

            if (!Release(ended))
            {
                return false;
            }

            if (ended)
            {
                return true;
            }
        }
    }

    public void Dispose()
    {
        _zstd.Dispose();
        _free.Dispose();
    }

    /// <summary>A pipe's read cannot be interrupted: the thread is a background one, and is left behind in its read when the run is
    /// cancelled.</summary>
    private void StartReader(CancellationToken cancellationToken)
    {
        var thread = new Thread(() =>
        {
            try
            {
                using var reader = FileEventReader.OfPipe(_arguments.OpenStandardInput(), _arguments.Limits, _progress.AddBytes);
                for (var chunk = _free.Take(cancellationToken); reader.Read(chunk); chunk = _free.Take(cancellationToken))
                {
                    _ready.Writer.TryWrite(chunk);
                }

                _ready.Writer.Complete();
            }
            catch (Exception e)
            {
                _ready.Writer.TryComplete(e);
            }
        })
        {
            IsBackground = true,
            Name = "enrich read",
        };
        thread.Start();
    }

    /// <summary>Waits for input, or for the end of the first event's wait.</summary>
    private async Task AnyOf(Task<bool> more, CancellationToken cancellationToken)
    {
        if (!_held.TryPeek(out var first))
        {
            await more;
            return;
        }

        var left = _arguments.Wait - _clock.GetElapsedTime(first.Arrived);
        if (left > TimeSpan.Zero)
        {
            using var enough = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            await Task.WhenAny(more, Task.Delay(left, _clock, enough.Token));
            await enough.CancelAsync();
        }
    }

    private void Take(ValueChunk chunk)
    {
        foreach (var problem in chunk.Problems)
        {
            _tally.Add(problem);
        }

        var arrived = _clock.GetTimestamp();
        _index.EnterWrite();
        try
        {
            for (var i = 0; i < chunk.Values.Count; i++)
            {
                var position = chunk.PositionOf(i);
                var into = _held.Open(position, out var source);
                var first = into.Count;
                var count = _decoder.Decode(chunk.Value(i), source, into, _failures);
                Learn(into, first);
                _held.Added(count, arrived);
                _progress.AddEvents(count);
                foreach (var failure in _failures)
                {
                    _tally.Add(failure.Status, chunk.Path, position + failure.Position);
                    _refused.Add(failure with { Source = i });
                }

                _failures.Clear();
            }

            // Until memory is short nothing expires, so that a pipe of old files in any order is joined as well as the files themselves.
            if (_index.Bytes > _arguments.MemoryBytes && _latest != long.MinValue)
            {
                _index.Advance(Math.Min(_latest, (_clock.GetUtcNow() + AheadMax).ToUnixTimeSeconds()));
            }
        }
        finally
        {
            _index.ExitWrite();
        }

        _output.Refuse(_refused, chunk);
        _refused.Clear();
    }

    private void Learn(EventBatch events, int first)
    {
        for (var i = first; i < events.Count; i++)
        {
            ref var entry = ref events[i];
            _earliest = Math.Min(_earliest, entry.EventTime);
            _latest = Math.Max(_latest, entry.EventTime);
            if (_attributor.IsEvidence(events.Record(i), in entry.Fields))
            {
                _attributor.Learn(events.Record(i), in entry.Fields, _wakes);
            }
        }

        // The first held event alone decides, and it is looked at after every chunk.
        _wakes.Clear();
    }

    /// <summary>Writes from the front what need not or may not wait any longer.</summary>
    private bool Release(bool ended)
    {
        var now = _clock.GetUtcNow().ToUnixTimeMilliseconds();
        var stored = _documents.NewBatch();
        _index.EnterRead();
        try
        {
            while (_held.TryPeek(out var held))
            {
                var record = held.Batch.Record(held.Index);
                ref var entry = ref held.Batch[held.Index];
                var over = ended || _held.Bytes > _arguments.MemoryBytes || _clock.GetElapsedTime(held.Arrived) >= _arguments.Wait;
                var verdict = _attributor.Attribute(record, in entry.Fields, over);
                if (verdict.Status == AttributionStatus.Pending)
                {
                    break;
                }

                Append(in held, in verdict, now, stored);
                NotInTime += !ended && verdict.Waits && EnrichWorker.Unexplained(in verdict) ? 1 : 0;
                _held.Pop();
                if (_lines.Length >= OutputBytes)
                {
                    if (!Write(stored))
                    {
                        return false;
                    }

                    stored = _documents.NewBatch();
                }
            }
        }
        finally
        {
            _index.ExitRead();
        }

        return Write(stored);
    }

    private void Append(in HeldEvent held, in Verdict verdict, long now, DocumentBatch? stored)
    {
        var record = held.Batch.Record(held.Index);
        ref var entry = ref held.Batch[held.Index];
        var number = held.Position == _lastPlace.Position ? _lastPlace.Number + 1 : 0;
        _lastPlace = new EventPlace("-", held.Position, number);
        var partial = EnrichWorker.Unexplained(in verdict) && entry.EventTime < _earliest + (long)_index.Options.Window.TotalSeconds;
        var text = _attributor.Write(record, in entry.Fields, in verdict, now, 1, partial);
        _documents.Append(in entry, record, in _lastPlace, in verdict, text, now, _lines, stored);
        Counters.Add(record, in entry.Fields, in verdict);
    }

    private bool Write(DocumentBatch? stored)
    {
        var written = _lines.Length == 0 || _output.Write(_lines, stored);
        _lines.Clear();
        return written;
    }
}
