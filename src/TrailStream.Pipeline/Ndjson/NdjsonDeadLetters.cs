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

    /// <summary>True when the file may end in the middle of a line: a crash, a full disk. What is appended to it would be lost with it.</summary>
    private bool _torn = true;

    public async Task WriteAsync(IReadOnlyList<DeadLetter> letters, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            using var lines = new MemoryStream();
            foreach (var letter in letters)
            {
                Write(lines, letter.Place, DeadLetterFields.Of(letter, clock.GetUtcNow()), letter.Payload.Span);
            }

            _file ??= new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.Read, bufferSize: 0);
            if (_torn && _file.Length > 0)
            {
                // An empty line is passed over by readers; half a line in front of the next letter is not.
                _file.WriteByte((byte)'\n');
            }

            _torn = true;
            lines.WriteTo(_file);
            _file.Flush(flushToDisk: true);
            _torn = false;
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

    internal static void Write(Stream file, RecordPlace place, IEnumerable<KeyValuePair<string, string>> fields, ReadOnlySpan<byte> payload)
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
