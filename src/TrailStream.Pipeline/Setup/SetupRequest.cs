namespace TrailStream.Pipeline.Setup;

/// <summary>What the set-up of a cluster shall do.</summary>
public sealed record SetupRequest
{
    /// <summary>Expected kind of server: templates of the one break the other.</summary>
    public required bool IsOpenSearch { get; init; }

    public SetupChoices Choices { get; init; } = new();

    /// <summary>Looks and reports; changes nothing.</summary>
    public bool IsDryRun { get; init; }

    /// <summary>Makes the writer's API key where the cluster has keys.</summary>
    public bool WithApiKey { get; init; } = true;

    /// <summary>File that takes the key; null to hand it back in the report.</summary>
    public string? ApiKeyFile { get; init; }

    /// <summary>Days the key is valid; 0 for ever.</summary>
    public int ApiKeyDays { get; init; } = 90;
}

/// <summary>What a set-up did.</summary>
/// <param name="Server">"Elasticsearch 8.19.16".</param>
/// <param name="Rows">In the order of doing.</param>
/// <param name="ApiKey">A new key that went to no file: shown once, never logged.</param>
public sealed record SetupReport(string Server, IReadOnlyList<SetupRow> Rows, string? ApiKey)
{
    public bool Failed => Rows.Any(row => row.Outcome == SetupOutcome.Failed);
}
