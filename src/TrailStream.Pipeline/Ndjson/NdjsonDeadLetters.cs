using System.Text.Json;
using TrailStream.Pipeline.DeadLetters;
using TrailStream.Pipeline.Sinks;

namespace TrailStream.Pipeline.Ndjson;

/// <summary>Dead letters into a file, a line each: <c>{"key":"…","schema":"1","reason":…,…,"payload":"base64"}</c>, the names as in Kafka's headers with
/// <c>_</c>. Appended; a group counts as written when the operating system has taken it to disk. Thread-safe.</summary>
public sealed class NdjsonDeadLetters(string path, TimeProvider clock) : IDeadLetters
{
    private readonly SemaphoreSlim _turn = new(1, 1);
    private FileStream? _file;

    public async Task WriteAsync(IReadOnlyList<DeadLetter> letters, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            _file ??= new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.Read);
            foreach (var letter in letters)
            {
                Write(_file, letter.Place, DeadLetterFields.Of(letter, clock.GetUtcNow()), letter.Payload.Span);
            }

            _file.Flush(flushToDisk: true);
        }
        finally
        {
            _turn.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_file is not null)
        {
            await _file.DisposeAsync().ConfigureAwait(false);
            _file = null;
        }

        _turn.Dispose();
    }

    internal static void Write(FileStream file, RecordPlace place, IEnumerable<KeyValuePair<string, string>> fields, ReadOnlySpan<byte> payload)
    {
        using (var json = new Utf8JsonWriter(file))
        {
            json.WriteStartObject();
            json.WriteString("key", place.Key);
            foreach (var (name, text) in fields)
            {
                json.WriteString(name.Replace('-', '_'), text);
            }

            json.WriteBase64String("payload", payload);
            json.WriteEndObject();
        }

        file.WriteByte((byte)'\n');
    }
}
