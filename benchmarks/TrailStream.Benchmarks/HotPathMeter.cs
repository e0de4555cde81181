using System.Diagnostics;
using TrailStream.Core.Documents;

namespace TrailStream.Benchmarks;

/// <summary>Throughput of stages 2 to 5 on one thread, both forms interleaved in rounds, medians.</summary>
internal static class HotPathMeter
{
    private const int Rounds = 5;

    public static int Run(long events)
    {
        using var cloudTrail = new HotPath(DocumentForm.CloudTrail, 50_000, actionsOnly: false);
        using var ecs = new HotPath(DocumentForm.Ecs, 50_000, actionsOnly: false);
        var seconds = new Dictionary<DocumentForm, List<double>> { [DocumentForm.CloudTrail] = [], [DocumentForm.Ecs] = [] };
        var perRound = (int)(events / Rounds);
        for (var round = 0; round <= Rounds; round++)
        {
            foreach (var (form, path) in new[] { (DocumentForm.CloudTrail, cloudTrail), (DocumentForm.Ecs, ecs) })
            {
                var start = Stopwatch.GetTimestamp();
                for (var i = 0; i < perRound; i++)
                {
                    path.Run(i);
                }

                // The first round warms up.
                if (round > 0)
                {
                    seconds[form].Add(Stopwatch.GetElapsedTime(start).TotalSeconds);
                }
            }
        }

        foreach (var (form, times) in seconds)
        {
            times.Sort();
            var median = times[times.Count / 2];
            var mean = cloudTrail.InputBytes / (double)cloudTrail.Records;
            Console.WriteLine($"{form,-10} {perRound / median,12:N0} events/s  {median / perRound * 1e6,6:F3} µs/event  {perRound * mean / median / 1e6,7:N0} MB/s in");
        }

        return 0;
    }
}
