using TrailStream.Core.Attribution;

namespace TrailStream.Pipeline.Store;

/// <summary>What the questions to all stores have in common.</summary>
internal static class StoreQuestion
{
    /// <summary>Reasons of documents that the other account's record of a grant makes better.</summary>
    public static readonly string[] HalfTold =
    [
        Codes.NameOf(AttributionReason.AwaitingTwin),
        Codes.NameOf(AttributionReason.ExternalAccount),
        Codes.NameOf(AttributionReason.TwinMatched),
    ];
}
