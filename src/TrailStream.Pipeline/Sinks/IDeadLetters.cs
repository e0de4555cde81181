namespace TrailStream.Pipeline.Sinks;

/// <summary>A record or document that cannot go where it should.</summary>
/// <param name="Payload">The original bytes; where only the document is known, the document.</param>
/// <param name="Reason">snake_case: a <c>DecodeStatus</c>, or <c>sink_mapping</c>, <c>sink_too_large</c>, <c>sink_refused</c>.</param>
/// <param name="Stage">decode or write.</param>
/// <param name="Detail">At most 1 KB, control characters escaped.</param>
/// <param name="Place">"topic/partition@offset", or file and position.</param>
/// <param name="EventId">The event's id where known.</param>
public sealed record DeadLetter(ReadOnlyMemory<byte> Payload, string Reason, string Stage, string Detail, string Place, string? EventId);

/// <summary>Where dead letters go; the task ends when all of them are durable, and never fails for trouble that may pass.</summary>
public interface IDeadLetters : IAsyncDisposable
{
    Task WriteAsync(IReadOnlyList<DeadLetter> letters, CancellationToken cancellationToken);
}
