using System.Diagnostics;
using Confluent.Kafka;

namespace TrailStream.Engine.Tests.Faults;

/// <summary>Waits for the group to get on, so that kills are spread over the whole topic. Nodes that are killed as soon as they have started read
/// hardly anything.</summary>
internal sealed class GroupProgress(string kafka, string topicAndGroup) : IDisposable
{
    /// <summary>A group that gets on more slowly is killed all the same.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly IConsumer<byte[], byte[]> _consumer = TrailCheck.Consumer(kafka, topicAndGroup);

    public Task ReachAsync(long records, CancellationToken cancellation)
    {
        var began = Stopwatch.GetTimestamp();
        return Poll.Until(() => Stopwatch.GetElapsedTime(began) > Patience || CommittedRecords() >= records, cancellation);
    }

    public void Dispose() => _consumer.Dispose();

    private long CommittedRecords()
    {
        try
        {
            return TrailCheck.Committed(_consumer, topicAndGroup).Sum(committed => Math.Max(0, committed.Offset.Value));
        }
        catch (KafkaException)
        {
            // The broker is being killed: nothing is known to have been committed.
            return 0;
        }
    }
}
