using System.Text.Json;
using TrailStream.Pipeline.DeadLetters;

namespace TrailStream.Pipeline.Ndjson;

/// <summary>A file of dead letters, read back. A line that is none (cut off by a crash, for instance) is passed over and counted. Notes of replays go
/// into a file of their own beside it, <c>FILE.replayed</c>: a stream may be appending to the letters, and two writers would overwrite each
/// other.</summary>
public sealed class NdjsonDeadLetterStore(string path, TimeProvider clock) : IDeadLetterStore
{
    private FileStream? _notes;

    public string Name => path;

    private string NotesPath => path + ".replayed";

    /// <summary>Lines of the last reading that are no dead letters.</summary>
    public long OtherLines { get; private set; }

    public IEnumerable<StoredDeadLetter> Read(CancellationToken cancellationToken)
    {
        OtherLines = 0;
        var letters = Entries(path, cancellationToken);
        return File.Exists(NotesPath) ? letters.Concat(Entries(NotesPath, cancellationToken)) : letters;
    }

    public void NoteReplay(RecordPlace sent, string to, CancellationToken cancellationToken)
    {
        _notes ??= new FileStream(NotesPath, FileMode.Append, FileAccess.Write, FileShare.Read);
        NdjsonDeadLetters.Write(_notes, sent, DeadLetterFields.OfReplay(sent, to, clock.GetUtcNow()), default);
        _notes.Flush(flushToDisk: true);
    }

    public void Dispose() => _notes?.Dispose();

    private IEnumerable<StoredDeadLetter> Entries(string file, CancellationToken cancellationToken)
    {
        using var lines = Open(file);
        for (var number = 1L; lines.ReadLine() is { } line; number++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (Entry(line, number) is { } entry)
            {
                yield return entry;
            }
            else
            {
                OtherLines += line.Length > 0 ? 1 : 0;
            }
        }
    }

    private static StreamReader Open(string file)
    {
        try
        {
            return new StreamReader(new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new IOException($"The dead letters in {file} cannot be read: {e.Message}", e);
        }
    }

    /// <summary><c>{"key":"topic|0|7|-","schema":"1","reason":"bad_json",…,"payload":"base64"}</c></summary>
    private static StoredDeadLetter? Entry(string line, long number)
    {
        try
        {
            using var json = JsonDocument.Parse(line);
            var root = json.RootElement;
            if (root.ValueKind != JsonValueKind.Object)
            {
                return null;
            }

            var payload = root.TryGetProperty("payload", out var value) && value.ValueKind == JsonValueKind.String ? value.GetBytesFromBase64() : [];
            return DeadLetterFields.Read(Text("key") ?? "", name => Text(name.Replace('-', '_')), payload, new DeadLetterPosition(0, number), DateTimeOffset.UnixEpoch);

            string? Text(string name) => root.TryGetProperty(name, out var text) && text.ValueKind == JsonValueKind.String ? text.GetString() : null;
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException)
        {
            // Cut off, no base64, or a lone surrogate.
            return null;
        }
    }
}
