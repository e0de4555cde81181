using System.Diagnostics;
using TrailStream.Core.Documents;
using TrailStream.Core.Generation;

namespace TrailStream.Benchmarks;

/// <summary>Writes a made-up trail as NDJSON (to nowhere without a file), for loaders of other programs, and tells how fast that went.</summary>
internal static class GeneratorMeter
{
    private const int ChunkBytes = 4 << 20;

    public static int Run(long events, string? file)
    {
        using var output = file is null ? Stream.Null : File.Create(file);
        var generator = new TrailGenerator(new TrailGeneratorOptions { Seed = 1, Events = events });
        var buffer = new ByteBuffer(ChunkBytes + (64 << 10));
        var truth = new TrailTruth();
        long bytes = 0;
        long made = 0;
        var started = Stopwatch.GetTimestamp();
        while (generator.Next(buffer, truth))
        {
            buffer.Append((byte)'\n');
            made++;
            if (buffer.Length > ChunkBytes)
            {
                bytes += buffer.Length;
                output.Write(buffer.Written);
                buffer.Clear();
            }
        }

        bytes += buffer.Length;
        output.Write(buffer.Written);
        var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        Console.WriteLine($"{made:N0} events, {bytes >> 20:N0} MB, {made / seconds:N0} events/s, mean {bytes / made:N0} B");
        return 0;
    }
}
