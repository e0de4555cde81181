using TrailStream.Core.Attribution;

namespace TrailStream.Pipeline.Store;

/// <summary>What the questions to all stores have in common.</summary>
internal static class StoreQuestion
{
    /// <summary>Reasons of a grant's own document that the record of the other account, a new grant of the same key, makes better.</summary>
    public static readonly string[] HalfToldGrants =
    [
        Codes.NameOf(AttributionReason.AwaitingTwin),
        Codes.NameOf(AttributionReason.ExternalAccount),
        Codes.NameOf(AttributionReason.TwinMatched),
    ];
}
