namespace TrailStream.Pipeline.DeadLetters;

/// <summary>Which dead letters are meant; what is null does not matter.</summary>
public sealed record DeadLetterFilter
{
    /// <summary>Reasons in snake_case; empty: all.</summary>
    public IReadOnlyList<string> Reasons { get; init; } = [];

    public DateTimeOffset? Since { get; init; }

    /// <summary>Topic (or file) that the records came from.</summary>
    public string? Source { get; init; }

    /// <summary>Keys; empty: all. A place without the number of an event means all of its record.</summary>
    public IReadOnlyList<RecordPlace> Places { get; init; } = [];

    public bool Matches(StoredDeadLetter letter) =>
        (Reasons.Count == 0 || Reasons.Contains(letter.Reason))
        && (Since is null || letter.FirstSeen >= Since)
        && (Source is null || letter.Place.Source == Source)
        && (Places.Count == 0 || Places.Any(place => Same(place, letter.Place)));

    private static bool Same(RecordPlace asked, RecordPlace place) =>
        asked.Source == place.Source && asked.Partition == place.Partition && asked.Offset == place.Offset && (asked.Index < 0 || asked.Index == place.Index);
}
