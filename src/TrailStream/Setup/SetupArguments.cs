using TrailStream.Pipeline.Setup;

namespace TrailStream.Setup;

/// <summary>Where the cluster, or Kibana, is and who asks: the same flags for all of `setup`.</summary>
internal sealed record ConnectionArguments(string? Url, string? Username, string? PasswordFile, string? ApiKeyFile, string? CaFile)
{
    /// <summary>Credentials on the command line replace all that the configuration has: those are the stream's, and may not set up.</summary>
    public bool HasCredentials => Username is not null || ApiKeyFile is not null;
}

/// <summary>What `setup elasticsearch` and `setup opensearch` were told.</summary>
internal sealed record SetupArguments
{
    public required bool IsOpenSearch { get; init; }

    public required ConnectionArguments Connection { get; init; }

    /// <summary>YAML file of the stream, or null.</summary>
    public string? Config { get; init; }

    public IReadOnlyList<string> Set { get; init; } = [];

    public required SetupChoices Choices { get; init; }

    /// <summary>File for the key; "-" for standard output; null for the terminal, or no key where there is none.</summary>
    public string? ApiKeyOut { get; init; }

    public int ApiKeyDays { get; init; }

    public bool IsDryRun { get; init; }

    public bool IsPrint { get; init; }
}
