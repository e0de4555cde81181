namespace TrailStream.Core.CloudTrail;

/// <summary>One piece of a record that gave no event.</summary>
/// <param name="Source">The caller's number of the record.</param>
/// <param name="Status">Never <see cref="DecodeStatus.Event"/>.</param>
/// <param name="Position">Byte offset inside the payload (after decompression) where the piece starts.</param>
public readonly record struct DecodeFailure(int Source, DecodeStatus Status, long Position);

/// <summary>CONTRACT STUB (decode helper implements). Stage 2: payload bytes of any known envelope → events. One per worker.</summary>
public sealed class EventDecoder
{
    /// <summary>Unwraps, validates, redacts secrets, compacts and scans every event in <paramref name="payload"/> into
    /// <paramref name="into"/>, in order. One bad piece never spoils its siblings: it is appended to <paramref name="failures"/>.</summary>
    /// <returns>The number of events added.</returns>
    public int Decode(ReadOnlySpan<byte> payload, int source, EventBatch into, List<DecodeFailure> failures) => throw new NotImplementedException();
}
