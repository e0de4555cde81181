namespace TrailStream.Pipeline.DeadLetters;

/// <summary>Dead letters that can be read back, wherever they are kept. One reader at a time.</summary>
public interface IDeadLetterStore : IDisposable
{
    /// <summary>For people: <c>topic trailstream.dlq</c>, or the file.</summary>
    string Name { get; }

    /// <summary>Everything that is there now, in the order in which it was written (within a partition).</summary>
    /// <exception cref="IOException">It cannot be read; the message says what to do.</exception>
    IEnumerable<StoredDeadLetter> Read(CancellationToken cancellationToken);

    /// <summary>Notes that the record of <paramref name="sent"/>, its replays counted up, was sent to a place.</summary>
    void NoteReplay(RecordPlace sent, string to, CancellationToken cancellationToken);
}
