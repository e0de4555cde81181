using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Microsoft.Extensions.Logging;
using TrailStream.Cli;
using TrailStream.Configuration;
using TrailStream.Core.Sessions;
using TrailStream.Http;
using TrailStream.Pipeline.Actors;
using TrailStream.Pipeline.Diagnostics;

namespace TrailStream.Run;

/// <summary>The verb <c>run</c>: the stream until it is told to stop.</summary>
internal static partial class RunVerb
{
    /// <summary>Exit code of a signal that was not waited for: 128 + SIGTERM.</summary>
    private const int LeftAtOnce = 143;

    /// <summary>Exit code of a stream that could not go on, or that stopped with records open: nothing is lost, a restart reads them again.</summary>
    private const int StoppedOpen = 1;

    public static async Task<int> RunAsync(Settings settings, TimeProvider clock, CancellationToken cancellationToken)
    {
        using var loggers = Loggers(settings);
        var logger = loggers.CreateLogger("TrailStream");
        if (MemoryBudget.Warning(settings, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes) is { } warning)
        {
            TooLittleMemory(logger, warning);
        }

        var options = Composition.Stream(settings);
        await using var deadLetters = Composition.DeadLetters(settings, clock, loggers);
        using var index = new SessionIndex(Composition.Index(settings, BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(8))));
        var sinks = Composition.Sinks(settings, deadLetters, clock, loggers);
        using var metrics = new PrometheusText();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var term = PosixSignalRegistration.Create(PosixSignal.SIGTERM, context => Stop(context, stop));
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, context => Stop(context, stop));
        try
        {
            await using var run = StreamRun.Create(options, sinks, deadLetters, clock, loggers, index, new Pipeline.Files.ZstdInflater());
            await using var http = await StatusServer.StartAsync(
                settings.Text("http.address")!, settings.Count("http.port"), () => run.Status, metrics.Collect, cancellationToken).ConfigureAwait(false);
            Listening(logger, http.Address);
            return await RunAsync(run, stop.Token).ConfigureAwait(false);
        }
        finally
        {
            foreach (var sink in sinks)
            {
                await sink.DisposeAsync().ConfigureAwait(false);
            }
        }
    }

    private static async Task<int> RunAsync(StreamRun run, CancellationToken stop)
    {
        try
        {
            await run.OpenAsync(stop).ConfigureAwait(false);
            await run.Completion.WaitAsync(stop).ConfigureAwait(false);
            return 0;
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return await run.DrainAsync(CancellationToken.None).ConfigureAwait(false) ? 0 : StoppedOpen;
        }
        catch (Exception) when (run.Completion.IsFaulted)
        {
            // The reason is in the log, by the stage that failed.
            return StoppedOpen;
        }
    }

    /// <summary>The first signal drains, the second leaves at once: what is not settled is read again.</summary>
    private static void Stop(PosixSignalContext context, CancellationTokenSource stop)
    {
        context.Cancel = true;
        if (stop.IsCancellationRequested)
        {
            Environment.Exit(LeftAtOnce);
        }

        stop.Cancel();
    }

    private static ILoggerFactory Loggers(Settings settings)
    {
        var format = settings.Text("log.format");
        var json = format == "json" || (format == "auto" && Console.IsErrorRedirected);
        return ConsoleLogging.Create(Enum.Parse<LogLevel>(settings.Text("log.level")!, ignoreCase: true), json);
    }

    [LoggerMessage(9001, LogLevel.Warning, "{warning}")]
    private static partial void TooLittleMemory(ILogger logger, string warning);

    [LoggerMessage(9000, LogLevel.Information, "Status at {address}: /healthz, /readyz, /metrics")]
    private static partial void Listening(ILogger logger, string address);
}
