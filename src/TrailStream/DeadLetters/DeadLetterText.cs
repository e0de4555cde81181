using System.Text.Json.Nodes;
using TrailStream.Pipeline.DeadLetters;

namespace TrailStream.DeadLetters;

/// <summary>Dead letters as JSON and in the words of tables.</summary>
internal static class DeadLetterText
{
    public static JsonObject Json(DeadLetterState state)
    {
        var letter = state.Letter;
        return new JsonObject
        {
            ["record"] = letter.Place.ToString(),
            ["key"] = letter.Place.Key,
            ["reason"] = letter.Reason,
            ["stage"] = letter.Stage,
            ["detail"] = letter.Detail,
            ["topic"] = letter.Place.Source,
            ["partition"] = letter.Place.Partition,
            ["offset"] = letter.Place.Offset,
            ["record_index"] = letter.Place.Index < 0 ? null : letter.Place.Index,
            ["event_id"] = letter.EventId,
            ["sink"] = letter.Sink,
            ["es_status"] = letter.StoreStatus,
            ["es_index"] = letter.StoreIndex,
            ["attempts"] = letter.Attempts,
            ["first_seen"] = DeadLetterFields.Time(letter.FirstSeen),
            ["app_version"] = letter.AppVersion,
            ["bytes"] = state.PayloadBytes,
            ["truncated"] = letter.IsTruncated,
            ["replay_count"] = state.Replays,
            ["replayed_to"] = state.ReplayedTo,
            ["replayed_at"] = state.ReplayedAt is { } at ? DeadLetterFields.Time(at) : null,
        };
    }

    public static string Size(long bytes) => bytes switch
    {
        < 1024 => $"{bytes} B",
        < 1 << 20 => $"{bytes / 1024.0:0.0} KB",
        _ => $"{bytes / 1024.0 / 1024:0.0} MB",
    };

    public static string NameOf(ReplayOutcome outcome) => outcome switch
    {
        ReplayOutcome.Sent => "sent",
        ReplayOutcome.AlreadySent => "sent before",
        ReplayOutcome.TooOften => "came back too often",
        ReplayOutcome.Truncated => "only a part is kept",
        ReplayOutcome.NoRecord => "holds no record",
        ReplayOutcome.TooLarge => "too large for the topic",
        _ => throw new ArgumentOutOfRangeException(nameof(outcome), outcome, "No outcome."),
    };

    /// <summary>What a person can do about letters that were not sent; null where nothing has to be done.</summary>
    public static string? AdviceOn(ReplayOutcome outcome) => outcome switch
    {
        ReplayOutcome.AlreadySent => "Those that were sent before have not come back. --again sends them once more, which doubles nothing.",
        ReplayOutcome.TooOften => $"Records that came back {DeadLetterReplay.ReplaysMax} times are not sent again: `dlq show` says why they come back.",
        ReplayOutcome.Truncated => "Of some only the beginning is kept and the record is gone from its topic: fetch it from S3, and send it with --with FILE.",
        ReplayOutcome.NoRecord => "Some hold no record: `dlq show` says why.",
        ReplayOutcome.TooLarge => "Raise the topic's max.message.bytes for the large ones.",
        _ => null,
    };
}
