using System.Threading.Channels;
using TrailStream.Core.Sessions;
using TrailStream.Pipeline.Actors;
using TrailStream.Pipeline.Diagnostics;
using TrailStream.Pipeline.Kafka;
using TrailStream.Pipeline.Options;

namespace TrailStream.Pipeline.Store;

/// <summary>Keeps questions to the stores from being lost with a node, whose records may be committed long before it has asked. Notes in the sessions
/// topic, for each partition that this node reads, until when nothing is left to ask (<see cref="AskedMark"/>). Whoever gets the partition reads the
/// sessions topic again from there and asks; the note stands still until that is answered, however often nodes end meanwhile.</summary>
internal sealed class RecentEvidence : IAsyncDisposable
{
    /// <summary>Partitions come one by one.</summary>
    private static readonly TimeSpan GatherTime = TimeSpan.FromSeconds(1);

    /// <summary>Between two notes: what is asked once more without need after a crash.</summary>
    private static readonly TimeSpan NoteInterval = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan LookTime = TimeSpan.FromMilliseconds(250);

    private readonly KafkaOptions _kafka;
    private readonly SessionsTopic _sessions;
    private readonly StreamState _state;
    private readonly Action<Wakes> _announce;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Channel<bool> _requests = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly Lock _lock = new();
    private readonly Dictionary<(string Topic, int Partition), Inheritance> _own = [];
    private readonly ITimer _notes;
    private readonly Task _loop;
    private long _unasked;

    public RecentEvidence(KafkaOptions kafka, SessionsTopic sessions, StreamState state, Action<Wakes> announce)
    {
        (_kafka, _sessions, _state, _announce) = (kafka, sessions, state, announce);
        _notes = state.Clock.CreateTimer(_ => Note(), null, NoteInterval, NoteInterval);
        _loop = Task.Factory.StartNew(Run, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    /// <summary>Partitions for which the stores have not answered yet what the node before may have left open.</summary>
    public int Inherited
    {
        get
        {
            lock (_lock)
            {
                return _own.Values.Count(own => !own.IsAnswered);
            }
        }
    }

    /// <summary>This node reads the partition from now on. Returns at once; thread-safe.</summary>
    public void Take(string topic, int partition)
    {
        lock (_lock)
        {
            _own[(topic, partition)] = new Inheritance();
        }

        _requests.Writer.TryWrite(true);
    }

    /// <summary>Another node may read it from now on, and leave notes. Thread-safe.</summary>
    public void LetGo(string topic, int partition)
    {
        lock (_lock)
        {
            _own.Remove((topic, partition));
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _loop.ConfigureAwait(false);
        await _notes.DisposeAsync().ConfigureAwait(false);
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
                NoteFirst();
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

    /// <summary>A partition without a note gets one at once, lest a second short life begins later than the first.</summary>
    private void NoteFirst()
    {
        List<(string Topic, int Partition)> places;
        lock (_lock)
        {
            places = [.. _own.Keys.Where(place => _sessions.Marks.Of(place.Topic, place.Partition) is null)];
        }

        var until = _sessions.Newest ?? _state.Clock.GetUtcNow();
        places.ForEach(place => _sessions.Publish(new AskedMark(place.Topic, place.Partition, until)));
    }

    private bool TryAsk()
    {
        try
        {
            List<KeyValuePair<(string Topic, int Partition), Inheritance>> taken;
            lock (_lock)
            {
                taken = [.. _own.Where(own => own.Value.AskedAt is null)];
            }

            if (_sessions.Newest is { } newest && taken.Count > 0)
            {
                // Without a note: of a build that left none.
                var since = taken.Min(own => _sessions.Marks.Of(own.Key.Topic, own.Key.Partition) ?? newest) - _state.Options.Late.AskedMargin;
                Log.AskedAgain(_state.Logger, Ask(since, _state.Clock.GetUtcNow()), since);
            }

            var now = _state.Clock.GetTimestamp();
            taken.ForEach(own => own.Value.AskedAt = now);
            return true;
        }
        catch (IOException e)
        {
            Log.RecentUnread(_state.Logger, _sessions.Topic, e.Message);
            return false;
        }
    }

    /// <summary>For what was published between two moments, by Kafka's timestamps; what this node learns from now on it asks for itself.</summary>
    private long Ask(DateTimeOffset since, DateTimeOffset until)
    {
        using var reader = new TopicRangeReader(_kafka, _state.Clock, "topic");
        var whole = reader.WholeTopic(_sessions.Topic);
        var (starts, ends) = (reader.OffsetsAt(whole, since), reader.OffsetsAt(whole, until));
        var ranges = whole.Select(range => range with { From = starts[Place(range)], To = ends[Place(range)] }).ToList();
        var evidence = new EvidenceReader(_state, _announce, isSparse: false);
        var records = 0L;
        foreach (var result in reader.Read(ranges, _stopping.Token))
        {
            records++;
            if (evidence.Add(result.Message?.Value ?? []))
            {
                Learn(evidence);
            }
        }

        Learn(evidence);
        AskContradicted();
        return records;

        static Confluent.Kafka.TopicPartition Place(OffsetRange range) => new(range.Topic, range.Partition);
    }

    private void Learn(EvidenceReader evidence)
    {
        WaitForRoom();
        evidence.Learn(EvidenceSource.Again);
    }

    /// <summary>What a second caller for a key makes void is not all found from the event that came last.</summary>
    private void AskContradicted()
    {
        var contradicted = new List<IndexChange>();
        _state.Index.EnterRead();
        _state.Index.FindContradicted(contradicted);
        _state.Index.ExitRead();
        foreach (var changes in contradicted.Chunk(StoreCorrections.ChangesPerQuestion))
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
            RepeatUnasked();
            SeeAnswered();
            if (_sessions.Newest is { } newest && _state.Stores.All(store => store.Healthy))
            {
                foreach (var mark in Due(newest))
                {
                    _sessions.Publish(mark);
                }
            }
        }
        catch (Exception e)
        {
            _state.Fail("store", _sessions.Topic, e);
        }
    }

    private List<AskedMark> Due(DateTimeOffset newest)
    {
        var clock = _state.Clock;
        var oldest = _state.Stores.Min(store => store.OldestOpen);
        var now = clock.GetUtcNow();
        var until = (newest < now ? newest : now) - (oldest is { } since ? clock.GetElapsedTime(since) : TimeSpan.Zero);
        var due = new List<AskedMark>();
        lock (_lock)
        {
            foreach (var ((topic, partition), own) in _own)
            {
                if (own.IsAnswered && !(_sessions.Marks.Of(topic, partition) >= until))
                {
                    due.Add(new AskedMark(topic, partition, until));
                }
            }
        }

        return due;
    }

    private void SeeAnswered()
    {
        var oldest = _state.Stores.Min(store => store.OldestOpen);
        lock (_lock)
        {
            foreach (var own in _own.Values)
            {
                own.IsAnswered |= own.AskedAt is { } asked && (oldest is null || oldest > asked);
            }
        }
    }

    /// <summary>What had no room in the queues is younger than the last note, because they were full of what is older: it is read again from there.</summary>
    private void RepeatUnasked()
    {
        var unasked = _state.Unasked;
        if (unasked == _unasked)
        {
            return;
        }

        _unasked = unasked;
        lock (_lock)
        {
            foreach (var place in _own.Keys.ToList())
            {
                _own[place] = new Inheritance();
            }
        }

        _requests.Writer.TryWrite(true);
    }

    /// <summary>What the node before may have left open in one partition.</summary>
    private sealed class Inheritance
    {
        /// <summary>When all of it stood in the queues; null before.</summary>
        public long? AskedAt { get; set; }

        /// <summary>True once the stores have answered for all of it.</summary>
        public bool IsAnswered { get; set; }
    }
}
