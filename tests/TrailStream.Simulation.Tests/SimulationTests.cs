using System.Globalization;
using TrailStream.Simulation.Tests.Model;
using TrailStream.Simulation.Tests.Nodes;
using Xunit;

namespace TrailStream.Simulation.Tests;

/// <summary>Many bad days. A failing seed is printed with its trace; TRAILSTREAM_SIM_SEED runs it alone, TRAILSTREAM_SLOW=1 runs 10,000 instead of
/// 300.</summary>
public sealed class SimulationTests(ITestOutputHelper output)
{
    private const int FastSeeds = 300;
    private const int SlowSeeds = 10_000;

    [Fact]
    public void Nothing_IsLostDoubledOrDowngraded()
    {
        var (first, count) = Seeds();
        long steps = 0;
        var (events, rewrites, crashes, stops, drained) = (0, 0, 0, 0, 0);
        for (var seed = first; seed < first + (ulong)count; seed++)
        {
            var result = Run(seed, new NodePolicy());
            steps += result.Steps;
            (events, rewrites) = (events + result.Events, rewrites + result.Rewrites);
            (crashes, stops, drained) = (crashes + result.Crashes, stops + result.Stops, drained + result.Drained);
        }

        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"seeds {first} to {first + (ulong)count - 1}: {steps:N0} steps, {events:N0} events, {rewrites:N0} documents written again, "
            + $"{crashes:N0} crashes, {stops:N0} stops of which {drained:N0} left nothing open"));
        Assert.True(events > 0 && rewrites > 0 && (count == 1 || (crashes > 0 && drained > 0)), "the days were not bad enough");
    }

    [Fact]
    public void SameSeed_SameRun() => Assert.Equal(Run(7, new NodePolicy()), Run(7, new NodePolicy()));

    /// <summary>Bugs that lose events, each put in on purpose: the simulator must see what it does, within the seeds of the fast suite.</summary>
    [Theory]
    [InlineData(typeof(CommitsBeforeWrite))]
    [InlineData(typeof(ForgetsItemRetries))]
    [InlineData(typeof(IgnoresEpochs))]
    [InlineData(typeof(CommitsOnTimeOut))]
    public void BrokenOnPurpose_IsCaught(Type broken)
    {
        for (var seed = 1UL; seed <= FastSeeds; seed++)
        {
            try
            {
                new Simulation(seed, (NodePolicy)Activator.CreateInstance(broken)!).Run();
            }
            catch (ViolationException violation)
            {
                output.WriteLine($"{broken.Name}: seed {seed}: {violation.Message}");
                Assert.Equal("I2", violation.Invariant);
                return;
            }
        }

        Assert.Fail($"{broken.Name} goes unseen for {FastSeeds} seeds");
    }

    private static (ulong First, int Count) Seeds() =>
        Environment.GetEnvironmentVariable("TRAILSTREAM_SIM_SEED") is { Length: > 0 } one ? (ulong.Parse(one, CultureInfo.InvariantCulture), 1)
        : Environment.GetEnvironmentVariable("TRAILSTREAM_SLOW") == "1" ? (1UL, SlowSeeds)
        : (1UL, FastSeeds);

    private SimulationResult Run(ulong seed, NodePolicy policy)
    {
        try
        {
            return new Simulation(seed, policy).Run();
        }
        catch (Exception e)
        {
            var again = new Simulation(seed, policy, isTraced: true);
            var message = e.Message;
            try
            {
                again.Run();
            }
            catch (Exception same)
            {
                message = same.ToString();
            }

            output.WriteLine(again.Trace);
            Assert.Fail($"seed {seed} (run it with TRAILSTREAM_SIM_SEED={seed}): {message}");
            throw;
        }
    }
}
