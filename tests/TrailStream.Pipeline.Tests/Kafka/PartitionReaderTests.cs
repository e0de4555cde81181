using System.Collections.Concurrent;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using TrailStream.Pipeline.Diagnostics;
using TrailStream.Pipeline.Kafka;
using TrailStream.Pipeline.Options;
using Xunit;

namespace TrailStream.Pipeline.Tests.Kafka;

public sealed class PartitionReaderTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly EmbeddedBroker _broker = EmbeddedBroker.Start();
    private readonly StreamCounters _counters = new();

    private volatile bool _stalled;

    public void Dispose() => _broker.Dispose();

    [Fact]
    public async Task EverythingSettled_CommittedToTheEndAndNotReadAgain()
    {
        var sent = Feed(5000);
        var processors = new FakeProcessors();
        await using (var reader = Start(processors))
        {
            await reader.Until(() => processors.Seen.Count == 5000 && AllSettled(reader));
        }

        Assert.Equal(sent, processors.Seen.Order());
        Assert.Equal(5000, _counters.Records);
        Assert.Equal(0, _counters.BytesInFlight);

        Feed(100, from: 5000);
        var second = new FakeProcessors();
        await using (var reader = Start(second))
        {
            await reader.Until(() => second.Seen.Count >= 100 && AllSettled(reader));
        }

        Assert.Equal(Enumerable.Range(5000, 100), second.Seen.Order());
    }

    [Fact]
    public async Task OneBatchNotSettled_ReadAgainFromThere()
    {
        Feed(2000, partition: 0);
        var processors = new FakeProcessors { KeepOpen = batch => batch.KafkaOffset(0) <= 700 && batch.LastOffset >= 700 };
        long first = 0;
        await using (var reader = Start(processors))
        {
            await reader.Until(() => processors.Seen.Count == 2000 && processors.Kept is not null);
            first = processors.Kept!.KafkaOffset(0);
        }

        var second = new FakeProcessors();
        await using (var reader = Start(second))
        {
            await reader.Until(() => second.Seen.Count >= 2000 - first && AllSettled(reader));
        }

        Assert.Equal(Enumerable.Range((int)first, 2000 - (int)first), second.Seen.Order());
    }

    [Fact]
    public async Task SpanFull_PausedAndResumedAtHalf()
    {
        Feed(3000, partition: 1);
        var processors = new FakeProcessors { KeepOpen = _ => true };
        await using var reader = Start(processors, new ReadLimits { SpanRecords = 1000, BatchRecords = 64 });
        await reader.Until(() => reader.Reader.Status.Partitions.Any(p => p.Paused));
        Assert.True(processors.Released);
        Assert.InRange(processors.Seen.Count, 1000, 1064);
        processors.KeepOpen = _ => false;
        processors.SettleKept();
        await reader.Until(() => processors.Seen.Count == 3000 && AllSettled(reader));
        Assert.DoesNotContain(reader.Reader.Status.Partitions, p => p.Paused);
    }

    [Fact]
    public async Task BudgetFull_AllPausedUntilHalf()
    {
        Feed(4000);
        var processors = new FakeProcessors { KeepOpen = _ => true };
        await using var reader = Start(processors, new ReadLimits { BytesInFlight = 8 * 1024, BatchRecords = 64 });
        await reader.Until(() => reader.Reader.Status.Partitions.Count == 4 && reader.Reader.Status.Partitions.All(p => p.Paused));
        Assert.True(processors.Seen.Count < 4000);
        processors.KeepOpen = _ => false;
        processors.SettleKept();
        await reader.Until(() => processors.Seen.Count == 4000 && AllSettled(reader));
    }

    [Fact]
    public async Task SecondMemberJoins_EveryRecordSeenAndCommitted()
    {
        Feed(2000);
        var processors = new FakeProcessors();
        await using var one = Start(processors);
        await one.Until(() => processors.Seen.Count == 2000);
        await using var two = Start(processors);
        await one.Until(() => one.Reader.Status.Partitions.Count == 2 && two.Reader.Status.Partitions.Count == 2);
        Feed(2000, from: 2000);
        await one.Until(() => processors.Seen.Distinct().Count() == 4000 && AllSettled(one) && AllSettled(two));
    }

    [Fact]
    public async Task FirstStartAtTheEnd_IsRemembered_ThoughNothingWasSettled()
    {
        Feed(100);
        var first = new FakeProcessors();
        await using (var reader = Start(first, start: StartPosition.Latest))
        {
            await reader.Until(() => AllSettled(reader));
        }

        Feed(50, from: 100);
        var second = new FakeProcessors();
        await using (var reader = Start(second, start: StartPosition.Latest))
        {
            await reader.Until(() => second.Seen.Count >= 50 && AllSettled(reader));
        }

        Assert.Empty(first.Seen);
        Assert.Equal(Enumerable.Range(100, 50), second.Seen.Order());
    }

    [Fact]
    public async Task RetentionHasOvertaken_TheReaderEndsAndSaysWhatIsGone()
    {
        Feed(100, partition: 0);
        var processors = new FakeProcessors();
        await using (var reader = Start(processors))
        {
            await reader.Until(() => processors.Seen.Count == 100 && AllSettled(reader));
        }

        // The embedded broker keeps 5 MB of a partition.
        using (var feeder = new TopicFeeder(_broker.Address, "events"))
        {
            var noise = new byte[500_000];
            for (var i = 0; i < 20; i++)
            {
                new Random(i).NextBytes(noise);
                feeder.Send(noise, 0);
            }

            feeder.Flush(TestContext.Current.CancellationToken);
        }

        var second = Start(processors).Reader;
        var failure = await Assert.ThrowsAsync<InvalidOperationException>(() => second.Completion.WaitAsync(Patience, TestContext.Current.CancellationToken));
        Assert.Contains($"events/0: {_counters.RetentionGapRecords} records (100 to ", failure.Message, StringComparison.Ordinal);
        Assert.Equal(100, processors.Seen.Count);
        second.Dispose();
    }

    [Fact]
    public async Task ReaderStuckForLongerThanTheGroupAllows_IsThrownOut_AndReadsAgainWhatWasOpen()
    {
        Feed(200);
        var processors = new FakeProcessors();
        var stuck = 0;
        processors.KeepOpen = _ =>
        {
            // On the reader's own thread: it does not poll meanwhile.
            if (Interlocked.Exchange(ref stuck, 1) == 0)
            {
                Thread.Sleep(TimeSpan.FromSeconds(5));
            }

            return false;
        };
        await using var reader = Start(processors, properties: new Dictionary<string, string> { ["max.poll.interval.ms"] = "3000", ["session.timeout.ms"] = "3000" });
        await reader.Until(() => _counters.Rebalances > 2 && processors.Seen.Distinct().Count() == 200 && AllSettled(reader));
        Feed(100, from: 200);
        await reader.Until(() => processors.Seen.Distinct().Count() == 300 && _counters.BytesInFlight == 0 && AllSettled(reader));
        Assert.InRange(processors.Seen.Count, 300, 500);
    }

    [Fact]
    public async Task SinkStalled_NothingIsReadUntilItTakesAgain()
    {
        Feed(400);
        var processors = new FakeProcessors();
        await using var reader = Start(processors);
        await reader.Until(() => processors.Seen.Count == 400 && AllSettled(reader));
        _stalled = true;
        await reader.Until(() => reader.Reader.Status.Partitions.All(p => p is { Paused: true, AtEnd: false }));
        _stalled = false;
        await reader.Until(() => AllSettled(reader));
        _stalled = true;
        await reader.Until(() => reader.Reader.Status.Partitions.All(p => p.Paused));
        Feed(1600, from: 400);
        var from = reader.Reader.Status.Sequence;
        await reader.Until(() => reader.Reader.Status.Sequence > from + 5);
        Assert.Equal(400, processors.Seen.Count);
        _stalled = false;
        await reader.Until(() => processors.Seen.Count == 2000 && AllSettled(reader));
    }

    [Fact]
    public async Task StoppedWhileRecordsCome_NoRecordWithoutItsOffset()
    {
        Feed(40_000);
        var processors = new FakeProcessors();
        await using (var reader = Start(processors, new ReadLimits { BatchRecords = 10_000, BatchLinger = TimeSpan.Zero }))
        {
            await reader.Until(() => !processors.Seen.IsEmpty || reader.Reader.Status.Partitions.Any(p => p.Open > 0));
        }

        Assert.DoesNotContain(processors.Offsets, offset => offset < 0);
        Assert.Equal(processors.Seen.Count, processors.Seen.Distinct().Count());
    }

    private static bool AllSettled(RunningReader reader) =>
        reader.Reader.Status.Partitions is { Count: > 0 } partitions && partitions.All(p => p.AtEnd && p.Open == 0);

    private List<int> Feed(int count, int from = 0, int partition = -1)
    {
        using var feeder = new TopicFeeder(_broker.Address, "events");
        var sent = Enumerable.Range(from, count).ToList();
        foreach (var number in sent)
        {
            feeder.Send(Encoding.UTF8.GetBytes($"{number}"), partition < 0 ? number % 4 : partition);
        }

        feeder.Flush(TestContext.Current.CancellationToken);
        return sent;
    }

    private RunningReader Start(
        FakeProcessors processors, ReadLimits? limits = null, StartPosition start = StartPosition.Earliest, Dictionary<string, string>? properties = null)
    {
        var options = new KafkaOptions
        {
            Brokers = _broker.Address,
            Topics = ["events"],
            GroupId = "g",
            GroupProtocol = properties is null ? "consumer" : "classic",
            StartAt = start,
            Properties = properties ?? [],
        };
        var reader = new PartitionReader(
            options, limits ?? new ReadLimits(), processors, _counters, new StreamMetrics(_counters), () => _stalled, TimeProvider.System, NullLogger.Instance);
        reader.Start();
        return new RunningReader(reader);
    }

    private sealed class RunningReader(PartitionReader reader) : IAsyncDisposable
    {
        public PartitionReader Reader { get; } = reader;

        public async Task Until(Func<bool> condition)
        {
            using var patience = new CancellationTokenSource(Patience);
            while (!condition())
            {
                Assert.False(Reader.Completion.IsFaulted, Reader.Completion.Exception?.ToString());
                Assert.False(patience.IsCancellationRequested, $"Not so after {Patience}: {string.Join("; ", Reader.Status.Partitions)}");
                await Task.Delay(10, TestContext.Current.CancellationToken);
            }
        }

        public async ValueTask DisposeAsync()
        {
            await Reader.StopAsync();
            Reader.Dispose();
        }
    }

    /// <summary>Settles every batch on another thread at once, but for those it is asked to keep.</summary>
    private sealed class FakeProcessors : IPartitionProcessorFactory
    {
        private readonly ConcurrentQueue<RecordBatch> _kept = new();

        public ConcurrentQueue<int> Seen { get; } = new();

        public ConcurrentQueue<long> Offsets { get; } = new();

        public Func<RecordBatch, bool> KeepOpen { get; set; } = _ => false;

        public RecordBatch? Kept => _kept.FirstOrDefault();

        public bool Released { get; private set; }

        public IPartitionProcessor Create(string topic, int partition, int epoch) => new Processor(this);

        public void SettleKept()
        {
            while (_kept.TryDequeue(out var batch))
            {
                batch.Gate.Release(1);
            }
        }

        private sealed class Processor(FakeProcessors owner) : IPartitionProcessor
        {
            public void Process(RecordBatch batch)
            {
                for (var i = 0; i < batch.Count; i++)
                {
                    owner.Offsets.Enqueue(batch.KafkaOffset(i));
                    owner.Seen.Enqueue(int.Parse(Encoding.UTF8.GetString(batch.Record(i))));
                }

                if (owner.KeepOpen(batch))
                {
                    owner._kept.Enqueue(batch);
                }
                else
                {
                    ThreadPool.QueueUserWorkItem(_ => batch.Gate.Release(1));
                }
            }

            public void Refuse(RecordBatch batch, string detail) => batch.Gate.Release(1);

            public void AtEnd(bool isAtEnd)
            {
            }

            public void ReleaseHeld() => owner.Released = true;

            public void Stop()
            {
            }
        }
    }
}
