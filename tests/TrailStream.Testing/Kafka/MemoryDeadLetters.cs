using System.Collections.Concurrent;
using TrailStream.Pipeline.Sinks;

namespace TrailStream.Testing.Kafka;

/// <summary>Dead letters in memory, with copies of their payloads.</summary>
public sealed class MemoryDeadLetters : IDeadLetters
{
    private readonly ConcurrentQueue<DeadLetter> _letters = new();

    public IReadOnlyCollection<DeadLetter> Letters => _letters;

    public Task WriteAsync(IReadOnlyList<DeadLetter> letters, CancellationToken cancellationToken)
    {
        foreach (var letter in letters)
        {
            _letters.Enqueue(letter with { Payload = letter.Payload.ToArray() });
        }

        return Task.CompletedTask;
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
