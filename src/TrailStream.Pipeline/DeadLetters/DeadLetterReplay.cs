using System.Security.Cryptography;

namespace TrailStream.Pipeline.DeadLetters;

/// <summary>What became of one dead letter in a replay.</summary>
public enum ReplayOutcome : byte
{
    /// <summary>Its record was sent (or would be, in a dry run).</summary>
    Sent = 0,

    /// <summary>It was sent before and has not come back since: left alone unless asked for again.</summary>
    AlreadySent,

    /// <summary>It came back too often: sending it again would only repeat that.</summary>
    TooOften,

    /// <summary>Only its beginning is kept, and the record is not in its topic any more.</summary>
    Truncated,

    /// <summary>It holds no record: Kafka's client could not read it, or it is a correction of a document whose record is settled.</summary>
    NoRecord,

    /// <summary>The topic takes no record of this size.</summary>
    TooLarge,
}

/// <summary>One dead letter of a replay.</summary>
/// <param name="State">The letter.</param>
/// <param name="Outcome">What became of it.</param>
/// <param name="To">Where it was sent.</param>
public sealed record ReplayedLetter(DeadLetterState State, ReplayOutcome Outcome, string? To);

/// <summary>Where records are sent again.</summary>
public interface IReplayTarget : IDisposable
{
    /// <summary>Sends one record and waits until it is durable.</summary>
    /// <returns>Its new place; null where the topic takes none of this size.</returns>
    /// <exception cref="IOException">It cannot be sent; the message says why.</exception>
    string? Send(RecordPlace place, ReadOnlyMemory<byte> payload, CancellationToken cancellationToken);

    /// <summary>The whole record of a truncated letter, from where it stood; null where it is gone.</summary>
    byte[]? Recover(RecordPlace place, CancellationToken cancellationToken);
}

/// <summary>Sends the original bytes of dead letters to the input again, marked so that the stream knows their first place: event ids, derived ids
/// included, stay what they were, which makes a second replay harmless. Each is noted among the dead letters.</summary>
public sealed class DeadLetterReplay(IDeadLetterStore store, IReplayTarget target, TimeProvider clock)
{
    /// <summary>Three times and back again: it is no passing trouble.</summary>
    public const int ReplaysMax = 3;

    /// <summary>Records a second at most: far below what a stream takes, so that the live input does not wait behind it.</summary>
    public int RecordsPerSecond { get; init; } = 500;

    /// <summary>Sends those too that were sent before and have not come back.</summary>
    public bool Again { get; init; }

    public bool DryRun { get; init; }

    /// <summary>Bytes to send instead of the kept ones; only for a single letter.</summary>
    public byte[]? Corrected { get; init; }

    public async Task<IReadOnlyList<ReplayedLetter>> RunAsync(DeadLetterFilter filter, CancellationToken cancellationToken)
    {
        var book = DeadLetterBook.Read(store, filter, cancellationToken);
        var outcomes = new List<ReplayedLetter>();
        var chosen = new Dictionary<DeadLetterPosition, DeadLetterState>();
        foreach (var state in book.States)
        {
            if (Refusal(state) is { } refusal)
            {
                outcomes.Add(new ReplayedLetter(state, refusal, null));
            }
            else if (DryRun)
            {
                outcomes.Add(new ReplayedLetter(state, ReplayOutcome.Sent, null));
            }
            else
            {
                chosen.Add(state.Letter.Position, state);
            }
        }

        if (chosen.Count > 0)
        {
            await SendAsync(chosen, outcomes, cancellationToken).ConfigureAwait(false);
        }

        return outcomes;
    }

    private ReplayOutcome? Refusal(DeadLetterState state) =>
        state.Letter.Place.Source.StartsWith("event:", StringComparison.Ordinal) ? ReplayOutcome.NoRecord
        : state.PayloadBytes == 0 && !state.Letter.IsTruncated && Corrected is null ? ReplayOutcome.NoRecord
        : state.Replays >= ReplaysMax ? ReplayOutcome.TooOften
        : state.IsOpen || Again ? null
        : ReplayOutcome.AlreadySent;

    /// <summary>Reads the letters once more, now for their payloads. A record with several letters is sent once.</summary>
    private async Task SendAsync(Dictionary<DeadLetterPosition, DeadLetterState> chosen, List<ReplayedLetter> outcomes, CancellationToken cancellationToken)
    {
        var sent = new Dictionary<RecordPlace, (ReplayOutcome Outcome, string? To)>();
        var started = clock.GetTimestamp();
        foreach (var entry in store.Read(cancellationToken))
        {
            if (!chosen.Remove(entry.Position, out var state))
            {
                continue;
            }

            var record = state.Letter.Place with { Index = -1, Replays = 0 };
            var place = state.Letter.Place with { Replays = state.Replays + 1 };
            if (!sent.TryGetValue(record, out var result))
            {
                result = Send(entry, place, cancellationToken);
                sent.Add(record, result);
                var due = TimeSpan.FromSeconds((double)sent.Count / RecordsPerSecond) - clock.GetElapsedTime(started);
                if (due > TimeSpan.Zero)
                {
                    await Task.Delay(due, clock, cancellationToken).ConfigureAwait(false);
                }
            }

            if (result.To is not null)
            {
                store.NoteReplay(place, result.To, cancellationToken);
            }

            outcomes.Add(new ReplayedLetter(state, result.Outcome, result.To));
            if (chosen.Count == 0)
            {
                break;
            }
        }
    }

    private (ReplayOutcome Outcome, string? To) Send(StoredDeadLetter letter, RecordPlace place, CancellationToken cancellationToken)
    {
        var payload = Corrected is null ? letter.Payload : Corrected.AsMemory();
        if (Corrected is null && letter.IsTruncated)
        {
            var whole = target.Recover(place, cancellationToken);
            if (whole is null || Convert.ToHexStringLower(SHA256.HashData(whole)) != letter.Sha256)
            {
                return (ReplayOutcome.Truncated, null);
            }

            payload = whole;
        }

        var to = target.Send(place, payload, cancellationToken);
        return (to is null ? ReplayOutcome.TooLarge : ReplayOutcome.Sent, to);
    }
}
