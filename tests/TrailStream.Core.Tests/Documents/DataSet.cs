using TrailStream.Testing;
using TrailStream.Testing.Documents;
using Xunit;

namespace TrailStream.Core.Tests.Documents;

/// <summary>The shared set of real data for tests that need it.</summary>
internal static class DataSet
{
    public static IReadOnlyList<byte[]> RecordsOrSkip()
    {
        Assert.SkipWhen(RealRecords.All is null, SharedData.Absent);
        return RealRecords.All!;
    }
}
