using TrailStream.Pipeline.DeadLetters;

namespace TrailStream.Pipeline.Verification;

/// <summary>An event of the input that must be found.</summary>
/// <param name="Id">Its document's id.</param>
/// <param name="EventTime">eventTime, Unix seconds.</param>
/// <param name="Place">Where it stands, with its number in the record.</param>
public readonly record struct SoughtEvent(string Id, long EventTime, RecordPlace Place);

/// <summary>What a destination holds of one event.</summary>
/// <param name="Copies">Documents under its id; 0: none.</param>
/// <param name="IsPending">Its attribution still waits for evidence.</param>
/// <param name="IsOlder">A document of it with more evidence was there before.</param>
/// <param name="IsSafeForm">The mapping refused the document: it stands there as one text.</param>
public readonly record struct FoundDocument(int Copies, bool IsPending = false, bool IsOlder = false, bool IsSafeForm = false);

/// <summary>A destination that can be asked what it holds. One caller at a time.</summary>
public interface IDocumentLookup : IDisposable
{
    /// <summary>As in metrics: <c>elasticsearch</c>, <c>kafka</c>, <c>sqlite</c>.</summary>
    string Name { get; }

    /// <summary>Answers for each event, in order.</summary>
    /// <exception cref="IOException">It cannot be asked; the message says what to do.</exception>
    Task<IReadOnlyList<FoundDocument>> FindAsync(IReadOnlyList<SoughtEvent> events, CancellationToken cancellationToken);
}
