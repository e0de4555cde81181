using TrailStream.Core.Documents;
using TrailStream.Core.Generation;
using TrailStream.Pipeline.Actors;
using TrailStream.Pipeline.Kafka;

namespace TrailStream.Demo;

/// <summary>Feeds the made-up organisation's trail into the topic, no faster than the stream settles it: the broker inside this process keeps 5 MB a
/// partition and would drop what is not read in time.</summary>
internal sealed class DemoFeed(TopicFeeder feeder, DemoArguments arguments, TimeProvider clock)
{
    /// <summary>Records sent and not yet read; about a quarter of what the embedded broker keeps.</summary>
    private const long AheadMax = 8_000;

    private static readonly TimeSpan LookInterval = TimeSpan.FromMilliseconds(5);

    public async Task<long> RunAsync(StreamRun run, DateTimeOffset start, CancellationToken cancellationToken)
    {
        var generator = new TrailGenerator(new TrailGeneratorOptions { Seed = arguments.Seed, Events = arguments.Events, Start = start });
        var record = new ByteBuffer();
        var truth = new TrailTruth();
        long sent = 0;
        while (generator.Next(record, truth))
        {
            // All events of one generator stand in one order; four partitions take turns, so that grants and uses meet across them.
            feeder.Send(record.Written, (int)(sent % EmbeddedBroker.PartitionsPerTopic));
            record.Clear();
            sent++;
            while (sent - run.Status.Records > AheadMax)
            {
                await Task.Delay(LookInterval, clock, cancellationToken).ConfigureAwait(false);
            }
        }

        feeder.Flush(cancellationToken);
        return sent;
    }
}
