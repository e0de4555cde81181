using TrailStream.Pipeline.DeadLetters;

namespace TrailStream.Pipeline.Verification;

/// <summary>What a verification found. Each is a keyword in the JSON form.</summary>
public enum FindingKind : byte
{
    /// <summary>An event of the input is neither in the destination nor among the dead letters.</summary>
    Missing = 0,

    /// <summary>A record gave no event, or cannot be read, and no dead letter tells of it.</summary>
    MissingLetter,

    /// <summary>The destination holds more than one document of the event.</summary>
    Doubled,

    /// <summary>Two different events bear one eventID; a destination can hold only one of them.</summary>
    IdConflict,

    /// <summary>A document with more evidence was there before, or was refused.</summary>
    Older,

    /// <summary>Still <c>pending</c> although the time for evidence is over.</summary>
    Overdue,
}

/// <summary>One finding that is named.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Destination">Where; null where it concerns the input alone.</param>
/// <param name="Id">The event's id; null for a record without events.</param>
/// <param name="EventTime">eventTime, Unix seconds; null without an event.</param>
/// <param name="Place">Where it stands in the input.</param>
/// <param name="Other">The place of the other event in a conflict.</param>
public sealed record Finding(FindingKind Kind, string? Destination, string? Id, long? EventTime, RecordPlace Place, RecordPlace? Other = null);

/// <summary>Counts of one destination. Each distinct event is exactly one of indexed, dead-lettered and missing; the rest says more about the
/// indexed ones.</summary>
public sealed class DestinationCounts(string name)
{
    public string Name { get; } = name;

    public long Indexed { get; internal set; }

    public long DeadLettered { get; internal set; }

    public long Missing { get; internal set; }

    public long Doubled { get; internal set; }

    public long Older { get; internal set; }

    /// <summary>Pending, within the time for evidence.</summary>
    public long Pending { get; internal set; }

    public long Overdue { get; internal set; }

    /// <summary>Indexed as one text because the mapping refused the document.</summary>
    public long SafeForm { get; internal set; }
}

/// <summary>The outcome of a verification. Owned by the verifier while it runs.</summary>
public sealed class VerifyReport(IReadOnlyList<VerifiedRange> ranges, IReadOnlyList<DestinationCounts> destinations, int namedMax)
{
    private readonly List<Finding> _named = [];

    public IReadOnlyList<VerifiedRange> Ranges { get; } = ranges;

    public IReadOnlyList<DestinationCounts> Destinations { get; } = destinations;

    /// <summary>The first findings of each kind and destination.</summary>
    public IReadOnlyList<Finding> Named => _named;

    public long Records { get; internal set; }

    /// <summary>Records that were sent again by a replay.</summary>
    public long Replayed { get; internal set; }

    /// <summary>Records without a value.</summary>
    public long Tombstones { get; internal set; }

    /// <summary>Records that held messages of the transport and nothing else.</summary>
    public long Control { get; internal set; }

    /// <summary>Records (or pieces of them) that gave no event and are dead letters.</summary>
    public long DeadRecords { get; internal set; }

    /// <summary>The same without a dead letter.</summary>
    public long MissingLetters { get; internal set; }

    /// <summary>Events, repeated ones included.</summary>
    public long Events { get; internal set; }

    /// <summary>Events that stood in the range before, with the same body.</summary>
    public long Repeated { get; internal set; }

    public long IdConflicts { get; internal set; }

    /// <summary>False when there were more events than are remembered: beyond them repeated events and conflicts are not told.</summary>
    public bool RemembersAll { get; internal set; } = true;

    /// <summary>Nothing is missing, doubled or in conflict.</summary>
    public bool IsClean => MissingLetters == 0 && IdConflicts == 0 && Destinations.All(to => to.Missing == 0 && to.Doubled == 0);

    internal void Name(Finding finding)
    {
        if (_named.Count(named => named.Kind == finding.Kind && named.Destination == finding.Destination) < namedMax)
        {
            _named.Add(finding);
        }
    }
}
