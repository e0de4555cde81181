namespace TrailStream.Pipeline.Files;

/// <summary>Bounds of reading files.</summary>
/// <param name="ChunkBytes">What one worker gets at once: about a thousand events, so that handing it over costs nothing.</param>
/// <param name="ValueBytesMax">Largest single value (one object, one line). CloudTrail's own files are cut at their records, of 256 KB
/// at most; what is larger than this is a wrapped file in base64 or no CloudTrail.</param>
/// <param name="ValuesMax">Values of one chunk: bounds its bookkeeping where somebody feeds millions of tiny values.</param>
public sealed record FileLimits(int ChunkBytes, int ValueBytesMax, int ValuesMax)
{
    public static FileLimits Default { get; } = new(1024 * 1024, 64 * 1024 * 1024, 16 * 1024);
}
