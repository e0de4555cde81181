using System.Collections.Concurrent;
using Confluent.Kafka;
using Microsoft.Extensions.Logging;
using TrailStream.Pipeline.Diagnostics;
using TrailStream.Pipeline.Options;

namespace TrailStream.Pipeline.Kafka;

/// <summary>Stages 1 and 7: the one owner of the Kafka consumer, on a thread of its own. It never waits for a stage: it polls, hands
/// batches out, takes settled ones back, moves the frontier and commits. Back-pressure is a paused partition.</summary>
internal sealed partial class PartitionReader : IDisposable
{
    /// <summary>Longest stay inside one poll while nothing arrives; settled batches and commands wait no longer than this.</summary>
    private static readonly TimeSpan PollTime = TimeSpan.FromMilliseconds(20);

    private static readonly TimeSpan StatusInterval = TimeSpan.FromMilliseconds(100);

    private readonly KafkaOptions _kafka;
    private readonly ReadLimits _limits;
    private readonly IPartitionProcessorFactory _processors;
    private readonly StreamCounters _counters;
    private readonly StreamMetrics _metrics;
    private readonly TimeProvider _clock;
    private readonly ILogger _logger;
    private readonly Thread _thread;
    private readonly TaskCompletionSource _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ConcurrentQueue<RecordBatch> _settled = new();
    private readonly AutoResetEvent _settledSomething = new(false);
    private readonly Stack<RecordBatch> _free = new();
    private readonly Dictionary<TopicPartition, AssignedPartition> _partitions = [];
    private readonly ArenaDeserializer _arena = new();
    private IConsumer<Ignore, int>? _consumer;
    private AssignedPartition? _last;
    private RecordBatch? _spare;
    private int _epoch;
    private int _openBatches;
    private bool _budgetFull;
    private bool _storedSomething;
    private bool _refused;
    private long _nextCommit;
    private long _nextStatus;
    private volatile bool _intakeStopped;
    private volatile bool _stop;
    private volatile ReaderStatus _status = ReaderStatus.Empty;

    public PartitionReader(KafkaOptions kafka, ReadLimits limits, IPartitionProcessorFactory processors, StreamCounters counters,
        StreamMetrics metrics, TimeProvider clock, ILogger logger)
    {
        (_kafka, _limits, _processors, _counters, _metrics, _clock, _logger) = (kafka, limits, processors, counters, metrics, clock, logger);
        _thread = new Thread(Run) { IsBackground = true, Name = "trailstream-reader" };
    }

    /// <summary>Ends when the reader has been stopped, and fails when it cannot go on.</summary>
    public Task Completion => _completion.Task;

    public ReaderStatus Status => _status;

    public void Start() => _thread.Start();

    /// <summary>Reads no more, hands out what is open and releases what is held; settling and committing go on.</summary>
    public void StopIntake() => _intakeStopped = true;

    /// <summary>Commits what is settled, leaves the group and ends the thread.</summary>
    public Task StopAsync()
    {
        _intakeStopped = true;
        _stop = true;
        _settledSomething.Set();
        return _completion.Task;
    }

    public void Dispose()
    {
        _settledSomething.Dispose();
    }

    private void Run()
    {
        try
        {
            using var consumer = new ConsumerBuilder<Ignore, int>(KafkaClients.GroupConsumer(_kafka))
                .SetKeyDeserializer(_arena)
                .SetValueDeserializer(_arena)
                .SetPartitionsAssignedHandler(OnAssigned)
                .SetPartitionsRevokedHandler((_, places) => OnRevoked(places.Select(p => p.TopicPartition)))
                .SetPartitionsLostHandler((_, places) => OnLost(places.Select(p => p.TopicPartition)))
                .SetErrorHandler((_, error) => OnError(error))
                .SetLogHandler((_, line) => Log.ClientLine(_logger, line.Facility, line.Message))
                .Build();
            _consumer = consumer;
            consumer.Subscribe(_kafka.Topics);
            Log.ReadingStarted(_logger, string.Join(", ", _kafka.Topics), _kafka.GroupId, _kafka.Brokers);
            _nextCommit = After(_limits.CommitInterval);
            while (!_stop)
            {
                Poll(consumer);
                Serve();
            }

            Serve();
            Commit();
            consumer.Close();
            PublishStatus();
            _completion.TrySetResult();
        }
        catch (Exception e)
        {
            Log.ReaderFailed(_logger, e);
            _completion.TrySetException(e);
        }
    }

    private void Poll(IConsumer<Ignore, int> consumer)
    {
        // With a batch open, a poll that finds nothing may last as long as the linger; then the batch goes.
        var wait = _openBatches > 0 ? Math.Min(_limits.BatchLinger.TotalMilliseconds, PollTime.TotalMilliseconds) : PollTime.TotalMilliseconds;
        var guess = _last;
        _arena.Target = guess is null ? _spare ??= Rent() : OpenBatch(guess);
        ConsumeResult<Ignore, int>? result;
        try
        {
            result = consumer.Consume((int)wait);
        }
        catch (ConsumeException e)
        {
            OnConsumeError(consumer, e);
            return;
        }

        if (_stop)
        {
            return;
        }

        if (result is null)
        {
            HandOutOpen(onlyAged: false);
            return;
        }

        if (result.IsPartitionEOF)
        {
            if (_partitions.TryGetValue(PlaceOf(result), out var ended))
            {
                HandOut(ended);
                ended.AtEnd = true;
            }

            return;
        }

        Take(result, guess);
    }

    private void Take(ConsumeResult<Ignore, int> result, AssignedPartition? guess)
    {
        // A rebalance inside the same poll takes the target away from the guess; then the record stands in the spare batch.
        var place = guess is not null && ReferenceEquals(guess.Open, _arena.Target) && Matches(guess, result) ? guess : null;
        if (place is null)
        {
            if (!_partitions.TryGetValue(PlaceOf(result), out place))
            {
                throw new InvalidOperationException($"A record came from {PlaceOf(result)}, which is not assigned.");
            }

            _last = place;
            _arena.Target!.MoveLastTo(OpenBatch(place), result.Offset.Value);
            if (guess is { Open.Count: 0 })
            {
                CloseEmpty(guess);
            }
        }
        else
        {
            place.Open!.SetLastOffset(result.Offset.Value);
        }

        place.AtEnd = false;
        place.NextOffset = result.Offset.Value + 1;
        var open = place.Open!;
        if (open.Count == 1)
        {
            place.OpenSince = _clock.GetTimestamp();
        }

        if (open.Count >= _limits.BatchRecords || open.Length >= _limits.BatchBytes)
        {
            HandOut(place);
        }
    }

    private bool Matches(AssignedPartition place, ConsumeResult<Ignore, int> result) =>
        place.Place.Partition.Value == result.Partition.Value && (_kafka.Topics.Count == 1 || place.Place.Topic == result.Topic);

    private TopicPartition PlaceOf(ConsumeResult<Ignore, int> result) =>
        new(_kafka.Topics.Count == 1 ? _kafka.Topics[0] : result.Topic, result.Partition);

    private RecordBatch Rent() => _free.Count > 0 ? _free.Pop() : new RecordBatch(_settled, () => _settledSomething.Set());

    private RecordBatch OpenBatch(AssignedPartition place)
    {
        if (place.Open is null)
        {
            place.Open = Rent();
            place.Open.Open(place.Place.Topic, place.Place.Partition.Value, place.Epoch);
            _openBatches++;
        }

        return place.Open;
    }

    private void CloseEmpty(AssignedPartition place)
    {
        _free.Push(place.Open!);
        place.Open = null;
        _openBatches--;
    }

    private void HandOutOpen(bool onlyAged)
    {
        if (_openBatches == 0)
        {
            return;
        }

        foreach (var place in _partitions.Values)
        {
            if (place.Open is { Count: > 0 } && (!onlyAged || _clock.GetElapsedTime(place.OpenSince) >= _limits.BatchLinger))
            {
                HandOut(place);
            }
        }
    }

    private void HandOut(AssignedPartition place)
    {
        if (place.Open is null)
        {
            return;
        }

        if (place.Open.Count == 0)
        {
            CloseEmpty(place);
            return;
        }

        var batch = place.Open;
        place.Open = null;
        _openBatches--;
        Register(place, batch);
        _counters.Read(batch.Count, batch.Length);
        place.Processor.Process(batch);
    }

    private void Register(AssignedPartition place, RecordBatch batch)
    {
        batch.HandedOutAt = _clock.GetTimestamp();
        batch.Number = place.Frontier.Add(batch.LastOffset, batch.Count, batch.Length, batch.HandedOutAt);
        _counters.InFlight(batch.Length);
        if (place.Measure(_limits))
        {
            place.Processor.ReleaseHeld();
        }

        batch.MayHold = !place.UnderPressure && !_intakeStopped && _counters.BytesInFlight < _limits.BytesInFlight / 2;
        ApplyFlow();
    }

    /// <summary>Everything that is due between two polls.</summary>
    private void Serve()
    {
        var moved = TakeSettled();
        HandOutOpen(onlyAged: true);
        var now = _clock.GetTimestamp();
        if (now >= _nextStatus)
        {
            // Timed, not only on change: a stopped intake and a drained document budget are seen here.
            ApplyFlow();
            PublishStatus();
            _nextStatus = After(StatusInterval);
        }
        else if (moved)
        {
            ApplyFlow();
        }

        if (now >= _nextCommit)
        {
            Commit();
            _nextCommit = After(_limits.CommitInterval);
        }
    }

    private bool TakeSettled()
    {
        var any = false;
        while (_settled.TryDequeue(out var batch))
        {
            any = true;
            _counters.InFlight(-batch.Length);
            _metrics.RecordProcessed(_clock.GetElapsedTime(batch.HandedOutAt));
            var key = new TopicPartition(batch.Topic, batch.Partition);
            if (_partitions.TryGetValue(key, out var place) && place.Epoch == batch.Epoch)
            {
                place.Frontier.Complete(batch.Number);
                place.Measure(_limits);
            }
            else
            {
                _counters.FencedAck();
            }

            _free.Push(batch);
        }

        return any;
    }

    private long After(TimeSpan time) => _clock.GetTimestamp() + (long)(time.TotalSeconds * _clock.TimestampFrequency);
}
