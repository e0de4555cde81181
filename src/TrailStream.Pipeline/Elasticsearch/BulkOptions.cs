using TrailStream.Core.Documents;

namespace TrailStream.Pipeline.Elasticsearch;

/// <summary>How to reach Elasticsearch or OpenSearch.</summary>
public sealed record BulkOptions
{
    public required IReadOnlyList<Uri> Urls { get; init; }

    public string? Username { get; init; }

    public string? Password { get; init; }

    /// <summary>File with the password; read again whenever the server refuses.</summary>
    public string? PasswordFile { get; init; }

    /// <summary>base64 of id:key.</summary>
    public string? ApiKey { get; init; }

    /// <summary>File with the API key; read again whenever the server refuses.</summary>
    public string? ApiKeyFile { get; init; }

    /// <summary>PEM of the authority that signed the server's certificate.</summary>
    public string? CaFile { get; init; }

    /// <summary>Off on a LAN: compressing costs more than it saves there.</summary>
    public bool Gzip { get; init; }

    public DocumentForm Form { get; init; } = DocumentForm.Ecs;

    /// <summary>Installs the index template where it is missing or older.</summary>
    public bool Setup { get; init; } = true;

    /// <summary>Two requests in flight were as fast as four, and each holds this much.</summary>
    public int GroupBytes { get; init; } = 5 << 20;

    public int InFlight { get; init; } = 2;

    /// <summary>A server that answers nothing for this long is asked again elsewhere; repeating is harmless.</summary>
    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromSeconds(30);
}
