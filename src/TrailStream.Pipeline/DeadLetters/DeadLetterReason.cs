namespace TrailStream.Pipeline.DeadLetters;

/// <summary>What a reason means and what a person does about it: shown by <c>dlq show</c>, and the page <c>docs/dead-letters.md</c> is made of it.</summary>
/// <param name="meaning">One sentence.</param>
/// <param name="advice">What to do next.</param>
[AttributeUsage(AttributeTargets.Field)]
public sealed class ReasonDocAttribute(string meaning, string advice) : Attribute
{
    public string Meaning { get; } = meaning;

    public string Advice { get; } = advice;
}

/// <summary>Why a record or document is a dead letter. In snake_case a header, a metric label and a filter: a closed list, never renamed.</summary>
public enum DeadLetterReason : byte
{
    [ReasonDoc(
        "An S3 notification or CloudTrail's SNS message: it names an object that holds events and holds none itself.",
        "Feed the objects, not the messages about them: have the producer fetch the object and send its content.")]
    Pointer = 0,

    [ReasonDoc(
        "A CloudTrail digest file: signatures of log files, no events.",
        "Exclude the folder CloudTrail-Digest from what is sent. Nothing is lost.")]
    Digest,

    [ReasonDoc(
        "Well-formed JSON that is no CloudTrail record in any known envelope.",
        "See what sends it; a topic of its own for other data saves the trouble. If it wraps CloudTrail, the envelope is unknown to this version.")]
    NotCloudTrail,

    [ReasonDoc(
        "Not well-formed JSON, or cut short.",
        "Mostly a producer's size limit cut the record: raise it there, and send the record again from S3, or mended with `dlq replay RECORD --with FILE`.")]
    BadJson,

    [ReasonDoc(
        "A gzip, zstd or base64 layer that does not decode.",
        "A cut or damaged upload: fetch the object again and send it with `dlq replay RECORD --with FILE`.")]
    BadCompression,

    [ReasonDoc(
        "A compressed layer that inflates beyond the ratio of 200 or beyond 64 MB.",
        "Real CloudTrail stays far below that: treat it as hostile until somebody knows the sender.")]
    Bomb,

    [ReasonDoc(
        "One event is larger than 8 MB, eight times what AWS writes at most.",
        "Treat it as hostile until somebody knows the sender.")]
    TooLarge,

    [ReasonDoc(
        "Nested deeper than 64 levels, or wrapped in more envelopes than any real producer uses.",
        "Treat it as hostile until somebody knows the sender.")]
    TooDeep,

    [ReasonDoc(
        "More than 10,000 events in one record; those before the limit were written.",
        "Split the record and send the parts with `dlq replay RECORD --with FILE`; what is there already is not doubled.")]
    TooManyEvents,

    [ReasonDoc(
        "A member that names an identity stands there twice: two readers could take two people from it.",
        "AWS never writes that. Find out who could write to the topic.")]
    DuplicateMembers,

    [ReasonDoc(
        "eventTime is missing or no date.",
        "Something between AWS and the topic rewrites records. Mend it there; a mended record goes in with `dlq replay RECORD --with FILE`.")]
    BadTime,

    [ReasonDoc(
        "Another event has come under this eventID, with another caller, time, call or address. The first one was written, this one was not.",
        "AWS gives an id once: find out who could write to the topic, and which of the two CloudTrail's own files hold. If it is this one, `dlq replay RECORD` writes it.")]
    IdConflict,

    [ReasonDoc(
        "Kafka's client cannot read the record: a damaged batch, or a compressed one beyond the client's limit. There is no payload.",
        "Send the affected objects again from S3 by the time of the neighbouring records; check the broker's disks and max.message.bytes.")]
    FetchCorrupt,

    [ReasonDoc(
        "The index's mapping refuses the document, also in its safe form.",
        "Compare the mapping of the day's index with the installed template; mend the mapping or roll the index over, then replay.")]
    SinkMapping,

    [ReasonDoc(
        "The destination takes no document of this size, not even alone.",
        "Raise http.max_content_length (or the topic's max.message.bytes), or a proxy's limit before it, then replay.")]
    SinkTooLarge,

    [ReasonDoc(
        "The destination refuses the document for another reason, again and again.",
        "The detail has the server's words. Mend the cause, then replay.")]
    SinkRefused,
}

/// <summary>Where a record stopped being good.</summary>
public enum DeadLetterStage : byte
{
    /// <summary>Kafka's client could not hand it out.</summary>
    Fetch = 0,

    /// <summary>Its bytes gave no event.</summary>
    Decode,

    /// <summary>A destination refused its document.</summary>
    Write,
}
