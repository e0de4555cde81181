using Confluent.Kafka;
using TrailStream.Pipeline.Actors;
using TrailStream.Pipeline.Diagnostics;
using TrailStream.Pipeline.Options;
using TrailStream.Pipeline.Settlement;
using TrailStream.Pipeline.Snapshot;
using TrailStream.Pipeline.Store;

namespace TrailStream.Pipeline.Kafka;

/// <summary>The topic <c>trailstream.sessions</c>: evidence of all nodes, read by all nodes. Publishing is thread-safe; reading has a
/// thread of its own, which first reads to the end and then follows.</summary>
internal sealed class SessionsTopic : ISessionLog, IAsyncDisposable
{
    private static readonly TimeSpan PollTime = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan AskTime = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan FlushTime = TimeSpan.FromSeconds(5);

    private readonly KafkaOptions _kafka;
    private readonly string _topic;
    private readonly StreamState _state;
    private readonly Action<Wakes> _announce;
    private readonly RecordProducer _producer;
    private readonly CancellationTokenSource _stopping = new();
    private readonly TaskCompletionSource _filled = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Thread _thread;
    private readonly Lock _placesLock = new();
    private readonly Dictionary<int, SnapshotPlace> _places = [];
    private FoundSnapshot? _snapshot;
    private long _newest;
    private bool _started;

    public SessionsTopic(KafkaOptions kafka, SessionsOptions options, StreamState state, Action<Wakes> announce)
    {
        (_kafka, _topic, _state, _announce) = (kafka, options.Topic, state, announce);
        _producer = new RecordProducer(kafka, line => Log.ClientLine(state.Logger, line.Facility, line.Message), _ => { });
        _thread = new Thread(Read) { IsBackground = true, Name = "trailstream-sessions" };
    }

    /// <summary>Records that stood in the topic when this node started.</summary>
    public long RecordsAtStart { get; private set; }

    /// <summary>Kafka's timestamp of the oldest of them: evidence from then on is known.</summary>
    public DateTimeOffset? OldestAtStart { get; private set; }

    /// <summary>Kafka's timestamp of the newest that was read; null before the first.</summary>
    public DateTimeOffset? Newest => Volatile.Read(ref _newest) is var ticks && ticks > 0 ? new DateTimeOffset(ticks, TimeSpan.Zero) : null;

    public string Topic => _topic;

    /// <summary>What nodes have noted about questions to stores.</summary>
    public AskedNotes Notes { get; } = new();

    /// <summary>True when the index was filled from a snapshot, and only the rest from the topic.</summary>
    public bool IsFromSnapshot { get; private set; }

    /// <summary>How far each partition is in the index.</summary>
    public IReadOnlyList<SnapshotPlace> Places
    {
        get
        {
            lock (_placesLock)
            {
                return [.. _places.Values];
            }
        }
    }

    /// <summary>Loads the snapshot if the topic goes on from it, reads to the present end; following goes on in the background.</summary>
    public Task FillAsync(FoundSnapshot? snapshot, CancellationToken cancellationToken)
    {
        _snapshot = snapshot;
        _started = true;
        _thread.Start();
        return _filled.Task.WaitAsync(cancellationToken);
    }

    public void Publish(ReadOnlySpan<byte> record, ReadOnlySpan<byte> key, SettlementGate gate)
    {
        gate.Hold(1);
        Send(new Message<byte[], byte[]> { Key = key.ToArray(), Value = record.ToArray() }, gate);
    }

    /// <summary>One that is lost is made up for by the next.</summary>
    public void Publish(PartitionNote note) =>
        _producer.Send(_topic, new Message<byte[], byte[]> { Key = note.Key, Value = note.ToJson() }, _ => { }, _stopping.Token);

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        if (_started)
        {
            await Task.Run(_thread.Join).ConfigureAwait(false);
        }

        // What is not acknowledged by then keeps its batch unsettled and is sent again after the restart.
        await Task.Run(() => _producer.Flush(FlushTime)).ConfigureAwait(false);
        _producer.Dispose();
        _stopping.Dispose();
    }

    /// <summary>While the client's queue is full the partition actor is held back: the queue is bounded, and so is what the reader reads ahead.</summary>
    private void Send(Message<byte[], byte[]> message, SettlementGate gate) =>
        _producer.Send(_topic, message, error => OnDelivered(error, message, gate), CancellationToken.None);

    private void OnDelivered(Error error, Message<byte[], byte[]> message, SettlementGate gate)
    {
        if (!error.IsError)
        {
            gate.Release(1);
        }
        else if (RecordProducer.IsTooLarge(error))
        {
            // AWS's grants are a few kilobytes. The event itself is written, and this node knows it; no other will, and no restart: their answer is
            // "unattributed", never a wrong one. Holding its partition back would let one forged record stop the stream.
            _state.Counters.SessionTooLarge();
            Log.SessionTooLarge(_state.Logger, _topic, message.Value.Length);
            gate.Release(1);
        }
        else if (error.IsFatal)
        {
            _state.Fail("sessions", _topic, new KafkaException(error));
        }
        else
        {
            Log.SessionRefused(_state.Logger, error.Code.ToString(), error.Reason);
            _ = SendAgainAsync(message, gate);
        }
    }

    private async Task SendAgainAsync(Message<byte[], byte[]> message, SettlementGate gate)
    {
        try
        {
            await Task.Delay(RetryDelay, _state.Clock, _stopping.Token).ConfigureAwait(false);
            Send(message, gate);
        }
        catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException)
        {
            // Stopping: unsettled, read again by the next start.
        }
    }

    private void Read()
    {
        try
        {
            using var consumer = new ConsumerBuilder<Ignore, byte[]>(Config())
                .SetLogHandler((_, line) => Log.ClientLine(_state.Logger, line.Facility, line.Message))
                .SetErrorHandler((_, _) => { })
                .Build();
            Assign(consumer);
            Follow(consumer);
            consumer.Close();
        }
        catch (OperationCanceledException)
        {
            _filled.TrySetCanceled();
        }
        catch (Exception e)
        {
            _filled.TrySetException(e);
            _state.Fail("sessions", _topic, e);
        }
    }

    private ConsumerConfig Config()
    {
        var config = KafkaClients.PlainConsumer(_kafka);
        config.ConsumeResultFields = "timestamp";
        return config;
    }

    private void Assign(IConsumer<Ignore, byte[]> consumer)
    {
        using var admin = new DependentAdminClientBuilder(consumer.Handle).Build();
        while (true)
        {
            _stopping.Token.ThrowIfCancellationRequested();
            try
            {
                var metadata = admin.GetMetadata(_topic, AskTime).Topics[0];
                if (!metadata.Error.IsError && metadata.Partitions.Count > 0)
                {
                    var places = Begin(consumer, [.. metadata.Partitions.Select(p => p.PartitionId)]);
                    consumer.Assign(places.Select(p => new TopicPartitionOffset(_topic, p.Partition, p.Next == 0 ? Offset.Beginning : p.Next)));
                    return;
                }
            }
            catch (KafkaException e) when (!e.Error.IsFatal)
            {
                Log.KafkaTrouble(_state.Logger, e.Error.Code.ToString(), e.Error.Reason);
            }

            _stopping.Token.WaitHandle.WaitOne(RetryDelay);
        }
    }

    /// <summary>Where reading begins in each partition, after what a snapshot has put into the index.</summary>
    private IReadOnlyList<SnapshotPlace> Begin(IConsumer<Ignore, byte[]> consumer, IReadOnlyList<int> partitions)
    {
        if (_snapshot is { } snapshot)
        {
            var mismatch = SnapshotFit.Mismatch(consumer, snapshot.Header, partitions, _stopping.Token);
            if (mismatch is null)
            {
                var began = _state.Clock.GetTimestamp();
                SnapshotFile.Load(snapshot.Path, _state.Index);
                IsFromSnapshot = true;
                Log.SnapshotLoaded(
                    _state.Logger, snapshot.Path, _state.Index.Count, snapshot.Header.WrittenAt, _state.Clock.GetElapsedTime(began).TotalSeconds);
                Remember(snapshot.Header.Places);
                return snapshot.Header.Places;
            }

            _snapshot = null;
            _state.Counters.SnapshotDiscarded();
            Log.SnapshotDiscarded(_state.Logger, snapshot.Path, mismatch);
        }

        SnapshotPlace[] places = [.. partitions.Select(partition => new SnapshotPlace(partition, 0, 0))];
        Remember(places);
        return places;
    }

    private void Remember(IEnumerable<SnapshotPlace> places)
    {
        lock (_placesLock)
        {
            foreach (var place in places)
            {
                _places[place.Partition] = place;
            }
        }
    }

    private void Follow(IConsumer<Ignore, byte[]> consumer)
    {
        var reader = new EvidenceReader(_state, _announce, isSparse: false);
        var unreadable = new UnreadableRecords(_kafka, _state.Clock);
        var read = new Dictionary<int, SnapshotPlace>();
        var unread = consumer.Assignment.Select(p => p.Partition.Value).ToHashSet();
        while (!_stopping.IsCancellationRequested)
        {
            ConsumeResult<Ignore, byte[]>? result;
            try
            {
                result = consumer.Consume(PollTime);
            }
            catch (ConsumeException e) when (!e.Error.IsFatal)
            {
                unreadable.PassOver(consumer, e, _topic, _state);
                continue;
            }

            if (result is { IsPartitionEOF: false })
            {
                read[result.Partition.Value] = new SnapshotPlace(
                    result.Partition.Value, result.Offset.Value + 1, result.Message.Timestamp.UnixTimestampMs);
                if (!Add(reader, result.Message))
                {
                    continue;
                }
            }

            reader.Learn(EvidenceSource.OtherNode);
            Remember(read.Values);
            read.Clear();
            if (result is { IsPartitionEOF: true } && unread.Remove(result.Partition.Value) && unread.Count == 0)
            {
                Log.SessionsRead(_state.Logger, _topic, RecordsAtStart, _state.Index.Count);
                _filled.TrySetResult();
            }
        }
    }

    /// <summary>True when it is time to learn.</summary>
    private bool Add(EvidenceReader reader, Message<Ignore, byte[]> message)
    {
        var time = new DateTimeOffset(message.Timestamp.UtcDateTime);
        if (PartitionNote.TryRead(message.Value, out var note))
        {
            Take(note, time);
            return false;
        }

        Volatile.Write(ref _newest, Math.Max(_newest, time.UtcTicks));
        if (!_filled.Task.IsCompleted)
        {
            RecordsAtStart++;
            OldestAtStart = OldestAtStart is null || time < OldestAtStart ? time : OldestAtStart;
        }

        return reader.Add(message.Value ?? []);
    }

    private void Take(PartitionNote note, DateTimeOffset recordedAt)
    {
        if (note.Kind == NoteKind.Asked)
        {
            Notes.Add(note, recordedAt);
        }
        else if (!_state.Watermark.Hear(note.Topic, note.Partition, note.Until.ToUnixTimeSeconds(), _state.Clock.GetUtcNow() - recordedAt))
        {
            _state.Counters.LaggingUnheard();
        }
    }
}
