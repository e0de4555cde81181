using System.Globalization;
using System.Text.Json;
using TrailStream.Core.Attribution;
using TrailStream.Core.Generation;
using TrailStream.Testing.Oracle;

namespace TrailStream.Testing.Worlds;

/// <summary>Holds a document's attribution against the generator's ground truth.</summary>
public static class TruthComparison
{
    /// <summary>Null when they agree, else what differs.</summary>
    public static string? Difference(TrailTruth truth, JsonElement actual)
    {
        var type = actual.TextAt("origin", "type");
        return actual.TextAt("status") != Codes.NameOf(truth.Status) ? "status"
            : (type.Length == 0 ? "Unknown" : type) != truth.OriginType.ToString() ? "origin type"
            : actual.TextAt("origin", "name") != (truth.OriginName ?? "") ? "origin name"
            : actual.TextAt("origin", "arn") != (truth.OriginArn ?? "") ? "origin arn"
            : actual.TextAt("origin", "id") != (truth.OriginId ?? "") ? "origin id"
            : truth.Reason is { } reason && actual.TextAt("reason") != Codes.NameOf(reason) ? "reason"
            : truth.SessionNameMatches is { } matches && actual.TextAt("session_name_matches_origin") != (matches ? "true" : "false") ? "session name"
            : truth.Status == AttributionStatus.Attributed ? ChainDifference(truth, actual) : null;
    }

    /// <summary>Of long chains the first and the last 15 hops are listed with their evidence.</summary>
    private static string? ChainDifference(TrailTruth truth, JsonElement actual)
    {
        if (actual.TextAt("depth") != truth.Depth.ToString(CultureInfo.InvariantCulture))
        {
            return "depth";
        }

        var ids = truth.GrantEventIds;
        var evidence = actual.EvidenceIds();
        return (ids.Count <= 16 ? ids : [ids[0], .. ids.TakeLast(15)]).TrueForAll(evidence.Contains) ? null : "evidence";
    }
}
