using System.Diagnostics;
using TrailStream.Testing.Fuzz;
using Xunit;

namespace TrailStream.Slow.Tests;

/// <summary>Fuzzing for TRAILSTREAM_FUZZ_SECONDS (600) from round TRAILSTREAM_FIRST_ROUND (1,000,000) on; the fast suite does the rounds before.</summary>
public sealed class LongFuzzTests(ITestOutputHelper output)
{
    [Fact]
    public void AnyPayload_GivesEventsOrReasons_AndWellFormedDocuments()
    {
        SlowSuite.SkipUnlessAsked();
        var first = SlowSuite.Setting("TRAILSTREAM_FIRST_ROUND", 1_000_000);
        var time = TimeSpan.FromSeconds(SlowSuite.Setting("TRAILSTREAM_FUZZ_SECONDS", 600));
        var started = Stopwatch.GetTimestamp();
        using var fuzzer = new CoreFuzzer();
        var round = first;
        for (; Stopwatch.GetElapsedTime(started) < time; round++)
        {
            var payload = fuzzer.Payload(round);
            try
            {
                var problem = fuzzer.Run(payload);
                Assert.True(problem is null, $"round {round}: {problem}");
            }
            catch (Exception e) when (e is not Xunit.Sdk.IAssertionException)
            {
                Assert.Fail($"round {round}: {e}");
            }
        }

        output.WriteLine($"rounds {first} to {round - 1}: {fuzzer.Events} events, guarded memory: {fuzzer.IsGuarded}");
    }
}
