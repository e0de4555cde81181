using TrailStream.Core.CloudTrail;
using TrailStream.Pipeline.Sinks;

namespace TrailStream.Pipeline.DeadLetters;

/// <summary>The pieces of a record that gave no event become one dead letter, whatever their number: a record of a thousand bad pieces must not become
/// a thousand copies of itself.</summary>
public static class DecodeLetters
{
    /// <summary>Pieces named in the detail; the rest is counted.</summary>
    private const int PiecesMax = 10;

    /// <summary>The dead letter of one record; null when all it holds besides events are messages of the transport.</summary>
    /// <param name="failures">The failures of this record and no other.</param>
    /// <param name="payload">The record's original bytes.</param>
    /// <param name="place">Where it stood.</param>
    public static DeadLetter? Of(ReadOnlySpan<DecodeFailure> failures, ReadOnlyMemory<byte> payload, RecordPlace place)
    {
        DeadLetterReason? first = null;
        var bad = 0;
        var pieces = new List<string>();
        foreach (var failure in failures)
        {
            if (failure.Status == DecodeStatus.Control)
            {
                continue;
            }

            var reason = DeadLetterCodes.ReasonOf(failure.Status);
            first ??= reason;
            if (bad++ < PiecesMax)
            {
                pieces.Add($"{DeadLetterCodes.NameOf(reason)} at byte {failure.Position}");
            }
        }

        return first is { } why
            ? new DeadLetter(payload, why, DeadLetterStage.Decode, string.Join("; ", pieces) + (bad > PiecesMax ? $"; {bad} pieces in all" : ""), place)
            : null;
    }

    /// <summary>The number of failures from <paramref name="first"/> on that belong to the same record.</summary>
    public static int RunLength(IReadOnlyList<DecodeFailure> failures, int first)
    {
        var end = first + 1;
        while (end < failures.Count && failures[end].Source == failures[first].Source)
        {
            end++;
        }

        return end - first;
    }
}
