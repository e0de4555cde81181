using TrailStream.Core.Sessions;

namespace TrailStream.Core.CloudTrail;

/// <summary>Remembers who did what under each of the newest event ids, so that a second record under an id that says otherwise is not taken for a
/// repetition and does not replace the first. A table of fixed size in which newer ids push out older ones; thread-safe.</summary>
/// <param name="seed">Of the hash functions: what is chosen by attackers must not be made to collide.</param>
public sealed class EventFingerprints(ulong seed)
{
    /// <summary>Newest ids remembered, about: a million of 16 bytes each.</summary>
    public const int IdsMax = 1 << 20;

    /// <summary>What tells one call from another, and is spelt alike whichever way the record came: free-form members may be written with other white space.</summary>
    private static readonly RecordField[] Told =
    [
        RecordField.EventTime, RecordField.EventSource, RecordField.EventName, RecordField.AwsRegion, RecordField.RecipientAccountId, RecordField.RequestId,
        RecordField.SourceIpAddress, RecordField.ErrorCode, RecordField.IdentityType, RecordField.PrincipalId, RecordField.Arn, RecordField.AccountId,
        RecordField.AccessKeyId, RecordField.InvokedBy, RecordField.CreationDate, RecordField.IssuerArn, RecordField.SourceIdentity, RecordField.OnBehalfOfUserId,
    ];

    private readonly Lock _lock = new();
    private readonly (ulong Id, ulong Body)[] _newest = new (ulong, ulong)[IdsMax];

    /// <summary>True when the id is remembered with another body; it then stays with the first. Else it is remembered.</summary>
    public bool IsAnother(ReadOnlySpan<byte> id, ReadOnlySpan<byte> record, in RecordFields fields)
    {
        var hash = Hashing.Of(id, seed);
        var body = seed;
        foreach (var field in Told)
        {
            body = Hashing.Combine(body, Hashing.Of(fields.Raw(record, field), seed));
        }

        lock (_lock)
        {
            ref var slot = ref _newest[hash & (IdsMax - 1)];
            if (slot.Id == hash)
            {
                return slot.Body != body;
            }

            slot = (hash, body);
            return false;
        }
    }
}
