using TrailStream.Pipeline.Actors;

namespace TrailStream.Pipeline.Kafka;

/// <summary>Tells the other nodes, in the sessions topic, how far the events of this node's partitions have come that lag: such a partition may be read by
/// any of them next, and until then their indices must not forget what its events need. Where nothing lags, nothing is said.</summary>
internal sealed class LaggingPartitions : IAsyncDisposable
{
    /// <summary>A small part of the time that it is remembered (<see cref="Late.Watermark.HeardFor"/>): some may be lost.</summary>
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    private readonly SessionsTopic _sessions;
    private readonly StreamState _state;
    private readonly ITimer _timer;

    public LaggingPartitions(SessionsTopic sessions, StreamState state)
    {
        (_sessions, _state) = (sessions, state);
        _timer = state.Clock.CreateTimer(_ => Publish(), null, Interval, Interval);
    }

    public ValueTask DisposeAsync() => _timer.DisposeAsync();

    private void Publish()
    {
        try
        {
            foreach (var (topic, partition, eventTime) in _state.Watermark.Lagging)
            {
                var until = DateTimeOffset.FromUnixTimeSeconds(Math.Clamp(eventTime, 0, DateTimeOffset.MaxValue.ToUnixTimeSeconds()));
                _sessions.Publish(new PartitionNote(NoteKind.Lagging, topic, partition, until));
            }
        }
        catch (Exception e)
        {
            _state.Fail("sessions", _sessions.Topic, e);
        }
    }
}
