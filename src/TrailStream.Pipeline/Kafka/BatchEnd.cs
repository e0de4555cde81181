using Confluent.Kafka;
using TrailStream.Pipeline.Options;

namespace TrailStream.Pipeline.Kafka;

/// <summary>Where a batch ends that Kafka's client cannot read. Its error names the first offset only, wherever one begins to read inside the batch; so
/// offsets are tried, each the double way further until something else comes, then by halves: 17 tries for a batch of 300. (The client is to name the
/// end some day: librdkafka 5581.) A client of its own, because another's fetch waits for the partitions that have nothing to read.</summary>
internal static class BatchEnd
{
    /// <summary>The same error there this often is not put down to the network.</summary>
    private const int ErrorsMax = 2;

    private static readonly TimeSpan AskTime = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan PollTime = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan PatienceTime = TimeSpan.FromSeconds(20);

    /// <summary>Blocks until it is known, at most half a minute.</summary>
    /// <param name="kafka">How to reach Kafka.</param>
    /// <param name="clock">Measures patience.</param>
    /// <param name="place">The partition.</param>
    /// <param name="baseOffset">The offset that the error names.</param>
    /// <param name="inside">An offset that is known to be in the batch.</param>
    /// <returns>The last offset of the batch; <paramref name="inside"/> or one in between where Kafka does not say in time.</returns>
    public static long Find(KafkaOptions kafka, TimeProvider clock, TopicPartition place, long baseOffset, long inside)
    {
        using var consumer = new ConsumerBuilder<Ignore, Ignore>(KafkaClients.PlainConsumer(kafka))
            .SetLogHandler((_, _) => { })
            .SetErrorHandler((_, _) => { })
            .Build();
        var (last, step, began) = (inside, 1L, clock.GetTimestamp());
        try
        {
            var outside = consumer.QueryWatermarkOffsets(place, AskTime).High.Value;
            while (outside - last > 1)
            {
                var probe = last + Math.Min(step, (outside - last) / 2);
                if (IsInside(probe) is not { } isInside)
                {
                    break;
                }

                if (isInside)
                {
                    (last, step) = (probe, step * 2);
                }
                else
                {
                    outside = probe;
                }
            }
        }
        catch (KafkaException)
        {
            // Not reachable just now: what is known is passed over, and the next error asks again.
        }

        consumer.Close();
        return last;

        bool? IsInside(long probe)
        {
            consumer.Assign(new TopicPartitionOffset(place, probe));
            var errors = 0;
            while (clock.GetElapsedTime(began) < PatienceTime)
            {
                try
                {
                    if (consumer.Consume(PollTime) is not null)
                    {
                        return false;
                    }
                }
                catch (ConsumeException e) when (!e.Error.IsFatal)
                {
                    if (!PartitionReader.IsCorrupt(e.Error.Code) || e.ConsumerRecord is not { } record)
                    {
                        continue;
                    }

                    if (record.Offset.Value != baseOffset)
                    {
                        return false;
                    }

                    if (++errors == ErrorsMax)
                    {
                        return true;
                    }
                }
            }

            return null;
        }
    }
}
