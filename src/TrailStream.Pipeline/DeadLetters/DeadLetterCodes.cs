using System.Reflection;
using TrailStream.Core.Attribution;
using TrailStream.Core.CloudTrail;

namespace TrailStream.Pipeline.DeadLetters;

/// <summary>Names of reasons and stages as they stand in headers, metrics and filters.</summary>
public static class DeadLetterCodes
{
    private static readonly string[] Reasons = [.. Enum.GetNames<DeadLetterReason>().Select(Codes.SnakeCase)];
    private static readonly string[] Stages = [.. Enum.GetNames<DeadLetterStage>().Select(Codes.SnakeCase)];

    /// <summary>All reasons, in the order of the enum.</summary>
    public static IReadOnlyList<string> ReasonNames => Reasons;

    private static readonly Dictionary<string, ReasonDocAttribute> Docs = Enum.GetValues<DeadLetterReason>().ToDictionary(
        NameOf, reason => typeof(DeadLetterReason).GetField(reason.ToString())!.GetCustomAttribute<ReasonDocAttribute>()!);

    public static string NameOf(DeadLetterReason reason) => Reasons[(int)reason];

    public static string NameOf(DeadLetterStage stage) => Stages[(int)stage];

    /// <summary>What a reason means and what to do; null for one that this version does not know.</summary>
    public static ReasonDocAttribute? DocOf(string reason) => Docs.GetValueOrDefault(reason);

    /// <summary>The reason of a piece that gave no event. Messages of the transport itself are dropped and counted, never dead letters.</summary>
    public static DeadLetterReason ReasonOf(DecodeStatus status) => status switch
    {
        DecodeStatus.Pointer => DeadLetterReason.Pointer,
        DecodeStatus.Digest => DeadLetterReason.Digest,
        DecodeStatus.NotCloudTrail => DeadLetterReason.NotCloudTrail,
        DecodeStatus.BadJson => DeadLetterReason.BadJson,
        DecodeStatus.BadCompression => DeadLetterReason.BadCompression,
        DecodeStatus.Bomb => DeadLetterReason.Bomb,
        DecodeStatus.TooLarge => DeadLetterReason.TooLarge,
        DecodeStatus.TooDeep => DeadLetterReason.TooDeep,
        DecodeStatus.TooManyEvents => DeadLetterReason.TooManyEvents,
        DecodeStatus.DuplicateMembers => DeadLetterReason.DuplicateMembers,
        DecodeStatus.BadTime => DeadLetterReason.BadTime,
        _ => throw new ArgumentOutOfRangeException(nameof(status), status, "No dead letter comes of it."),
    };
}
