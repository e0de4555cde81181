namespace TrailStream.Pipeline.Sinks;

/// <summary>Where dead letters go; the task ends when all of them are durable, and never fails for trouble that may pass.</summary>
public interface IDeadLetters : IAsyncDisposable
{
    Task WriteAsync(IReadOnlyList<DeadLetter> letters, CancellationToken cancellationToken);
}
