using System.Text;
using Confluent.Kafka;
using TrailStream.Core.Documents;
using TrailStream.Pipeline.DeadLetters;
using TrailStream.Pipeline.Options;
using TrailStream.Pipeline.Sinks;

namespace TrailStream.Pipeline.Kafka;

/// <summary>Documents into a topic: idempotent producer, acknowledged by all replicas, key = event id, header <c>trailstream-rank</c>. A correction is a
/// further message with the same key; a compacted topic keeps the last.</summary>
public sealed class KafkaSink(KafkaOptions options, string topic, DocumentForm form, IDeadLetters deadLetters) : ISink
{
    private RecordProducer? _producer;
    private volatile bool _healthy;

    public string Name => "kafka";

    public DocumentForm Form => form;

    public SinkLimits Limits { get; } = new(1 << 20, TimeSpan.FromMilliseconds(20), 4);

    public bool Healthy => _healthy;

    public Task PrepareAsync(CancellationToken cancellationToken)
    {
        _producer ??= new RecordProducer(options, _ => { }, error => _healthy = error.Code != ErrorCode.Local_AllBrokersDown && _healthy);
        _healthy = true;
        return Task.CompletedTask;
    }

    public async Task<WriteReport> WriteAsync(IReadOnlyList<DocumentBatch> group, CancellationToken cancellationToken)
    {
        var producer = _producer ?? throw new InvalidOperationException("The producer is not open.");
        var delivery = new GroupDelivery(group.Sum(batch => batch.Entries.Count));
        for (var b = 0; b < group.Count; b++)
        {
            for (var i = 0; i < group[b].Entries.Count; i++)
            {
                Produce(producer, group[b], i, delivery, cancellationToken);
            }
        }

        await delivery.Completion.WaitAsync(cancellationToken).ConfigureAwait(false);
        _healthy = true;
        if (delivery.Refused.Count > 0)
        {
            await deadLetters.WriteAsync(delivery.Refused, cancellationToken).ConfigureAwait(false);
        }

        return new WriteReport(delivery.Count - delivery.Refused.Count, 0, 0, delivery.Refused.Count, 0);
    }

    public ValueTask DisposeAsync()
    {
        _producer?.Dispose();
        _producer = null;
        return ValueTask.CompletedTask;
    }

    private void Produce(RecordProducer producer, DocumentBatch batch, int number, GroupDelivery delivery, CancellationToken cancellationToken)
    {
        var entry = batch.Entries[number];
        var message = new Message<byte[], byte[]>
        {
            Key = batch.Id(number).ToArray(),
            Value = batch.Document(number).ToArray(),
            Headers = new Headers { { "trailstream-rank", Encoding.ASCII.GetBytes(entry.Rank.ToString(System.Globalization.CultureInfo.InvariantCulture)) } },
        };
        producer.Send(topic, message, error =>
        {
            if (RecordProducer.IsTooLarge(error))
            {
                delivery.Refuse(DeadLetter.OfDocument(batch, number, DeadLetterReason.SinkTooLarge, error.Reason, Name));
            }
            else if (error.IsError)
            {
                delivery.Fail(new KafkaException(error));
            }
            else
            {
                delivery.Done();
            }
        }, cancellationToken);
    }

    /// <summary>Counts the delivery reports of one group. Reports come on the client's own thread.</summary>
    private sealed class GroupDelivery
    {
        private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _left;

        public GroupDelivery(int count)
        {
            Count = count;
            _left = count;
            if (count == 0)
            {
                _done.SetResult();
            }
        }

        public int Count { get; }

        public List<DeadLetter> Refused { get; } = [];

        public Task Completion => _done.Task;

        public void Done()
        {
            if (Interlocked.Decrement(ref _left) == 0)
            {
                _done.TrySetResult();
            }
        }

        public void Refuse(DeadLetter letter)
        {
            lock (Refused)
            {
                Refused.Add(letter);
            }

            Done();
        }

        /// <summary>A permanent error: the whole group is tried again by the writer, the keys make that harmless.</summary>
        public void Fail(Exception error) => _done.TrySetException(error);
    }
}
