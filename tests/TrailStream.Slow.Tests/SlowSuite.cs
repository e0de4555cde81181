using System.Globalization;
using Xunit;

namespace TrailStream.Slow.Tests;

/// <summary>What takes minutes to hours runs only on demand: TRAILSTREAM_SLOW=1.</summary>
internal static class SlowSuite
{
    public static void SkipUnlessAsked() =>
        Assert.SkipUnless(Environment.GetEnvironmentVariable("TRAILSTREAM_SLOW") == "1", "the slow suite runs with TRAILSTREAM_SLOW=1");

    /// <summary>A number from the environment, so that a run can be made longer, or begin elsewhere.</summary>
    public static int Setting(string name, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable(name), CultureInfo.InvariantCulture, out var value) ? value : otherwise;
}
