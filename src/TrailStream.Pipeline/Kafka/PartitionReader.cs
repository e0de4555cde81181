using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;
using Confluent.Kafka;
using Microsoft.Extensions.Logging;
using TrailStream.Pipeline.Diagnostics;
using TrailStream.Pipeline.Options;
using TrailStream.Pipeline.Settlement;

namespace TrailStream.Pipeline.Kafka;

/// <summary>Stages 1 and 7: the one owner of the Kafka consumer, on a thread of its own. It never waits for a stage: it polls, hands
/// batches out, takes settled ones back, moves the frontier and commits. Back-pressure is a paused partition.</summary>
internal sealed partial class PartitionReader : IDisposable
{
    /// <summary>Longest stay inside one poll while nothing arrives; settled batches and commands wait no longer than this.</summary>
    private static readonly TimeSpan PollTime = TimeSpan.FromMilliseconds(20);

    private static readonly TimeSpan StatusInterval = TimeSpan.FromMilliseconds(100);

    /// <summary>Records of an unreadable batch that become dead letters at once: a compacted batch may name far more offsets than it has records.</summary>
    private const int PassedOverMax = 10_000;

    /// <summary>A reader that has not looked at itself for this long is stuck in a call or a handler.</summary>
    private static readonly TimeSpan SilentMax = TimeSpan.FromSeconds(2);

    private readonly KafkaOptions _kafka;
    private readonly ReadLimits _limits;
    private readonly IPartitionProcessorFactory _processors;
    private readonly StreamCounters _counters;
    private readonly StreamMetrics _metrics;
    private readonly Func<bool> _sinksStalled;
    private readonly TimeProvider _clock;
    private readonly ILogger _logger;
    private readonly Thread _thread;
    private readonly TaskCompletionSource _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ConcurrentQueue<RecordBatch> _settled = new();
    private readonly AutoResetEvent _settledSomething = new(false);
    private readonly Stack<RecordBatch> _free = new();
    private readonly Dictionary<TopicPartition, AssignedPartition> _partitions = [];
    private readonly ReadCoordinator _coordinator;
    private readonly List<(PartitionLease Lease, PauseCause Cause)> _flow = [];
    private readonly ArenaDeserializer _arena = new();
    private IConsumer<Ignore, int>? _consumer;
    private AssignedPartition? _last;
    private RecordBatch? _spare;
    private int _openBatches;
    private bool _storedSomething;
    private bool _refused;
    private long _nextCommit;
    private long _nextStatus;
    private volatile bool _intakeStopped;
    private volatile bool _stop;
    private volatile ReaderStatus _status = ReaderStatus.Empty;

    /// <param name="kafka">Where to read.</param>
    /// <param name="limits">How much may be under way.</param>
    /// <param name="processors">What stands behind.</param>
    /// <param name="counters">The stream's numbers.</param>
    /// <param name="metrics">Its instruments.</param>
    /// <param name="sinksStalled">True while some sink takes nothing, so that reading more makes no sense. Asked often.</param>
    /// <param name="clock">The time.</param>
    /// <param name="logger">For this reader's lines.</param>
    public PartitionReader(KafkaOptions kafka, ReadLimits limits, IPartitionProcessorFactory processors, StreamCounters counters,
        StreamMetrics metrics, Func<bool> sinksStalled, TimeProvider clock, ILogger logger)
    {
        (_kafka, _limits, _processors, _counters, _metrics, _clock, _logger) = (kafka, limits, processors, counters, metrics, clock, logger);
        (_sinksStalled, _coordinator) = (sinksStalled, new ReadCoordinator(limits));
        _thread = new Thread(Run) { IsBackground = true, Name = "trailstream-reader" };
    }

    /// <summary>Ends when the reader has been stopped, and fails when it cannot go on.</summary>
    public Task Completion => _completion.Task;

    public ReaderStatus Status => _status;

    /// <summary>The partitions for the gauges. Where the reader itself stands still, the time since its last look is added: then every
    /// partition is stuck, whatever it said of itself.</summary>
    public IReadOnlyList<PartitionStatus> PartitionsNow()
    {
        var status = _status;
        var silent = _clock.GetElapsedTime(status.At);
        return silent < SilentMax ? status.Partitions
            : [.. status.Partitions.Select(p => p with { OldestUnsettled = p.OldestUnsettled + silent })];
    }

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
            Log.ReadingStarted(_logger, string.Join(", ", _kafka.Topics), _kafka.GroupId, _kafka.Brokers);
            while (!ReadAsMember())
            {
                // As a new member.
            }

            _completion.TrySetResult();
        }
        catch (KafkaException e) when (_stop && !e.Error.IsFatal)
        {
            // Told to stop while Kafka was away: what is not committed is read again.
            Log.KafkaTrouble(_logger, e.Error.Code.ToString(), e.Error.Reason);
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
        ConsumeResult<Ignore, int>? result = null;
        ConsumeException? error = null;
        try
        {
            result = consumer.Consume((int)wait);
        }
        catch (ConsumeException e)
        {
            error = e;
        }

        if (_handlerFailure is { } failure)
        {
            ExceptionDispatchInfo.Throw(failure);
        }

        if (error is not null)
        {
            OnConsumeError(consumer, error);
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
                ended.Lease.ReachEnd(result.Offset.Value);
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

        _refused = false;
        var open = place.Open!;
        if (!place.Lease.Take(result.Offset.Value, _clock.GetTimestamp()))
        {
            open.DropLast();
            _counters.Repeated();
            return;
        }

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
            place.Open.Open(place.Place.Topic, place.Place.Partition.Value, place.Lease.Epoch);
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
        batch.Number = _coordinator.HandOut(place.Lease, batch.LastOffset, batch.Count, batch.Length, batch.HandedOutAt, out var pressure);
        _counters.InFlight(batch.Length);
        if (pressure)
        {
            place.Processor.ReleaseHeld();
        }

        batch.MayHold = !_intakeStopped && _coordinator.MayHold(place.Lease);
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
            var result = _coordinator.Settle(batch.Topic, batch.Partition, batch.Epoch, batch.Number, batch.Length, _clock.GetTimestamp());
            if (result == SettleResult.Fenced)
            {
                _counters.FencedAck();
            }

            _free.Push(batch);
        }

        return any;
    }

    private long After(TimeSpan time) => _clock.GetTimestamp() + (long)(time.TotalSeconds * _clock.TimestampFrequency);
}
