using TrailStream.Pipeline.Kafka;

namespace TrailStream.Pipeline.Store;

/// <summary>Until when stores were asked, as the sessions topic says: the latest note of each partition of the input. Thread-safe.</summary>
internal sealed class AskedNotes
{
    private readonly Lock _lock = new();
    private readonly Dictionary<(string Topic, int Partition), DateTimeOffset> _notes = [];

    /// <summary>Takes a note; one from the future of its own record is of a wrong clock, and would hide open questions.</summary>
    public void Add(PartitionNote note, DateTimeOffset recordedAt)
    {
        lock (_lock)
        {
            _notes[(note.Topic, note.Partition)] = note.Until < recordedAt ? note.Until : recordedAt;
        }
    }

    /// <summary>Null where nobody has left one.</summary>
    public DateTimeOffset? Of(string topic, int partition)
    {
        lock (_lock)
        {
            return _notes.TryGetValue((topic, partition), out var until) ? until : null;
        }
    }
}
