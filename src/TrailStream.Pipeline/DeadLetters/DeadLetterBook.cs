namespace TrailStream.Pipeline.DeadLetters;

/// <summary>One dead letter with what became of it.</summary>
/// <param name="Letter">The last letter of its place, without payload.</param>
/// <param name="PayloadBytes">Size of its payload.</param>
/// <param name="ReplayedTo">Where the record was sent after that letter; null when it was not.</param>
/// <param name="ReplayedAt">When.</param>
public sealed record DeadLetterState(StoredDeadLetter Letter, int PayloadBytes, string? ReplayedTo, DateTimeOffset? ReplayedAt)
{
    /// <summary>How often its record has been sent again by now.</summary>
    public int Replays { get; init; } = Letter.Place.Replays;

    public bool IsOpen => ReplayedTo is null;
}

/// <summary>What the dead letters say in the end: repeated letters of one place are one, and a note of its replay closes it until it comes back.</summary>
public sealed class DeadLetterBook
{
    /// <summary>Places remembered, about 500 bytes each; beyond it those that come later are only counted.</summary>
    public const int PlacesMax = 1_000_000;

    private readonly Dictionary<string, DeadLetterState> _states = new(StringComparer.Ordinal);

    private DeadLetterBook()
    {
    }

    public IReadOnlyCollection<DeadLetterState> States => _states.Values;

    /// <summary>Letters beyond <see cref="PlacesMax"/>.</summary>
    public long Forgotten { get; private set; }

    public static DeadLetterBook Read(IDeadLetterStore store, DeadLetterFilter filter, CancellationToken cancellationToken)
    {
        var book = new DeadLetterBook();
        foreach (var entry in store.Read(cancellationToken))
        {
            book.Add(entry, filter);
        }

        return book;
    }

    private void Add(StoredDeadLetter entry, DeadLetterFilter filter)
    {
        var key = entry.Place.Key;
        var known = _states.GetValueOrDefault(key);
        if (entry.IsReplayNote)
        {
            // By the counts and not by their order: notes may stand in another place than letters.
            if (known is not null && entry.Place.Replays > known.Letter.Place.Replays)
            {
                _states[key] = known with { ReplayedTo = entry.ReplayedTo, ReplayedAt = entry.FirstSeen, Replays = Math.Max(known.Replays, entry.Place.Replays) };
            }
        }
        else if (!filter.Matches(entry))
        {
            // It has come back for another reason, or for one that is not asked for.
            _states.Remove(key);
        }
        else if (known is null && _states.Count >= PlacesMax)
        {
            Forgotten++;
        }
        else
        {
            var letter = entry with { Payload = default };
            // A letter written again by a crash, not by a replay, tells nothing new about the replay.
            _states[key] = known is not null && entry.Place.Replays < known.Replays
                ? known with { Letter = letter, PayloadBytes = entry.Payload.Length }
                : new DeadLetterState(letter, entry.Payload.Length, null, null);
        }
    }
}
