using Microsoft.Extensions.Logging;
using TrailStream.Pipeline.DeadLetters;
using TrailStream.Pipeline.Diagnostics;
using TrailStream.Pipeline.Settlement;
using TrailStream.Pipeline.Sinks;

namespace TrailStream.Pipeline.Actors;

/// <summary>Sends dead letters and releases their records when they are durable, and not before. Thread-safe.</summary>
internal sealed class DeadLetterPost(IDeadLetters letters, StreamMetrics metrics, StreamCounters counters, TimeProvider clock, ILogger logger,
    CancellationToken stopping)
{
    private static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(5);

    /// <summary>Takes one hold of <paramref name="gate"/> until all of <paramref name="batch"/> are acknowledged.</summary>
    public void Post(IReadOnlyList<DeadLetter> batch, SettlementGate gate)
    {
        gate.Hold(1);
        counters.DeadLettered(batch.Count);
        foreach (var letter in batch)
        {
            metrics.RecordDeadLetter(DeadLetterCodes.NameOf(letter.Reason));
        }

        _ = SendAsync(batch, gate);
    }

    private async Task SendAsync(IReadOnlyList<DeadLetter> batch, SettlementGate gate)
    {
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                await letters.WriteAsync(batch, stopping).ConfigureAwait(false);
                gate.Release(1);
                return;
            }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                Log.DeadLettersFailed(logger, RetryDelay, e);
                await Task.Delay(RetryDelay, clock, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }
}
