using TrailStream.Core.Documents;
using TrailStream.Core.Generation;
using TrailStream.Pipeline.Actors;
using TrailStream.Pipeline.Kafka;

namespace TrailStream.Demo;

/// <summary>Feeds the made-up organisation's trail into the topic, no faster than the stream settles it: the broker inside this process keeps 5 MB a
/// partition and would drop what is not read in time.</summary>
internal sealed class DemoFeed
{
    /// <summary>Records sent and not yet read; about a quarter of what the embedded broker keeps.</summary>
    private const long AheadMax = 8_000;

    private static readonly TimeSpan LookInterval = TimeSpan.FromMilliseconds(5);

    private readonly TopicFeeder _feeder;
    private readonly TimeProvider _clock;
    private readonly TrailGenerator _generator;
    private readonly ByteBuffer _record = new();
    private readonly TrailTruth _truth = new();
    private long _sent;

    public DemoFeed(TopicFeeder feeder, DemoArguments arguments, TimeProvider clock)
    {
        _feeder = feeder;
        _clock = clock;
        _generator = new TrailGenerator(
            new TrailGeneratorOptions { Seed = arguments.Seed, Events = arguments.Events, Start = clock.GetUtcNow().AddHours(-2) });
    }

    /// <summary>Sends a record to every partition: the embedded broker makes a topic only when it is first written, and a consumer that has asked
    /// before would ask again only minutes later.</summary>
    public void Begin(CancellationToken cancellationToken)
    {
        for (var i = 0; i < EmbeddedBroker.PartitionsPerTopic && SendNext(); i++)
        {
        }

        _feeder.Flush(cancellationToken);
    }

    /// <summary>Sends the rest.</summary>
    /// <returns>The number of records sent in all.</returns>
    public async Task<long> RunAsync(StreamRun run, CancellationToken cancellationToken)
    {
        while (SendNext())
        {
            while (_sent - run.Status.Records > AheadMax)
            {
                await Task.Delay(LookInterval, _clock, cancellationToken).ConfigureAwait(false);
            }
        }

        _feeder.Flush(cancellationToken);
        return _sent;
    }

    /// <summary>Partitions take turns, so that grants and uses meet across them.</summary>
    private bool SendNext()
    {
        _record.Clear();
        if (!_generator.Next(_record, _truth))
        {
            return false;
        }

        _feeder.Send(_record.Written, (int)(_sent++ % EmbeddedBroker.PartitionsPerTopic));
        return true;
    }
}
