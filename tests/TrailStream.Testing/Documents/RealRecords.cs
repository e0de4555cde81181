using System.IO.Compression;
using System.Text;
using System.Text.Json;

namespace TrailStream.Testing.Documents;

/// <summary>Every CloudTrail record in the shared set of real data, whatever its envelope: an object with eventName and eventSource.</summary>
public static class RealRecords
{
    private static readonly JsonDocumentOptions Options = new() { MaxDepth = 256, AllowTrailingCommas = true };

    private static readonly JsonSerializerOptions Compact = new() { MaxDepth = 256 };

    private static readonly Lazy<List<byte[]>?> Loaded = new(Load);

    /// <summary>The records, compact; null where the set is absent.</summary>
    public static IReadOnlyList<byte[]>? All => Loaded.Value;

    private static List<byte[]>? Load()
    {
        var folder = SharedData.Path("data", "cloudtrail");
        if (folder is null)
        {
            return null;
        }

        var records = new List<byte[]>();
        foreach (var path in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            if (Text(path) is { } text)
            {
                AddAll(text, path.Contains(".ndjson", StringComparison.Ordinal), records);
            }
        }

        return records;
    }

    private static string? Text(string path)
    {
        if (path.EndsWith(".gz", StringComparison.Ordinal))
        {
            using var unzipped = new StreamReader(new GZipStream(File.OpenRead(path), CompressionMode.Decompress));
            return unzipped.ReadToEnd();
        }

        if (path.EndsWith(".zip", StringComparison.Ordinal))
        {
            using var archive = ZipFile.OpenRead(path);
            using var first = new StreamReader(archive.Entries.First(entry => entry.Length > 0).Open());
            return first.ReadToEnd();
        }

        return path.EndsWith("json", StringComparison.Ordinal) ? File.ReadAllText(path) : null;
    }

    private static void AddAll(string text, bool isLines, List<byte[]> records)
    {
        if (!isLines && TryAdd(text, records))
        {
            return;
        }

        foreach (var line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            TryAdd(line, records);
        }
    }

    private static bool TryAdd(string text, List<byte[]> records)
    {
        try
        {
            using var document = JsonDocument.Parse(text, Options);
            Collect(document.RootElement, records);
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static void Collect(JsonElement element, List<byte[]> records)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Array:
                foreach (var item in element.EnumerateArray())
                {
                    Collect(item, records);
                }

                break;
            case JsonValueKind.Object when element.TryGetProperty("eventName", out _) && element.TryGetProperty("eventSource", out _):
                records.Add(Encoding.UTF8.GetBytes(JsonSerializer.Serialize(element, Compact)));
                break;
            case JsonValueKind.Object:
                foreach (var member in element.EnumerateObject())
                {
                    Collect(member.Value, records);
                }

                break;
            case JsonValueKind.String when element.GetString() is { Length: > 20 } text && text[0] == '{' && text.Contains("eventName", StringComparison.Ordinal):
                TryAdd(text, records);
                break;
        }
    }
}
