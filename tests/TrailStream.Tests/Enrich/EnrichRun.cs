using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Time.Testing;
using TrailStream.Enrich;

namespace TrailStream.Tests.Enrich;

/// <summary>A folder of inputs and what enrich makes of it.</summary>
internal sealed class EnrichRun : IDisposable
{
    public string Folder { get; } = Directory.CreateTempSubdirectory("trailstream").FullName;

    public FakeTimeProvider Clock { get; } = new(Fixtures.Start);

    public int ExitCode { get; private set; } = -1;

    public string Summary { get; private set; } = "";

    public string[] Lines { get; private set; } = [];

    public string[] Ids => [.. Lines.Select(line => Parse(line).GetProperty("eventID").GetString()!)];

    public string[] Statuses => [.. Lines.Select(StatusOf)];

    public static string StatusOf(string line) =>
        Parse(line).GetProperty("trailstream").GetProperty("attribution").GetProperty("status").GetString()!;

    public string Write(string name, byte[] content)
    {
        var path = Path.Combine(Folder, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, content);
        return path;
    }

    public string Write(string name, params string[] lines) => Write(name, Encoding.UTF8.GetBytes(string.Join('\n', lines)));

    public Task RunAsync(params string[] paths) => RunAsync(new EnrichArguments { Paths = paths.Length == 0 ? [Folder] : paths });

    public async Task RunAsync(EnrichArguments arguments)
    {
        var stdout = new MemoryStream();
        using var stderr = new StringWriter();
        ExitCode = await EnrichVerb.RunAsync(arguments, stderr, stdout, Clock, CancellationToken.None);
        Summary = stderr.ToString();
        Lines = Encoding.UTF8.GetString(stdout.ToArray()).Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    public static JsonElement Parse(string line)
    {
        using var document = JsonDocument.Parse(line);
        return document.RootElement.Clone();
    }

    public void Dispose() => Directory.Delete(Folder, recursive: true);
}
