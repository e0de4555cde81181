using TrailStream.Pipeline.Actors;
using TrailStream.Pipeline.Kafka;

namespace TrailStream.Pipeline.Store;

/// <summary>The partitions of the input that this node reads, and until when nothing of the sessions topic is left to ask the stores for them: what it
/// notes there for whoever reads them next. A note stands still until what the node before left open is answered. Thread-safe.</summary>
internal sealed class OwnPartitions(SessionsTopic sessions, StreamState state)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<(string Topic, int Partition), Inheritance> _own = [];
    private long _unasked;

    /// <summary>Partitions for which the stores have not answered yet what the node before may have left open.</summary>
    public int Inherited
    {
        get
        {
            lock (_lock)
            {
                return _own.Values.Count(own => !own.IsAnswered);
            }
        }
    }

    /// <summary>This node reads the partition from now on.</summary>
    public void Take(string topic, int partition)
    {
        lock (_lock)
        {
            _own[(topic, partition)] = new Inheritance(topic, partition);
        }
    }

    /// <summary>Another node may read it from now on, and leave notes.</summary>
    public void LetGo(string topic, int partition)
    {
        lock (_lock)
        {
            _own.Remove((topic, partition));
        }
    }

    /// <summary>What is not asked for yet.</summary>
    public IReadOnlyList<Inheritance> ToAsk()
    {
        lock (_lock)
        {
            return [.. _own.Values.Where(own => !own.IsAsked)];
        }
    }

    /// <summary>From when on evidence may be unasked for these partitions, by Kafka's timestamps in the sessions topic.</summary>
    /// <param name="inherited">At least one.</param>
    /// <param name="newest">Of the topic: for partitions without a note, of a build that left none.</param>
    public DateTimeOffset Since(IReadOnlyList<Inheritance> inherited, DateTimeOffset newest) =>
        inherited.Min(own => sessions.Notes.Of(own.Topic, own.Partition) ?? newest) - state.Options.Late.AskedMargin;

    /// <summary>What stands in the sessions topic up to then, by Kafka's timestamps, stands in the stores' queues now.</summary>
    public void Asked(IReadOnlyList<Inheritance> inherited, DateTimeOffset until)
    {
        var now = state.Clock.GetTimestamp();
        lock (_lock)
        {
            foreach (var own in inherited)
            {
                own.Steps.Enqueue((now, until));
            }
        }
    }

    /// <summary>All of it does.</summary>
    public void Asked(IReadOnlyList<Inheritance> inherited)
    {
        Asked(inherited, DateTimeOffset.MinValue);
        lock (_lock)
        {
            foreach (var own in inherited)
            {
                own.IsAsked = true;
            }
        }
    }

    /// <summary>What had no room in the queues is younger than the last notes, because they were full of what is older: it is to be asked for again from
    /// there.</summary>
    /// <returns>True when there was such.</returns>
    public bool RepeatUnasked()
    {
        var unasked = state.Unasked;
        if (unasked == Interlocked.Exchange(ref _unasked, unasked))
        {
            return false;
        }

        lock (_lock)
        {
            foreach (var (topic, partition) in _own.Keys.ToList())
            {
                _own[(topic, partition)] = new Inheritance(topic, partition);
            }
        }

        return true;
    }

    /// <summary>A partition without a note gets one at once, lest a second short life begins later than the first.</summary>
    public void PublishFirst()
    {
        List<Inheritance> without;
        lock (_lock)
        {
            without = [.. _own.Values.Where(own => sessions.Notes.Of(own.Topic, own.Partition) is null)];
        }

        var until = sessions.Newest ?? state.Clock.GetUtcNow();
        without.ForEach(own => sessions.Publish(new PartitionNote(NoteKind.Asked, own.Topic, own.Partition, until)));
    }

    /// <summary>Notes how far the stores have answered. While one is ill, corrections may be on their way that would be lost with this node.</summary>
    public void Publish()
    {
        var clock = state.Clock;
        var oldest = state.OldestOpen;
        SeeAnswered(oldest);
        if (sessions.Newest is not { } newest || !state.Stores.All(store => store.Healthy))
        {
            return;
        }

        var now = clock.GetUtcNow();
        var until = (newest < now ? newest : now) - (oldest is { } since ? clock.GetElapsedTime(since) : TimeSpan.Zero);
        List<PartitionNote> due;
        lock (_lock)
        {
            due =
            [
                .. _own.Values
                    .Select(own => new PartitionNote(NoteKind.Asked, own.Topic, own.Partition, own.IsAnswered ? until : own.AnsweredUntil))
                    .Where(note => note.Until > (sessions.Notes.Of(note.Topic, note.Partition) ?? DateTimeOffset.MinValue)),
            ];
        }

        due.ForEach(sessions.Publish);
    }

    private void SeeAnswered(long? oldest)
    {
        lock (_lock)
        {
            foreach (var own in _own.Values)
            {
                while (own.Steps.TryPeek(out var step) && (oldest is null || oldest > step.AskedAt))
                {
                    own.Steps.Dequeue();
                    own.AnsweredUntil = step.Until > own.AnsweredUntil ? step.Until : own.AnsweredUntil;
                }
            }
        }
    }

    /// <summary>What the node before may have left open in one partition.</summary>
    internal sealed class Inheritance(string topic, int partition)
    {
        public string Topic { get; } = topic;

        public int Partition { get; } = partition;

        /// <summary>What stands in the queues and is not answered: since when, by the clock, and evidence until when.</summary>
        public Queue<(long AskedAt, DateTimeOffset Until)> Steps { get; } = [];

        /// <summary>Until when the stores have answered, by Kafka's timestamps; the beginning of time before the first step.</summary>
        public DateTimeOffset AnsweredUntil { get; set; } = DateTimeOffset.MinValue;

        /// <summary>True once all of it stood in the queues.</summary>
        public bool IsAsked { get; set; }

        /// <summary>True once the stores have answered for all of it.</summary>
        public bool IsAnswered => IsAsked && Steps.Count == 0;
    }
}
