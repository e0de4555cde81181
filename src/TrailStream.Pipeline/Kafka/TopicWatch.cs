using Confluent.Kafka;
using Confluent.Kafka.Admin;

namespace TrailStream.Pipeline.Kafka;

/// <summary>Looks every few seconds whether the input topics are still those that reading began with. Kafka's client goes on at its old offset in a topic
/// that was deleted and made anew under the same name, if that is long enough by then, and nothing before that offset would ever be read.</summary>
internal sealed class TopicWatch : IDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan AskTime = TimeSpan.FromSeconds(10);

    private readonly IReadOnlyList<string> _topics;
    private readonly TimeProvider _clock;
    private readonly IAdminClient _admin;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Dictionary<string, string> _ids = [];
    private readonly Task _loop;
    private volatile string? _madeAnew;

    /// <param name="topics">Their names.</param>
    /// <param name="consumer">Whose connections are used.</param>
    /// <param name="clock">The time.</param>
    public TopicWatch(IReadOnlyList<string> topics, Handle consumer, TimeProvider clock)
    {
        (_topics, _clock, _admin) = (topics, clock, new DependentAdminClientBuilder(consumer).Build());
        _loop = WatchAsync(_stopping.Token);
    }

    /// <summary>The name of a topic that is another one than at first; null while there is none.</summary>
    public string? MadeAnew => _madeAnew;

    public void Dispose()
    {
        _stopping.Cancel();
        _loop.GetAwaiter().GetResult();
        _admin.Dispose();
        _stopping.Dispose();
    }

    private async Task WatchAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                Compare(await _admin.DescribeTopicsAsync(TopicCollection.OfTopicNames(_topics), new DescribeTopicsOptions { RequestTimeout = AskTime })
                    .WaitAsync(cancellationToken).ConfigureAwait(false));
            }
            catch (KafkaException)
            {
                // Kafka is away, or one of the topics: the reader meets and tells the same. What is there is looked at the next time.
            }
            catch (OperationCanceledException)
            {
                // Told to stop.
            }

            await Task.Delay(Interval, _clock, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private void Compare(DescribeTopicsResult result)
    {
        foreach (var topic in result.TopicDescriptions)
        {
            // Brokers without ids give one of zeros.
            if (topic.Error.IsError || topic.TopicId is not { } id || (id.MostSignificantBits == 0 && id.LeastSignificantBits == 0))
            {
                continue;
            }

            if (_ids.TryGetValue(topic.Name, out var known) && known != id.ToString())
            {
                _madeAnew = topic.Name;
            }

            _ids[topic.Name] = id.ToString();
        }
    }
}
