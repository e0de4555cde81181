using System.Globalization;
using TrailStream.Configuration;

namespace TrailStream.Run;

/// <summary>Whether the limits fit into the memory that the process may use: each of them is kept, and together they may still be too much.</summary>
internal static class MemoryBudget
{
    /// <summary>Documents of what is in flight take as much again, and the session index, buffers of clients and the garbage collector's headroom the
    /// rest: with 200 MB and a store that is away 32 MB in flight is well, 256 MB ends the process.</summary>
    private const int LimitsShare = 2;

    /// <summary>A warning, where the limits are more than half of the memory; else null.</summary>
    /// <param name="settings">The configuration.</param>
    /// <param name="availableBytes">What the process may use: of the machine, the container, or the heap.</param>
    public static string? Warning(Settings settings, long availableBytes)
    {
        var (inFlight, late) = (settings.Size("limits.in_flight_bytes"), settings.Size("late.memory"));
        return inFlight + late <= availableBytes / LimitsShare
            ? null
            : $"limits.in_flight_bytes ({Megabytes(inFlight)}) and late.memory ({Megabytes(late)}) are more than half of the {Megabytes(availableBytes)} that this "
                + "process may use: it may end for want of memory while a sink is away. Lower them, or give it more.";
    }

    private static string Megabytes(long bytes) => (bytes >> 20).ToString(CultureInfo.InvariantCulture) + " MB";
}
