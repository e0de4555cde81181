using System.Diagnostics;
using System.Globalization;

namespace TrailStream.Benchmarks.Pipeline;

/// <summary>One path, measured: wall clock, and this process's own CPU time, which on a machine shared with the servers is the fairer
/// figure.</summary>
internal sealed record Measurement(string Path, long Events, TimeSpan Time, TimeSpan? Cpu, long ResidentBytes)
{
    public static async Task<Measurement> OfAsync(string path, long events, Func<Task> work)
    {
        using var process = Process.GetCurrentProcess();
        var cpu = process.TotalProcessorTime;
        var started = Stopwatch.GetTimestamp();
        await work();
        process.Refresh();
        return new Measurement(path, events, Stopwatch.GetElapsedTime(started), process.TotalProcessorTime - cpu, process.WorkingSet64);
    }

    public override string ToString()
    {
        var cpu = Cpu is { } own ? (own.TotalMicroseconds / Events).ToString("F2", CultureInfo.InvariantCulture) : "-";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{Path,-34} {Events,10:N0} {Events / Time.TotalSeconds,12:N0} {cpu,14} {ResidentBytes >> 20,12:N0}");
    }
}
