using System.Diagnostics;

namespace TrailStream.Engine.Tests.Faults;

/// <summary>Waiting for what other processes do.</summary>
internal static class Poll
{
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    public static Task Until(Func<bool> condition, CancellationToken cancellation) => Until(() => Task.FromResult(condition()), cancellation);

    /// <param name="condition">What is waited for.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <param name="patience">Longest wait.</param>
    /// <param name="interval">Between two looks; longer where looking takes much of what the others need.</param>
    public static async Task Until(Func<Task<bool>> condition, CancellationToken cancellation, TimeSpan? patience = null, TimeSpan? interval = null)
    {
        var began = Stopwatch.GetTimestamp();
        while (!await condition())
        {
            if (Stopwatch.GetElapsedTime(began) > (patience ?? Patience))
            {
                throw new TimeoutException($"not so after {patience ?? Patience}");
            }

            await Task.Delay(interval ?? TimeSpan.FromMilliseconds(20), cancellation);
        }
    }
}
