using TrailStream.Core.Attribution;

namespace TrailStream.Testing.Oracle;

/// <summary>The oracle's verdict when all evidence is in.</summary>
public sealed class OracleVerdict
{
    public required AttributionStatus Status { get; init; }

    public required AttributionMethod Method { get; init; }

    /// <summary>Null where nobody is proven.</summary>
    public OracleOrigin? Origin { get; init; }

    /// <summary>Hops from the origin's end to the acting session; each the event ids of one grant (its record in both accounts).</summary>
    public IReadOnlyList<IReadOnlyList<string>> Chain { get; init; } = [];

    /// <summary>Ids of the events in which Identity Center names the origin; one of them is the evidence. Empty where it does not.</summary>
    public IReadOnlyList<string> Statements { get; init; } = [];

    /// <summary>Codes that are right. Several where several checks fail at once, or where two codes say the same.</summary>
    public required IReadOnlyList<AttributionReason> Reasons { get; init; }

    public override string ToString() =>
        $"{Status} {Method} {Origin} [{string.Join(" > ", Chain.Select(hop => string.Join("+", hop)))}] {string.Join("|", Reasons)}";
}
