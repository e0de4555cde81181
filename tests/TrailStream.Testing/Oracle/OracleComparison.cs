using System.Text.Json;
using TrailStream.Core.Attribution;

namespace TrailStream.Testing.Oracle;

/// <summary>Holds a document's attribution against the oracle's verdict.</summary>
public static class OracleComparison
{
    /// <summary>Null when they agree, else what differs.</summary>
    public static string? Difference(OracleVerdict expected, JsonElement actual)
    {
        var reasons = expected.Reasons.Select(Codes.NameOf).ToList();
        if (!reasons.Contains(actual.TextAt("reason")))
        {
            return "reason";
        }

        if (actual.TextAt("status") != Codes.NameOf(expected.Status))
        {
            return "status";
        }

        if (expected.Status == AttributionStatus.Unattributed)
        {
            // How far the way up was known before it ended in a conflict or a circle is told or not: nobody is claimed.
            return OriginDifference(expected, actual);
        }

        return actual.TextAt("method") != Codes.NameOf(expected.Method) ? "method" : OriginDifference(expected, actual) ?? ChainDifference(expected, actual);
    }

    private static string? OriginDifference(OracleVerdict expected, JsonElement actual)
    {
        if (expected.Origin is not { } origin)
        {
            return actual.TryGetProperty("origin", out _) ? "an origin where there is none" : null;
        }

        var found = (string member) => actual.TextAt("origin", member);
        return origin.Type == OriginType.Unknown && origin.Name.Length == 0 ? null
            : found("type") != origin.Type.ToString() ? "origin type"
            : found("id") != origin.Id ? "origin id"
            : found("name") != origin.Name ? "origin name"
            : found("arn") != origin.Arn ? "origin arn"
            : found("account_id") != origin.Account ? "origin account"
            : null;
    }

    /// <summary>Every hop, in order, with a grant of the oracle's as its evidence. Of long chains the last 16 are listed, or the one that proves the
    /// origin and the last 15.</summary>
    private static string? ChainDifference(OracleVerdict expected, JsonElement actual)
    {
        var listed = actual.TryGetProperty("chain", out var chain) ? chain.EnumerateArray().Select(hop => hop.TextAt("event_id")).ToList() : [];
        var hops = expected.Chain.Count <= 16 || expected.Origin is null ? [.. expected.Chain.TakeLast(16)] : (List<IReadOnlyList<string>>)[expected.Chain[0], .. expected.Chain.TakeLast(15)];
        if (actual.TextAt("depth") != expected.Chain.Count.ToString(System.Globalization.CultureInfo.InvariantCulture))
        {
            return "depth";
        }

        if (listed.Count != hops.Count || hops.Zip(listed).Any(pair => !pair.First.Contains(pair.Second)))
        {
            return "chain";
        }

        var evidence = actual.EvidenceIds();

        if (expected.Statements.Count > 0 && !expected.Statements.Any(evidence.Contains))
        {
            return "evidence of the statement";
        }

        // A merged grant keeps the ids of its best record and of eight further ones.
        return hops.Any(hop => hop.Count <= 9 && !hop.All(evidence.Contains)) ? "evidence" : null;
    }
}
