using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Threading.Channels;
using TrailStream.Pipeline.Actors;
using TrailStream.Pipeline.Diagnostics;
using TrailStream.Pipeline.Kafka;
using TrailStream.Pipeline.Options;

namespace TrailStream.Pipeline.Store;

/// <summary>Keeps questions to the stores from being lost with a node, whose records may be committed long before it has asked: whoever gets its
/// partitions reads the sessions topic again from where <see cref="AskedNotes"/> say that questions may be open, and asks, however often nodes end
/// meanwhile.</summary>
internal sealed class RecentEvidence : IAsyncDisposable
{
    /// <summary>Partitions come one by one.</summary>
    private static readonly TimeSpan GatherTime = TimeSpan.FromSeconds(1);

    /// <summary>Between two notes: what is asked once more without need after a crash.</summary>
    private static readonly TimeSpan NoteInterval = TimeSpan.FromSeconds(10);

    /// <summary>Evidence of that much time is asked for at once: what is answered of it need not be asked for again, should this node end too.</summary>
    private static readonly TimeSpan StepTime = TimeSpan.FromMinutes(1);

    /// <summary>Steps of one reading: each begins at offsets that Kafka must look up.</summary>
    private const int StepsMax = 64;

    /// <summary>Records of one reading that are known again; of 16 bytes each, and the table's own. Beyond, one may be asked for twice.</summary>
    private const int RecordsRememberedMax = 1_000_000;

    private static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan LookTime = TimeSpan.FromMilliseconds(250);

    private readonly KafkaOptions _kafka;
    private readonly SessionsTopic _sessions;
    private readonly StreamState _state;
    private readonly Action<Wakes> _announce;
    private readonly OwnPartitions _own;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Channel<bool> _requests = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly ITimer _timer;
    private readonly Task _loop;

    public RecentEvidence(KafkaOptions kafka, SessionsTopic sessions, StreamState state, Action<Wakes> announce)
    {
        (_kafka, _sessions, _state, _announce, _own) = (kafka, sessions, state, announce, new OwnPartitions(sessions, state));
        _timer = state.Clock.CreateTimer(_ => Note(), null, NoteInterval, NoteInterval);
        _loop = Task.Factory.StartNew(Run, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    /// <summary>Partitions for which the stores have not answered yet what the node before may have left open.</summary>
    public int Inherited => _own.Inherited;

    /// <summary>This node reads the partition from now on. Returns at once; thread-safe.</summary>
    public void Take(string topic, int partition)
    {
        _own.Take(topic, partition);
        _requests.Writer.TryWrite(true);
    }

    /// <summary>Another node may read it from now on. Thread-safe.</summary>
    public void LetGo(string topic, int partition) => _own.LetGo(topic, partition);

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _loop.ConfigureAwait(false);
        await _timer.DisposeAsync().ConfigureAwait(false);
        Note();
        _stopping.Dispose();
    }

    private void Run()
    {
        try
        {
            while (true)
            {
                _requests.Reader.WaitToReadAsync(_stopping.Token).AsTask().GetAwaiter().GetResult();
                _own.PublishFirst();
                Pause(GatherTime);
                _requests.Reader.TryRead(out _);
                while (!TryAsk())
                {
                    Pause(RetryDelay);
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

    private void Pause(TimeSpan time)
    {
        _stopping.Token.WaitHandle.WaitOne(time);
        _stopping.Token.ThrowIfCancellationRequested();
    }

    private bool TryAsk()
    {
        try
        {
            var inherited = _own.ToAsk();
            if (_sessions.Newest is { } newest && inherited.Count > 0)
            {
                Ask(inherited, newest);
            }

            _own.Asked(inherited);
            return true;
        }
        catch (IOException e)
        {
            Log.RecentUnread(_state.Logger, _sessions.Topic, e.Message);
            return false;
        }
    }

    /// <summary>What was published until now, by Kafka's timestamps; what this node learns from now on it asks for itself.</summary>
    private void Ask(IReadOnlyList<OwnPartitions.Inheritance> inherited, DateTimeOffset newest)
    {
        var (since, until) = (_own.Since(inherited, newest), _state.Clock.GetUtcNow());
        var step = (until - since) / StepsMax is var part && part > StepTime ? part : StepTime;
        using var reader = new TopicRangeReader(_kafka, _state.Clock, "topic");
        var whole = reader.WholeTopic(_sessions.Topic);
        var evidence = new EvidenceReader(_state, _announce, isSparse: false);
        var seen = new HashSet<UInt128>();
        var records = 0L;
        var starts = reader.OffsetsAt(whole, since);
        for (var from = since; from < until; from += step)
        {
            var to = from + step < until ? from + step : until;
            var ends = reader.OffsetsAt(whole, to);
            var ranges = whole.Select(range => range with { From = starts[Place(range)], To = ends[Place(range)] }).ToList();
            foreach (var result in reader.Read(ranges, _stopping.Token))
            {
                var record = result.Message?.Value ?? [];
                if (IsRepeated(record, seen))
                {
                    continue;
                }

                records++;
                if (evidence.Add(record))
                {
                    Learn(evidence);
                }
            }

            Learn(evidence);

            // What this node has not heard of yet may not be in the topic either.
            _own.Asked(inherited, to < newest ? to : newest);
            starts = ends;
        }

        AskContradicted();
        Log.AskedAgain(_state.Logger, records, since);

        static Confluent.Kafka.TopicPartition Place(OffsetRange range) => new(range.Topic, range.Partition);
    }

    /// <summary>Whatever is delivered again is published again, until compaction takes the earlier copy: once asked for is enough.</summary>
    private static bool IsRepeated(byte[] record, HashSet<UInt128> seen)
    {
        var hash = BinaryPrimitives.ReadUInt128LittleEndian(SHA256.HashData(record));
        return seen.Count < RecordsRememberedMax ? !seen.Add(hash) : seen.Contains(hash);
    }

    private void Learn(EvidenceReader evidence)
    {
        WaitForRoom();
        evidence.Learn(EvidenceSource.Again);
    }

    /// <summary>What a second caller for a key makes void is not all found from the event that came last.</summary>
    private void AskContradicted()
    {
        foreach (var changes in _state.FindContradicted(StoreCorrections.ChangesMost))
        {
            WaitForRoom();
            foreach (var store in _state.Stores)
            {
                store.TryAsk(changes);
            }
        }
    }

    /// <summary>No faster than the stores answer: what has no room in their queues would be asked for by nobody.</summary>
    private void WaitForRoom()
    {
        while (_state.Stores.Any(store => store.Queued > _state.Options.Late.StoreQueueMax / 2))
        {
            Pause(LookTime);
        }
    }

    private void Note()
    {
        try
        {
            if (_own.RepeatUnasked())
            {
                _requests.Writer.TryWrite(true);
            }

            _own.Publish();
        }
        catch (Exception e)
        {
            _state.Fail("store", _sessions.Topic, e);
        }
    }
}
