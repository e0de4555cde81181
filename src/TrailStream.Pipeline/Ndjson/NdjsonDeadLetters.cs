using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using TrailStream.Pipeline.Sinks;

namespace TrailStream.Pipeline.Ndjson;

/// <summary>Dead letters into a file: <c>{"reason":…,"stage":…,"detail":…,"place":…,"event_id":…,"payload":"…"}</c>, the payload as
/// <c>payload_base64</c> where it is not UTF-8.</summary>
public sealed class NdjsonDeadLetters(string path) : IDeadLetters
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
                Write(_file, letter);
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

    private static void Write(FileStream file, DeadLetter letter)
    {
        using (var json = new Utf8JsonWriter(file))
        {
            json.WriteStartObject();
            json.WriteString("reason", letter.Reason);
            json.WriteString("stage", letter.Stage);
            json.WriteString("detail", letter.Detail);
            json.WriteString("place", letter.Place);
            json.WriteString("event_id", letter.EventId);
            if (Utf8.IsValid(letter.Payload.Span))
            {
                json.WriteString("payload", Encoding.UTF8.GetString(letter.Payload.Span));
            }
            else
            {
                json.WriteBase64String("payload_base64", letter.Payload.Span);
            }

            json.WriteEndObject();
        }

        file.WriteByte((byte)'\n');
    }
}
