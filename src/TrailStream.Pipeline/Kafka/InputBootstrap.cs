using Confluent.Kafka;
using TrailStream.Pipeline.Actors;
using TrailStream.Pipeline.Diagnostics;
using TrailStream.Pipeline.Options;
using TrailStream.Pipeline.Settlement;

namespace TrailStream.Pipeline.Kafka;

/// <summary>The first start of all: reads the input of the last window for evidence only, up to where the group will begin, so that the
/// first events it writes already find their sessions. Nothing is written to sinks and nothing is committed.</summary>
internal sealed class InputBootstrap(StreamOptions options, StreamState state, ISessionLog sessions, Action<Wakes> announce)
{
    private static readonly TimeSpan AskTime = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan PollTime = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan ProgressInterval = TimeSpan.FromSeconds(10);

    private long _done;
    private long _total;

    public long Done => Volatile.Read(ref _done);

    public long Total => Volatile.Read(ref _total);

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var published = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var gate = new SettlementGate(published.SetResult);
        await Task.Factory.StartNew(() => Read(gate, cancellationToken), cancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default)
            .ConfigureAwait(false);
        gate.Release(1);
        await published.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    private void Read(SettlementGate gate, CancellationToken cancellationToken)
    {
        using var consumer = new ConsumerBuilder<Ignore, byte[]>(KafkaClients.PlainConsumer(options.Kafka))
            .SetLogHandler((_, line) => Log.ClientLine(state.Logger, line.Facility, line.Message))
            .SetErrorHandler((_, _) => { })
            .Build();
        var target = state.Clock.GetUtcNow() - options.Sessions.Window - options.Sessions.WindowMargin;
        var ranges = Ranges(consumer, target, out var whole);
        if (whole)
        {
            state.LookedBackTo = target.ToUnixTimeSeconds();
        }

        Volatile.Write(ref _total, ranges.Values.Sum(r => r.End - r.Start));
        if (ranges.Count > 0)
        {
            Log.BootstrapStarted(state.Logger, Total);
            consumer.Assign(ranges.Select(r => new TopicPartitionOffset(r.Key, r.Value.Start)));
            Learn(consumer, ranges, gate, cancellationToken);
        }

        consumer.Close();
    }

    private void Learn(
        IConsumer<Ignore, byte[]> consumer, Dictionary<TopicPartition, Range> ranges, SettlementGate gate, CancellationToken cancellationToken)
    {
        var reader = new EvidenceReader(state, announce, isSparse: true);
        var unreadable = new UnreadableRecords(options.Kafka, state.Clock);
        var said = state.Clock.GetTimestamp();
        while (ranges.Count > 0)
        {
            cancellationToken.ThrowIfCancellationRequested();
            ConsumeResult<Ignore, byte[]>? result;
            try
            {
                result = consumer.Consume(PollTime);
            }
            catch (ConsumeException e) when (!e.Error.IsFatal)
            {
                unreadable.PassOver(consumer, e, options.Kafka.Topics[0], state);
                continue;
            }

            if (result is null || !ranges.TryGetValue(result.TopicPartition, out var range))
            {
                continue;
            }

            var due = false;
            if (!result.IsPartitionEOF && result.Offset.Value < range.End)
            {
                Volatile.Write(ref _done, _done + 1);
                due = reader.Add(result.Message.Value ?? []);
            }

            // Offsets have gaps: the end may be passed without being met, or be the end of the partition.
            if (result.IsPartitionEOF || result.Offset.Value >= range.End - 1)
            {
                ranges.Remove(result.TopicPartition);
                consumer.Pause([result.TopicPartition]);
            }

            if (due || ranges.Count == 0)
            {
                reader.Learn(sessions, gate);
            }

            if (state.Clock.GetElapsedTime(said) >= ProgressInterval)
            {
                said = state.Clock.GetTimestamp();
                Log.BootstrapProgress(state.Logger, Done, Total, reader.News);
            }
        }

        Log.BootstrapProgress(state.Logger, Done, Total, reader.News);
    }

    /// <summary>For each partition the offsets from the window's beginning up to where the group will start.</summary>
    private Dictionary<TopicPartition, Range> Ranges(IConsumer<Ignore, byte[]> consumer, DateTimeOffset target, out bool whole)
    {
        var ranges = new Dictionary<TopicPartition, Range>();
        using var admin = new DependentAdminClientBuilder(consumer.Handle).Build();
        var places = options.Kafka.Topics
            .SelectMany(topic => admin.GetMetadata(topic, AskTime).Topics[0].Partitions.Select(p => new TopicPartition(topic, p.PartitionId)))
            .ToList();
        var time = new Timestamp(target.UtcDateTime, TimestampType.CreateTime);
        var since = consumer.OffsetsForTimes(places.Select(p => new TopicPartitionTimestamp(p, time)), AskTime);
        var committed = consumer.Committed(places, AskTime).ToDictionary(c => c.TopicPartition, c => c.Offset);
        whole = places.Count > 0;
        foreach (var from in since)
        {
            var marks = consumer.QueryWatermarkOffsets(from.TopicPartition, AskTime);
            var start = committed[from.TopicPartition] is { Value: >= 0 } offset ? offset.Value : FirstStart(marks, from.Offset);
            whole &= from.Offset.Value > marks.Low.Value;
            if (from.Offset.Value >= 0 && from.Offset.Value < start)
            {
                ranges.Add(from.TopicPartition, new Range(Math.Max(from.Offset.Value, marks.Low.Value), start));
            }
        }

        return ranges;
    }

    private long FirstStart(WatermarkOffsets marks, Offset windowStart) => options.Kafka.StartAt switch
    {
        StartPosition.Latest => marks.High.Value,
        StartPosition.Window => windowStart.Value,
        _ => marks.Low.Value,
    };

    private readonly record struct Range(long Start, long End);
}
