namespace TrailStream.Pipeline.DeadLetters;

/// <summary>Place of an entry among the dead letters: partition and offset in a topic, 0 and the line's number in a file.</summary>
public readonly record struct DeadLetterPosition(int Partition, long Offset);

/// <summary>A dead letter as it was read back, or the note that one was sent again.</summary>
public sealed record StoredDeadLetter
{
    /// <summary>Where its record stood when it was first read; the number of replays is the one that it had then.</summary>
    public required RecordPlace Place { get; init; }

    public required DeadLetterPosition Position { get; init; }

    /// <summary>A <see cref="DeadLetterReason"/> in snake_case, or what another version wrote.</summary>
    public required string Reason { get; init; }

    public required string Stage { get; init; }

    public required string Detail { get; init; }

    public string? EventId { get; init; }

    public string? Sink { get; init; }

    public int? StoreStatus { get; init; }

    public string? StoreIndex { get; init; }

    public int Attempts { get; init; }

    public required DateTimeOffset FirstSeen { get; init; }

    public string? AppVersion { get; init; }

    /// <summary>True when the payload is only the beginning of the record.</summary>
    public bool IsTruncated { get; init; }

    /// <summary>Of the whole record, in hexadecimal; only where it is truncated.</summary>
    public string? Sha256 { get; init; }

    /// <summary>Where the record was sent: then this is no letter but the note of its replay.</summary>
    public string? ReplayedTo { get; init; }

    /// <summary>The record's bytes. Kept by nobody who only lists.</summary>
    public ReadOnlyMemory<byte> Payload { get; init; }

    public bool IsReplayNote => ReplayedTo is not null;
}
