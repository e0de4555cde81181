namespace TrailStream.Core.CloudTrail;

/// <summary>What became of one record (or of one piece of it) in decoding. All but <see cref="Event"/> leave the stream as a
/// dead letter or a reported input with this reason; in snake_case they are metric labels and dead-letter reasons.</summary>
public enum DecodeStatus : byte
{
    /// <summary>A CloudTrail event.</summary>
    Event = 0,

    /// <summary>An S3 notification or CloudTrail's SNS message: names an object that holds events, holds none itself.</summary>
    Pointer,

    /// <summary>A CloudTrail digest file.</summary>
    Digest,

    /// <summary>A message of the transport itself: CloudWatch Logs CONTROL_MESSAGE, s3:TestEvent, SNS subscription confirmation.</summary>
    Control,

    /// <summary>Well-formed JSON that is no CloudTrail record.</summary>
    NotCloudTrail,

    /// <summary>Not well-formed JSON, or cut short.</summary>
    BadJson,

    /// <summary>A gzip, zstd or base64 layer that does not decode.</summary>
    BadCompression,

    /// <summary>Inflates beyond the ratio or size limit.</summary>
    Bomb,

    /// <summary>Larger than the record limit.</summary>
    TooLarge,

    /// <summary>Nested deeper than 64 levels, or wrapped in more than 6 envelopes.</summary>
    TooDeep,

    /// <summary>More events in one record than the limit.</summary>
    TooManyEvents,

    /// <summary>An identity-bearing member stands there twice: ambiguous, so refused.</summary>
    DuplicateMembers,

    /// <summary>eventTime is missing or no date.</summary>
    BadTime,
}
