using Microsoft.Extensions.Logging;
using TrailStream.Pipeline.Settlement;

namespace TrailStream.Pipeline.Diagnostics;

/// <summary>All log lines of the pipeline, by stage. Ids are never reused: 1000 read, 2000 decode, 3000 index, 4000 attribute, 6000 write,
/// 7000 commit, 9000 host. No line carries record content or credentials.</summary>
internal static partial class Log
{
    [LoggerMessage(1000, LogLevel.Information, "Reading {Topics} as group {Group} from {Brokers}.")]
    public static partial void ReadingStarted(ILogger logger, string topics, string group, string brokers);

    [LoggerMessage(1001, LogLevel.Information, "Assigned {Topic}/{Partition} from offset {Offset}, epoch {Epoch}.")]
    public static partial void Assigned(ILogger logger, string topic, int partition, long offset, int epoch);

    [LoggerMessage(1002, LogLevel.Information, "Gave up {Topic}/{Partition} at offset {Offset} ({Open} records open, {How}).")]
    public static partial void Revoked(ILogger logger, string topic, int partition, long offset, int open, string how);

    [LoggerMessage(1003, LogLevel.Warning, "Kafka: {Code} {Reason}. Going on by itself.")]
    public static partial void KafkaTrouble(ILogger logger, string code, string reason);

    [LoggerMessage(1004, LogLevel.Error, "Kafka refuses access: {Code} {Reason}. Reading stands still until the ACLs or credentials are put right.")]
    public static partial void KafkaRefuses(ILogger logger, string code, string reason);

    [LoggerMessage(1005, LogLevel.Error,
        "{Topic}/{Partition}: offsets {From} to {To} are gone (retention) and were never read. Start with accept_gap to go on behind them.")]
    public static partial void RetentionGap(ILogger logger, string topic, int partition, long from, long to);

    [LoggerMessage(1006, LogLevel.Warning, "{Topic}/{Partition}: offsets {First} to {Last} cannot be read ({Reason}): a dead letter each, going on behind them.")]
    public static partial void FetchCorrupt(ILogger logger, string topic, int partition, long first, long last, string reason);

    [LoggerMessage(1007, LogLevel.Information, "Waiting for Kafka at {Brokers}: {Reason}.")]
    public static partial void WaitingForKafka(ILogger logger, string brokers, string reason);

    [LoggerMessage(1008, LogLevel.Information, "Kafka answers.")]
    public static partial void KafkaAnswers(ILogger logger);

    [LoggerMessage(1009, LogLevel.Information, "Created topic {Topic} ({Partitions} partitions).")]
    public static partial void TopicCreated(ILogger logger, string topic, int partitions);

    [LoggerMessage(1010, LogLevel.Error, "Topic {Topic} is missing and could not be created ({Reason}). Create it: {Command}. Waiting for it.")]
    public static partial void TopicMissing(ILogger logger, string topic, string reason, string command);

    [LoggerMessage(1011, LogLevel.Debug, "librdkafka {Facility}: {Message}")]
    public static partial void ClientLine(ILogger logger, string facility, string message);

    [LoggerMessage(1012, LogLevel.Critical, "Reading has ended by an error; the process must be restarted. Nothing unsettled was committed.")]
    public static partial void ReaderFailed(ILogger logger, Exception exception);

    [LoggerMessage(1013, LogLevel.Debug, "{Topic}/{Partition} is paused ({Cause}): {Open} records and {Bytes} bytes in all are not settled.")]
    public static partial void Paused(ILogger logger, string topic, int partition, PauseCause cause, int open, long bytes);

    [LoggerMessage(1014, LogLevel.Debug, "{Topic}/{Partition} is read again.")]
    public static partial void Resumed(ILogger logger, string topic, int partition);

    [LoggerMessage(1015, LogLevel.Warning,
        "Kafka has fenced kafka.group_instance_id {InstanceId}: another node has the same, or this node's session ended while its coordinator was away. "
        + "Joining the group anew.")]
    public static partial void FencedOnce(ILogger logger, string? instanceId);

    [LoggerMessage(1016, LogLevel.Error,
        "Kafka has fenced kafka.group_instance_id {InstanceId} twice within {Seconds} s: another node has the same. Give each node its own.")]
    public static partial void FencedAgain(ILogger logger, string? instanceId, double seconds);

    [LoggerMessage(1017, LogLevel.Warning,
        "kafka.group_instance_id {InstanceId} is still that of another member: this node before its crash, or another node. Asking again for {Seconds} s.")]
    public static partial void InstanceIdAwaited(ILogger logger, string? instanceId, double seconds);

    [LoggerMessage(1018, LogLevel.Error,
        "kafka.group_instance_id {InstanceId} has been that of another member for {Seconds} s: another node has the same. Give each node its own.")]
    public static partial void InstanceIdHeld(ILogger logger, string? instanceId, double seconds);

    [LoggerMessage(2000, LogLevel.Warning, "Dead letters cannot be written; trying again in {Delay}. Their records stay unsettled.")]
    public static partial void DeadLettersFailed(ILogger logger, TimeSpan delay, Exception exception);

    [LoggerMessage(3000, LogLevel.Information, "Session index filled from {Topic}: {Records} records, {Sessions} sessions.")]
    public static partial void SessionsRead(ILogger logger, string topic, long records, int sessions);

    [LoggerMessage(3001, LogLevel.Warning, "A session record was not acknowledged ({Code} {Reason}); sending it again. Its batch stays unsettled.")]
    public static partial void SessionRefused(ILogger logger, string code, string reason);

    [LoggerMessage(3002, LogLevel.Information, "First start: looking back through {Records} records for grants.")]
    public static partial void BootstrapStarted(ILogger logger, long records);

    [LoggerMessage(3003, LogLevel.Information, "Looked back through {Done} of {Records} records, {Grants} grants.")]
    public static partial void BootstrapProgress(ILogger logger, long done, long records, long grants);

    [LoggerMessage(3004, LogLevel.Information, "Session index loaded from {Path}: {Sessions} sessions as of {WrittenAt:u}, in {Seconds:F1} s. Reading the rest from the topic.")]
    public static partial void SnapshotLoaded(ILogger logger, string path, int sessions, DateTimeOffset writtenAt, double seconds);

    [LoggerMessage(3005, LogLevel.Warning, "Snapshot {Path} is not used: {Why}. The sessions topic is read whole instead; nothing is lost.")]
    public static partial void SnapshotDiscarded(ILogger logger, string path, string why);

    [LoggerMessage(3006, LogLevel.Debug, "Snapshot {Path}: {Sessions} sessions, {Bytes} bytes, in {Seconds:F1} s.")]
    public static partial void SnapshotWritten(ILogger logger, string path, int sessions, long bytes, double seconds);

    [LoggerMessage(3007, LogLevel.Warning, "Snapshot {Path} could not be written ({Why}). The stream goes on; the next restart reads the sessions topic.")]
    public static partial void SnapshotFailed(ILogger logger, string path, string why);

    [LoggerMessage(3008, LogLevel.Error,
        "{Topic} does not take evidence of {Bytes} bytes: it is known to this node alone, until it ends. AWS writes none so large; "
        + "raise the topic's max.message.bytes.")]
    public static partial void SessionTooLarge(ILogger logger, string topic, int bytes);

    [LoggerMessage(3009, LogLevel.Error, "{Topic}/{Partition}: offsets {First} to {Last} cannot be read ({Reason}): going on behind them. Evidence in them is not known to this node.")]
    public static partial void EvidenceUnreadable(ILogger logger, string topic, int partition, long first, long last, string reason);

    [LoggerMessage(3010, LogLevel.Warning,
        "Account {Account}: {Uses} uses of roles, and not one grant. Do read-only management events (AssumeRole) of this account reach the topic?")]
    public static partial void AccountWithoutGrants(ILogger logger, string account, int uses);
}
