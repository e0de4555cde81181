using TrailStream.Core.Documents;
using TrailStream.Pipeline.Files;
using TrailStream.Pipeline.Sinks;
using TrailStream.Pipeline.Sqlite;

namespace TrailStream.Enrich;

/// <summary>What <c>enrich</c> writes.</summary>
public enum EnrichForm : byte
{
    /// <summary>The original record plus one member <c>trailstream</c>.</summary>
    CloudTrail = 0,

    /// <summary>Elastic Common Schema.</summary>
    Ecs,

    /// <summary>Elastic Common Schema, each document after its action line: a body for <c>_bulk</c>.</summary>
    Bulk,
}

/// <summary>The verb <c>enrich</c> as it was asked for.</summary>
public sealed record EnrichArguments
{
    /// <summary>How long standard input holds back an unresolved event by default: most late grants come within seconds of live
    /// reading.</summary>
    public static readonly TimeSpan DefaultWait = TimeSpan.FromSeconds(30);

    /// <summary>Bytes of held-back events by default: some 100,000 events, small beside the memory of any machine that runs
    /// this.</summary>
    public const long DefaultMemoryBytes = 256L * 1024 * 1024;

    /// <summary>Below this the hold could not take a single chunk.</summary>
    public const long MinMemoryBytes = 4L * 1024 * 1024;

    /// <summary>Files, folders, patterns; or <c>-</c> alone.</summary>
    public required IReadOnlyList<string> Paths { get; init; }

    /// <summary>The output file; null or <c>-</c> is standard output.</summary>
    public string? Output { get; init; }

    public EnrichForm Form { get; init; }

    /// <summary>Choices about ECS documents; null where none was asked for. The form <see cref="EnrichForm.CloudTrail"/> leaves nothing to choose.</summary>
    public DocumentOptions? Documents { get; init; }

    /// <summary>SQLite file that takes the documents too.</summary>
    public string? Store { get; init; }

    /// <summary>File that gets what could not be decoded, a line each; appended.</summary>
    public string? DeadLetters { get; init; }

    public TimeSpan Wait { get; init; } = DefaultWait;

    public long MemoryBytes { get; init; } = DefaultMemoryBytes;

    /// <summary>No summary and no progress.</summary>
    public bool Quiet { get; init; }

    /// <summary>Standard error is a terminal that may show a moving line.</summary>
    public bool Terminal { get; init; }

    /// <summary>Columns of that terminal.</summary>
    public int Columns { get; init; } = 80;

    /// <summary>Threads that decode, attribute and write; 0 takes one a core.</summary>
    public int Workers { get; init; }

    /// <summary>Opens standard input.</summary>
    public Func<Stream> OpenStandardInput { get; init; } = Console.OpenStandardInput;

    /// <summary>Opens the sink behind <see cref="Store"/>.</summary>
    public Func<string, ISink> OpenStore { get; init; } = path => new SqliteSink(path);

    internal FileLimits Limits { get; init; } = FileLimits.Default;

    /// <summary>The form of a name as it stands on the command line: cloudtrail, ecs, bulk.</summary>
    public static bool TryParseForm(string name, out EnrichForm form)
    {
        EnrichForm? found = name switch
        {
            "cloudtrail" => EnrichForm.CloudTrail,
            "ecs" => EnrichForm.Ecs,
            "bulk" => EnrichForm.Bulk,
            _ => null,
        };
        form = found.GetValueOrDefault();
        return found is not null;
    }
}
