using System.Diagnostics;
using TrailStream.Core.Attribution;

namespace TrailStream.Benchmarks;

/// <summary>Memory a session and speed of the index, measured at a size.</summary>
internal static class IndexMeter
{
    public static int Run(int sessions)
    {
        using var load = new IndexLoad(sessions + 1);
        var before = load.Index.Bytes;
        var started = Stopwatch.GetTimestamp();
        for (var number = 0; number < sessions; number++)
        {
            load.Learn(IndexLoad.Grant(number));
        }

        var learning = Stopwatch.GetElapsedTime(started);
        Console.WriteLine($"{load.Index.Count:N0} sessions in {load.Index.Bytes >> 20:N0} MB: {(load.Index.Bytes - before) / (double)sessions:F0} B each ({before >> 20:N0} MB empty)");
        Console.WriteLine($"learning, with making and decoding the record: {learning.TotalMicroseconds / sessions:F2} µs each");
        started = Stopwatch.GetTimestamp();
        var known = 0;
        const int Uses = 200_000;
        for (var i = 0; i < Uses; i++)
        {
            known += load.Attribute(IndexLoad.Use((int)((long)i * 7919 % sessions))) == AttributionStatus.Attributed ? 1 : 0;
        }

        Console.WriteLine($"attribution, with making and decoding the record: {Stopwatch.GetElapsedTime(started).TotalMicroseconds / Uses:F2} µs each, {known:N0} of {Uses:N0} attributed");
        return known == Uses ? 0 : 1;
    }
}
