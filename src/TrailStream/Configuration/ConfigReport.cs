namespace TrailStream.Configuration;

/// <summary>What <c>config show</c> and <c>config validate</c> print.</summary>
internal static class ConfigReport
{
    /// <returns>78.</returns>
    public static int Errors(ConfigReader reader, TextWriter output)
    {
        foreach (var error in reader.Errors)
        {
            output.WriteLine($"configuration: {error}");
        }

        return Cli.CommandLine.WrongConfiguration;
    }

    /// <summary>Every key, also those without a value; mistakes at the end.</summary>
    public static int Show(ConfigReader reader, TextWriter output)
    {
        foreach (var key in ConfigKeys.All)
        {
            var value = reader.Values.GetValueOrDefault(key.Name);
            var shown = value is null ? "(not set)" : key.Kind == ConfigKind.Secret ? "(secret)" : value.Value;
            output.WriteLine($"{key.Name,-30} {shown,-24} {value?.Source ?? ""}");
            output.WriteLine($"{"",-30} {key.Description} {char.ToUpperInvariant(key.Allowed[0])}{key.Allowed[1..]}. {key.EnvironmentVariable}");
        }

        foreach (var (name, value) in reader.Values.Where(pair => pair.Key.StartsWith(ConfigKeys.ClientPrefix, StringComparison.Ordinal)))
        {
            var secret = name.Contains("password", StringComparison.Ordinal) || name.Contains("secret", StringComparison.Ordinal);
            output.WriteLine($"{name,-30} {(secret ? "(secret)" : value.Value),-24} {value.Source}");
        }

        foreach (var error in reader.Errors)
        {
            output.WriteLine($"mistake: {error}");
        }

        return 0;
    }
}
