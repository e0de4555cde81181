namespace TrailStream.Configuration;

/// <summary>What a value must be.</summary>
internal enum ConfigKind
{
    Text,
    Secret,
    Flag,
    Count,
    Size,
    Duration,
    Choice,
}

/// <summary>One key: the single definition that parsing, validation, help and <c>config show</c> are made from.</summary>
/// <param name="Name">Dotted, as in the file.</param>
/// <param name="Kind">What its value must be.</param>
/// <param name="Default">As it would be written; null for none.</param>
/// <param name="Description">What it does.</param>
/// <param name="Example">A value to copy.</param>
internal sealed record ConfigKey(string Name, ConfigKind Kind, string? Default, string Description, string Example)
{
    public IReadOnlyList<string> Choices { get; init; } = [];

    /// <summary>Smallest and largest value of a count, size (bytes) or duration (seconds).</summary>
    public (long Min, long Max) Range { get; init; } = (0, long.MaxValue);

    public string EnvironmentVariable => "TRAILSTREAM_" + Name.ToUpperInvariant().Replace(".", "__", StringComparison.Ordinal);

    public string Allowed => Kind switch
    {
        ConfigKind.Flag => "true or false",
        ConfigKind.Count => $"a whole number from {Range.Min}" + (Range.Max == long.MaxValue ? "" : $" to {Range.Max}"),
        ConfigKind.Size => "a size such as 512KB, 256MB, 1GB",
        ConfigKind.Duration => "a duration such as 500ms, 30s, 15m, 36h",
        ConfigKind.Choice => string.Join(", ", Choices),
        _ => "text",
    };
}
