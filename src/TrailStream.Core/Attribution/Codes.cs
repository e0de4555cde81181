using System.Text;

namespace TrailStream.Core.Attribution;

/// <summary>The enums' names as they stand in documents, metrics and filters: snake_case, made once.</summary>
public static class Codes
{
    private static readonly string[] Statuses = NamesOf<AttributionStatus>();
    private static readonly string[] Methods = NamesOf<AttributionMethod>();
    private static readonly string[] Confidences = NamesOf<AttributionConfidence>();
    private static readonly string[] Reasons = NamesOf<AttributionReason>();
    private static readonly byte[][] StatusBytes = BytesOf(Statuses);
    private static readonly byte[][] MethodBytes = BytesOf(Methods);
    private static readonly byte[][] ConfidenceBytes = BytesOf(Confidences);
    private static readonly byte[][] ReasonBytes = BytesOf(Reasons);
    private static readonly byte[][] WorkloadBytes = BytesOf(NamesOf<Sessions.WorkloadType>());
    private static readonly byte[][] OriginTypeBytes = BytesOf(Enum.GetNames<OriginType>());

    public static string NameOf(AttributionStatus status) => Statuses[(int)status];

    public static string NameOf(AttributionMethod method) => Methods[(int)method];

    public static string NameOf(AttributionConfidence confidence) => Confidences[(int)confidence];

    public static string NameOf(AttributionReason reason) => Reasons[(int)reason];

    /// <summary>PascalCase to snake_case: AccessKey → access_key.</summary>
    public static string SnakeCase(string name)
    {
        var text = new StringBuilder(name.Length + 4);
        foreach (var c in name)
        {
            if (char.IsUpper(c) && text.Length > 0)
            {
                text.Append('_');
            }

            text.Append(char.ToLowerInvariant(c));
        }

        return text.ToString();
    }

    internal static ReadOnlySpan<byte> Of(AttributionStatus status) => StatusBytes[(int)status];

    internal static ReadOnlySpan<byte> Of(AttributionMethod method) => MethodBytes[(int)method];

    internal static ReadOnlySpan<byte> Of(AttributionConfidence confidence) => ConfidenceBytes[(int)confidence];

    internal static ReadOnlySpan<byte> Of(AttributionReason reason) => ReasonBytes[(int)reason];

    internal static ReadOnlySpan<byte> Of(Sessions.WorkloadType type) => WorkloadBytes[(int)type];

    internal static ReadOnlySpan<byte> Of(OriginType type) => OriginTypeBytes[(int)type];

    private static string[] NamesOf<T>()
        where T : struct, Enum => [.. Enum.GetNames<T>().Select(SnakeCase)];

    private static byte[][] BytesOf(string[] names) => [.. names.Select(Encoding.UTF8.GetBytes)];
}
