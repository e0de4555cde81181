using System.Threading.Channels;
using TrailStream.Pipeline.Actors;
using TrailStream.Pipeline.Diagnostics;
using TrailStream.Pipeline.Kafka;
using TrailStream.Pipeline.Options;

namespace TrailStream.Pipeline.Store;

/// <summary>Asks the stores once more for what was learnt last, each time partitions come to this node: whoever learnt it may have ended before the
/// stores had answered, and its records may be committed all the same. Reads the end of the sessions topic again.</summary>
internal sealed class RecentEvidence : IAsyncDisposable
{
    /// <summary>Documents are asked for when a store can see them, seconds after the evidence; the rest is for a store that is slow. While a store is
    /// away, what it has not got is not committed either.</summary>
    private static readonly TimeSpan Reach = TimeSpan.FromMinutes(2);

    /// <summary>Partitions come one by one.</summary>
    private static readonly TimeSpan GatherTime = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(30);

    private readonly KafkaOptions _kafka;
    private readonly SessionsTopic _sessions;
    private readonly StreamState _state;
    private readonly Action<Wakes> _announce;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Channel<Stretch> _requests = Channel.CreateBounded<Stretch>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly Task _loop;

    public RecentEvidence(KafkaOptions kafka, SessionsTopic sessions, StreamState state, Action<Wakes> announce)
    {
        (_kafka, _sessions, _state, _announce) = (kafka, sessions, state, announce);
        _loop = Task.Factory.StartNew(Run, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    /// <summary>For what is known by now; this node asks itself for what it learns from now on. Returns at once; thread-safe.</summary>
    public void AskAgain()
    {
        if (_sessions.Newest is { } newest)
        {
            _requests.Writer.TryWrite(new Stretch(newest - Reach, _state.Clock.GetUtcNow()));
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _loop.ConfigureAwait(false);
        _stopping.Dispose();
    }

    private void Run()
    {
        try
        {
            while (true)
            {
                _requests.Reader.WaitToReadAsync(_stopping.Token).AsTask().GetAwaiter().GetResult();
                _stopping.Token.WaitHandle.WaitOne(GatherTime);
                _stopping.Token.ThrowIfCancellationRequested();
                _requests.Reader.TryRead(out var stretch);
                while (!TryRead(stretch))
                {
                    _stopping.Token.WaitHandle.WaitOne(RetryDelay);
                    _stopping.Token.ThrowIfCancellationRequested();
                }
            }
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            // Told to stop.
        }
        catch (Exception e)
        {
            _state.Fail("store", _sessions.Topic, e);
        }
    }

    private bool TryRead(Stretch stretch)
    {
        try
        {
            Log.AskedAgain(_state.Logger, Read(stretch), stretch.Since);
            return true;
        }
        catch (IOException e)
        {
            Log.RecentUnread(_state.Logger, _sessions.Topic, e.Message);
            return false;
        }
    }

    private long Read(Stretch stretch)
    {
        using var reader = new TopicRangeReader(_kafka, _state.Clock, "topic");
        var whole = reader.WholeTopic(_sessions.Topic);
        var (starts, ends) = (reader.OffsetsAt(whole, stretch.Since), reader.OffsetsAt(whole, stretch.Until));
        var ranges = whole.Select(range => range with { From = starts[Place(range)], To = ends[Place(range)] }).ToList();
        var evidence = new EvidenceReader(_state, _announce, isSparse: false);
        var records = 0L;
        foreach (var result in reader.Read(ranges, _stopping.Token))
        {
            records++;
            if (evidence.Add(result.Message?.Value ?? []))
            {
                evidence.Learn(EvidenceSource.Again);
            }
        }

        evidence.Learn(EvidenceSource.Again);
        return records;

        static Confluent.Kafka.TopicPartition Place(OffsetRange range) => new(range.Topic, range.Partition);
    }

    /// <summary>What was published between two moments, by Kafka's timestamps.</summary>
    private readonly record struct Stretch(DateTimeOffset Since, DateTimeOffset Until);
}
