using System.Globalization;

namespace TrailStream.Configuration;

/// <summary>Typed access to values that have been validated.</summary>
internal sealed class Settings(IReadOnlyDictionary<string, ConfigValue> values)
{
    public string? Text(string name) => values.TryGetValue(name, out var value) ? value.Value : null;

    public bool Flag(string name) => Text(name) == "true";

    public int Count(string name) => int.Parse(Text(name)!, CultureInfo.InvariantCulture);

    public long Size(string name) => Units.TryParseSize(Text(name)!, out var size) ? size : throw Invalid(name);

    public TimeSpan Duration(string name) => Units.TryParseDuration(Text(name)!, out var duration) ? duration : throw Invalid(name);

    /// <summary>librdkafka's own settings, prefix removed.</summary>
    public IEnumerable<KeyValuePair<string, string>> Client() => values
        .Where(pair => pair.Key.StartsWith(ConfigKeys.ClientPrefix, StringComparison.Ordinal))
        .Select(pair => KeyValuePair.Create(pair.Key[ConfigKeys.ClientPrefix.Length..], pair.Value.Value));

    private static InvalidOperationException Invalid(string name) => new($"{name} was not validated.");
}
