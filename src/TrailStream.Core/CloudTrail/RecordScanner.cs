namespace TrailStream.Core.CloudTrail;

/// <summary>CONTRACT STUB (decode helper implements). Not thread-safe: one per worker (it holds the key predictor).</summary>
public sealed class RecordScanner
{
    /// <summary>Finds the fields of one record (a JSON object, LF-free). At least 64 bytes behind the record must be readable
    /// through <paramref name="buffer"/>.</summary>
    public DecodeStatus Scan(byte[] buffer, int offset, int length, ref RecordFields fields) => throw new NotImplementedException();

    /// <summary>Second scan below requestParameters, responseElements and additionalEventData.</summary>
    public void ScanGrant(ReadOnlySpan<byte> record, in RecordFields fields, ref GrantFields grant) => throw new NotImplementedException();
}
