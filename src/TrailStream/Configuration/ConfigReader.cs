using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace TrailStream.Configuration;

/// <summary>A value and where it came from: <c>default</c>, <c>FILE:LINE</c>, <c>env NAME</c>, <c>--set</c>.</summary>
internal sealed record ConfigValue(string Value, string Source);

/// <summary>Which verb reads the configuration.</summary>
internal enum ConfigScope
{
    /// <summary>`run`, `verify` and `config`: source and destination are required.</summary>
    Stream,

    /// <summary>Verbs that speak to Kafka alone.</summary>
    Kafka,

    /// <summary>Verbs that speak to Elasticsearch alone.</summary>
    Elasticsearch,
}

/// <summary>Reads the file, the environment and the command line, in that order of precedence. Collects every mistake.</summary>
internal sealed class ConfigReader
{
    private readonly Dictionary<string, ConfigValue> _values = [];
    private readonly List<string> _errors = [];

    public IReadOnlyDictionary<string, ConfigValue> Values => _values;

    /// <summary>All mistakes, one line each.</summary>
    public IReadOnlyList<string> Errors => _errors;

    /// <param name="file">The YAML file; null for none.</param>
    /// <param name="environment">All environment variables.</param>
    /// <param name="settings">Texts of the form key=value.</param>
    /// <param name="scope">What the verb that asks cannot do without.</param>
    public static ConfigReader Read(
        string? file, IReadOnlyDictionary<string, string> environment, IReadOnlyList<string> settings, ConfigScope scope = ConfigScope.Stream)
    {
        var reader = new ConfigReader();
        foreach (var key in ConfigKeys.All.Where(key => key.Default is not null))
        {
            reader._values[key.Name] = new ConfigValue(key.Default!, "default");
        }

        if (file is not null)
        {
            reader.ReadFile(file);
        }

        reader.ReadEnvironment(environment);
        foreach (var setting in settings)
        {
            var equals = setting.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0)
            {
                reader._errors.Add($"--set {setting}: must be key=value, for instance --set kafka.brokers=127.0.0.1:9092");
                continue;
            }

            reader.Set(setting[..equals].Trim(), setting[(equals + 1)..].Trim(), "--set");
        }

        reader.Validate(scope);
        return reader;
    }

    private void ReadFile(string file)
    {
        var yaml = new YamlStream();
        try
        {
            using var text = new StreamReader(file);
            yaml.Load(text);
        }
        catch (YamlException e)
        {
            _errors.Add($"{file}:{e.Start.Line}: not valid YAML: {e.Message}");
            return;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _errors.Add($"{file}: cannot be read: {e.Message}");
            return;
        }

        if (yaml.Documents.Count > 0)
        {
            Flatten(file, "", yaml.Documents[0].RootNode);
        }
    }

    /// <summary><c>kafka: { brokers: … }</c> → <c>kafka.brokers</c>; lists become comma-separated.</summary>
    private void Flatten(string file, string path, YamlNode node)
    {
        switch (node)
        {
            case YamlMappingNode mapping:
                foreach (var (key, value) in mapping.Children)
                {
                    Flatten(file, path.Length == 0 ? key.ToString() : $"{path}.{key}", value);
                }

                break;
            case YamlSequenceNode list:
                Set(path, string.Join(",", list.Children.Select(item => item.ToString())), $"{file}:{node.Start.Line}");
                break;
            case YamlScalarNode { Value: { Length: > 0 } text }:
                Set(path, text, $"{file}:{node.Start.Line}");
                break;
            default:
                break;
        }
    }

    private void ReadEnvironment(IReadOnlyDictionary<string, string> environment)
    {
        foreach (var (name, value) in environment.Where(pair => pair.Key.StartsWith("TRAILSTREAM_", StringComparison.Ordinal) && pair.Key.Contains("__")).OrderBy(pair => pair.Key))
        {
            Set(name["TRAILSTREAM_".Length..].ToLowerInvariant().Replace("__", ".", StringComparison.Ordinal), value, $"env {name}");
        }
    }

    private void Set(string name, string value, string source)
    {
        if (name.StartsWith(ConfigKeys.ClientPrefix, StringComparison.Ordinal))
        {
            var property = name[ConfigKeys.ClientPrefix.Length..];
            if (ConfigKeys.ClientDenied.Contains(property))
            {
                _errors.Add($"{source}: {name} cannot be set: settlement depends on it.");
                return;
            }

            _values[name] = new ConfigValue(value, source);
            return;
        }

        if (!ConfigKeys.ByName.ContainsKey(name))
        {
            var near = ConfigKeys.All.Select(key => key.Name).MinBy(known => Distance(name, known))!;
            _errors.Add($"{source}: there is no key {name}." + (Distance(name, near) <= 4 ? $" Did you mean {near}?" : " `trailstream config show` lists them all."));
            return;
        }

        _values[name] = new ConfigValue(value, source);
    }

    private void Validate(ConfigScope scope)
    {
        foreach (var (name, value) in _values)
        {
            if (ConfigKeys.ByName.TryGetValue(name, out var key) && !IsAllowed(key, value.Value))
            {
                var given = key.Kind == ConfigKind.Secret ? "" : $" is \"{value.Value}\"";
                _errors.Add($"{value.Source}: {name}{given}, must be {key.Allowed}. Example: {name}: {key.Example}");
            }
        }

        if (scope is not ConfigScope.Elasticsearch)
        {
            Require("kafka.brokers");
        }

        if (scope is ConfigScope.Stream)
        {
            RequireSink();
        }

        Exclude("elasticsearch.api_key", "elasticsearch.api_key_file");
        Exclude("elasticsearch.password", "elasticsearch.password_file");
        Exclude("kafka.password", "kafka.password_file");
        ValidateUrls();
        if (_values.TryGetValue("sessions.snapshot", out var snapshot) && _values["sessions.enabled"].Value == "false")
        {
            _errors.Add($"{snapshot.Source}: sessions.snapshot goes with the sessions topic: set sessions.enabled to true, or leave it out.");
        }
    }

    private void RequireSink()
    {
        string[] sinks = ["elasticsearch.urls", "output_topic.name", "sqlite.path", "ndjson.path"];
        if (!sinks.Any(_values.ContainsKey))
        {
            _errors.Add($"no sink: set at least one of {string.Join(", ", sinks)}. Example: elasticsearch.urls: http://127.0.0.1:9200");
        }
    }

    /// <summary>What is wrong with an address, without its source; null when nothing is.</summary>
    public static string? UrlError(string text, bool withCredentials) =>
        !Uri.TryCreate(text, UriKind.Absolute, out var url) || url.Scheme is not ("http" or "https") || url.UserInfo.Length > 0
            ? "must hold http:// or https:// addresses without user and password. Example: https://es-1:9200"
            : url.Scheme == "http" && withCredentials && !url.IsLoopback
                ? $"names {url.Host}, which would get credentials in clear; use https."
                : null;

    private void ValidateUrls()
    {
        if (!_values.TryGetValue("elasticsearch.urls", out var urls))
        {
            return;
        }

        var withCredentials = _values.Keys.Any(key => key is "elasticsearch.password" or "elasticsearch.password_file" or "elasticsearch.api_key" or "elasticsearch.api_key_file");
        foreach (var text in urls.Value.Split(',', StringSplitOptions.TrimEntries))
        {
            if (UrlError(text, withCredentials) is { } error)
            {
                _errors.Add($"{urls.Source}: elasticsearch.urls {error}");
            }
        }
    }

    private void Require(string name)
    {
        if (!_values.ContainsKey(name))
        {
            var key = ConfigKeys.ByName[name];
            _errors.Add($"{name} is required (env {key.EnvironmentVariable}, or --set). Example: {name}: {key.Example}");
        }
    }

    private void Exclude(string one, string other)
    {
        if (_values.ContainsKey(one) && _values.ContainsKey(other))
        {
            _errors.Add($"{one} and {other} are both set; keep one.");
        }
    }

    private static bool IsAllowed(ConfigKey key, string value) => key.Kind switch
    {
        ConfigKind.Flag => value is "true" or "false",
        ConfigKind.Count => long.TryParse(value, out var count) && count >= key.Range.Min && count <= key.Range.Max,
        ConfigKind.Size => Units.TryParseSize(value, out var size) && size >= key.Range.Min && size <= key.Range.Max,
        ConfigKind.Duration => Units.TryParseDuration(value, out var duration) && duration.TotalSeconds >= key.Range.Min && duration.TotalSeconds <= key.Range.Max,
        ConfigKind.Choice => key.Choices.Contains(value),
        _ => value.Length > 0,
    };

    /// <summary>Edits between two keys (Levenshtein).</summary>
    private static int Distance(string a, string b)
    {
        var row = Enumerable.Range(0, b.Length + 1).ToArray();
        for (var i = 1; i <= a.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var cost = Math.Min(Math.Min(row[j], row[j - 1]) + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1));
                diagonal = row[j];
                row[j] = cost;
            }
        }

        return row[^1];
    }
}
