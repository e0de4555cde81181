using Microsoft.Extensions.Logging;

namespace TrailStream.Pipeline.Diagnostics;

internal static partial class Log
{
    [LoggerMessage(4000, LogLevel.Warning,
        "{Sink} does not let this user read: late evidence corrects only what is still in memory. Grant read on trailstream-cloudtrail-*. Asking again now and then.")]
    public static partial void StoreRefuses(ILogger logger, string sink);

    [LoggerMessage(4001, LogLevel.Information, "Sweep of {Sink}: {Looked} of {Total} unexplained documents looked at, {Corrected} corrected.")]
    public static partial void SweepProgress(ILogger logger, string sink, long looked, long total, long corrected);

    [LoggerMessage(4002, LogLevel.Information, "Sweep of {Sink} ended: {Looked} unexplained documents, {Corrected} corrected, in {Seconds:F1} s.")]
    public static partial void SweepEnded(ILogger logger, string sink, long looked, long corrected, double seconds);

    [LoggerMessage(4003, LogLevel.Information,
        "Partitions came to this node: the stores are asked again for what {Records} records of sessions since {Since:u} concern.")]
    public static partial void AskedAgain(ILogger logger, long records, DateTimeOffset since);

    [LoggerMessage(4004, LogLevel.Warning, "The end of {Topic} cannot be read again; what another node has left unasked waits for it. {Why}")]
    public static partial void RecentUnread(ILogger logger, string topic, string why);
}
