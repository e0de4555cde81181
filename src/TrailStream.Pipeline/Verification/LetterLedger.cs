using TrailStream.Pipeline.DeadLetters;

namespace TrailStream.Pipeline.Verification;

/// <summary>Which records and events are among the dead letters.</summary>
internal sealed class LetterLedger
{
    /// <summary>About 300 bytes each. So many are no accident of single events, and are to be looked at first.</summary>
    public const int LettersMax = 2_000_000;

    private readonly Dictionary<RecordPlace, Entry> _letters = [];
    private readonly HashSet<string> _refusedCorrections = new(StringComparer.Ordinal);

    /// <exception cref="IOException">There are too many, or they cannot be read.</exception>
    public static LetterLedger Read(IDeadLetterStore store, CancellationToken cancellationToken)
    {
        var ledger = new LetterLedger();
        foreach (var letter in store.Read(cancellationToken))
        {
            if (!letter.IsReplayNote)
            {
                ledger.Add(letter);
            }
        }

        return ledger;
    }

    /// <summary>True when the record as a whole is there, and has come there again after its last replay.</summary>
    public bool Has(RecordPlace place) => _letters.TryGetValue(place with { Index = -1, Replays = 0 }, out var entry) && entry.Replays >= place.Replays;

    /// <summary>True when a document of the event is there that this destination refused.</summary>
    public bool Has(in SoughtEvent sought, string destination) =>
        _letters.TryGetValue(sought.Place with { Replays = 0 }, out var entry) && (entry.Sinks is null || entry.Sinks.Contains(destination));

    /// <summary>True when a destination refused a correction of the event: what stands there is older.</summary>
    public bool HasRefusedCorrection(string id) => _refusedCorrections.Contains(id);

    private void Add(StoredDeadLetter letter)
    {
        if (_letters.Count + _refusedCorrections.Count >= LettersMax)
        {
            throw new IOException($"There are more than {LettersMax:N0} dead letters: look at `trailstream dlq list` first.");
        }

        if (letter.Place.Source.StartsWith("event:", StringComparison.Ordinal))
        {
            _refusedCorrections.Add(letter.Place.Source["event:".Length..]);
            return;
        }

        var place = letter.Place with { Replays = 0 };
        var known = _letters.GetValueOrDefault(place);
        _letters[place] = new Entry(
            Math.Max(known.Replays, letter.Place.Replays), letter.Sink is null ? known.Sinks : [.. (known.Sinks ?? []).Append(letter.Sink).Distinct()]);
    }

    private readonly record struct Entry(int Replays, string[]? Sinks);
}
