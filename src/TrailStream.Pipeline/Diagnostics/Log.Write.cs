using Microsoft.Extensions.Logging;

namespace TrailStream.Pipeline.Diagnostics;

internal static partial class Log
{
    [LoggerMessage(6000, LogLevel.Warning, "Sink {Sink} threw; its group of {Batches} batches is tried again in {Delay}.")]
    public static partial void SinkThrew(ILogger logger, string sink, int batches, TimeSpan delay, Exception exception);

    [LoggerMessage(7000, LogLevel.Warning, "Offsets were not committed ({Code} {Reason}); trying again.")]
    public static partial void CommitFailed(ILogger logger, string code, string reason);

    [LoggerMessage(7001, LogLevel.Warning, "{Topic}/{Partition}: offset {Offset} was not accepted for commit ({Code}).")]
    public static partial void StoreRejected(ILogger logger, string topic, int partition, long offset, string code);

    [LoggerMessage(9000, LogLevel.Information, "Draining: {Records} records are open.")]
    public static partial void Draining(ILogger logger, long records);

    [LoggerMessage(9001, LogLevel.Information, "Stopped. All that was settled is committed.")]
    public static partial void Stopped(ILogger logger);

    [LoggerMessage(9002, LogLevel.Warning, "Stopped with {Records} records open; they will be read again.")]
    public static partial void StoppedOpen(ILogger logger, long records);

    [LoggerMessage(9003, LogLevel.Critical, "Stage {Stage} failed on {Place}; the stream stops without committing it.")]
    public static partial void StageFailed(ILogger logger, string stage, string place, Exception exception);
}
