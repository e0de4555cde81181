using TrailStream.Core.CloudTrail;

namespace TrailStream.Pipeline.Files;

/// <summary>zstd for the decoder, for records that arrive compressed inside an envelope. One per worker.</summary>
public sealed class ZstdInflater : IPayloadInflater, IDisposable
{
    private readonly ZstdSharp.Decompressor _decompressor = new();

    public bool TryInflate(ReadOnlySpan<byte> compressed, Span<byte> inflated, out int length)
    {
        try
        {
            return _decompressor.TryUnwrap(compressed, inflated, out length);
        }
        catch (ZstdSharp.ZstdException)
        {
            length = 0;
            return false;
        }
    }

    public void Dispose() => _decompressor.Dispose();
}
