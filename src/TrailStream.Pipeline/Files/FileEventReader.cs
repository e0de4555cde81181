using TrailStream.Core.CloudTrail;

namespace TrailStream.Pipeline.Files;

/// <summary>Reads one input from front to end as chunks of whole values: opens it, takes compression off, splits. Memory is bounded by
/// the limits however large the file is. What cannot be read is a problem in the chunk, never an exception. Owned by one
/// thread.</summary>
public sealed class FileEventReader : IDisposable
{
    private static ReadOnlySpan<byte> ByteOrderMark => [0xEF, 0xBB, 0xBF];

    private readonly string _path;
    private readonly bool _live;
    private readonly FileLimits _limits;
    private readonly JsonValueSplitter _splitter = new();
    private readonly Func<Stream> _open;
    private Stream? _content;
    private byte[] _carry = [];
    private int _carried;
    private long _position;
    private int _start;
    private int _end;
    private bool _final;
    private bool _done;
    private bool _dropping;

    private FileEventReader(string path, bool live, FileLimits limits, Func<Stream> open) =>
        (_path, _live, _limits, _open) = (path, live, limits, open);

    /// <summary>A file; <paramref name="read"/> hears of the bytes taken from disk.</summary>
    public static FileEventReader OfFile(string path, FileLimits limits, Action<int> read) =>
        new(path, live: false, limits, () => Compression.Open(new CountingStream(
            new FileStream(
                path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, limits.ChunkBytes / 4,
                FileOptions.SequentialScan),
            read)));

    /// <summary>A pipe: what has come is handed out at once.</summary>
    public static FileEventReader OfPipe(Stream pipe, FileLimits limits, Action<int> read) =>
        new("-", live: true, limits, () => Compression.Open(new CountingStream(pipe, read)));

    /// <summary>Fills a chunk with the values that come next.</summary>
    /// <returns>False when the file is over; the chunk is empty then.</returns>
    public bool Read(ValueChunk chunk)
    {
        do
        {
            // A chunk that once held a very large value is not kept at that size.
            chunk.Reset(_path, Math.Max(_limits.ChunkBytes, _carried), _limits.ChunkBytes * 8);
            _carry.AsSpan(0, _carried).CopyTo(chunk.Bytes);
            (_start, _end) = (0, _carried);
            chunk.Position = _position;
            while (!_done && !Split(chunk))
            {
            }

            Carry(chunk);
        }
        while (!_done && chunk.Values.Count + chunk.Problems.Count == 0);

        return chunk.Values.Count + chunk.Problems.Count > 0;
    }

    public void Dispose() => _content?.Dispose();

    /// <summary>Splits what is there, then makes room and reads on.</summary>
    /// <returns>True when the chunk is to be handed out.</returns>
    private bool Split(ValueChunk chunk)
    {
        while (true)
        {
            var data = chunk.Bytes.AsSpan(_start, _end - _start);
            var outcome = _splitter.Next(data, _final, out var start, out var length, out var consumed);
            var offset = _start + start;
            _start += consumed;
            switch (outcome)
            {
                case SplitOutcome.Value when _dropping:
                    _dropping = false;
                    break;
                case SplitOutcome.Value:
                    chunk.Add(offset, length);
                    if (chunk.Values.Count == _limits.ValuesMax)
                    {
                        return true;
                    }

                    break;
                case SplitOutcome.NeedMore:
                    return (_live && chunk.Values.Count > 0) || NeedsOtherChunk(chunk) || !Fill(chunk);
                default:
                    if (outcome == SplitOutcome.CutShort)
                    {
                        chunk.Add(chunk.Position + _end, InputReasons.NameOf(DecodeStatus.BadJson), "the file ends inside an array");
                    }

                    _done = true;
                    return true;
            }
        }
    }

    /// <summary>Makes room for more of an unfinished value: by handing out what is before it, by growing, or by giving it up.</summary>
    private bool NeedsOtherChunk(ValueChunk chunk)
    {
        if (_end < chunk.Bytes.Length)
        {
            return false;
        }

        if (chunk.Values.Count + chunk.Problems.Count > 0)
        {
            return true;
        }

        if (_start > 0)
        {
            chunk.Bytes.AsSpan(_start, _end - _start).CopyTo(chunk.Bytes);
            chunk.Position += _start;
            (_start, _end) = (0, _end - _start);
            return false;
        }

        if (_end < _limits.ValueBytesMax)
        {
            var grown = new byte[Math.Min(_limits.ValueBytesMax, chunk.Bytes.Length * 2)];
            chunk.Bytes.CopyTo(grown, 0);
            chunk.Bytes = grown;
            return false;
        }

        if (!_dropping)
        {
            chunk.Add(chunk.Position, InputReasons.NameOf(DecodeStatus.TooLarge), $"a value of more than {_limits.ValueBytesMax} bytes");
            _dropping = true;
        }

        _start = _splitter.Drop();
        return true;
    }

    private bool Fill(ValueChunk chunk)
    {
        try
        {
            _content ??= _open();
            var first = chunk.Position == 0 && _end == 0;
            var read = _content.Read(chunk.Bytes.AsSpan(_end));
            _end += read;
            _final = read == 0;
            if (first && chunk.Bytes.AsSpan(0, _end).StartsWith(ByteOrderMark))
            {
                _start = ByteOrderMark.Length;
            }

            return true;
        }
        catch (Exception e) when (ReasonOf(e) is { } reason)
        {
            // What was read and is whole has been handed out; the rest is not guessed at.
            chunk.Add(_content is null ? -1 : chunk.Position + _start, reason, e.Message);
            _done = true;
            return false;
        }
    }

    private static string? ReasonOf(Exception e) => e switch
    {
        InvalidDataException or EndOfStreamException or ZstdSharp.ZstdException => InputReasons.NameOf(DecodeStatus.BadCompression),
        IOException or UnauthorizedAccessException => InputReasons.Unreadable,
        _ => null,
    };

    /// <summary>Keeps the beginning of an unfinished value for the next chunk.</summary>
    private void Carry(ValueChunk chunk)
    {
        _carried = _done ? 0 : _end - _start;
        if (_carry.Length < _carried)
        {
            _carry = new byte[Math.Max(_carried, _limits.ChunkBytes)];
        }

        chunk.Bytes.AsSpan(_start, _carried).CopyTo(_carry);
        _position = chunk.Position + _start;
    }
}
