namespace TrailStream.Pipeline.Files;

/// <summary>A stream whose first bytes can be looked at before they are read. Read-only.</summary>
internal sealed class HeadStream(Stream inner) : Stream
{
    private readonly byte[] _head = new byte[Compression.MagicBytes];
    private int _headLength;
    private int _headRead;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>The first bytes; fewer where the stream ends before.</summary>
    public ReadOnlySpan<byte> PeekHead(int count)
    {
        while (_headLength < count && inner.Read(_head, _headLength, count - _headLength) is > 0 and var read)
        {
            _headLength += read;
        }

        return _head.AsSpan(0, Math.Min(count, _headLength));
    }

    public override int Read(Span<byte> buffer)
    {
        if (_headRead == _headLength)
        {
            return inner.Read(buffer);
        }

        var count = Math.Min(buffer.Length, _headLength - _headRead);
        _head.AsSpan(_headRead, count).CopyTo(buffer);
        _headRead += count;
        return count;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            inner.Dispose();
        }

        base.Dispose(disposing);
    }
}
