using TrailStream.Core.Attribution;
using TrailStream.Core.CloudTrail;

namespace TrailStream.Pipeline.Files;

/// <summary>Names of why an input, or a piece of one, gave no event.</summary>
public static class InputReasons
{
    /// <summary>The file is missing, may not be read, or breaks off while it is read.</summary>
    public const string Unreadable = "unreadable";

    private static readonly string[] Names = [.. Enum.GetNames<DecodeStatus>().Select(Codes.SnakeCase)];

    public static string NameOf(DecodeStatus status) => Names[(int)status];

    /// <summary>True for what is well formed and holds no event by its nature: it is counted, and is no error of reading.</summary>
    public static bool IsToldApart(DecodeStatus status) => status is DecodeStatus.Pointer or DecodeStatus.Digest or DecodeStatus.Control;
}
