using CsCheck;
using TrailStream.Testing.Worlds;
using Xunit;

namespace TrailStream.Core.Tests.Worlds;

/// <summary>The properties of attribution in a few hundred worlds; the slow suite takes thousands. A failure prints the seed of its world.</summary>
public sealed class WorldTests
{
    [Fact]
    public void TruthAndOracle() => ForWorlds(80, (seed, _) => WorldChecks.TruthAndOracle(World.OfEveryKind(seed)));

    [Fact]
    public void AnyDelivery_GivesTheSameDocuments() =>
        ForWorlds(50, (seed, random) => WorldChecks.AnyDelivery(WorldChecks.Records(World.OfEveryKind(seed)), 3, random));

    [Fact]
    public void LostGrants_NeverGiveAnotherOrigin() => ForWorlds(40, (seed, random) => WorldChecks.LostGrants(World.OfEveryKind(seed), random));

    [Fact]
    public void Noise_ChangesNothing() =>
        ForWorlds(30, (seed, random) => WorldChecks.Noise(World.OfEveryKind(seed), World.OfEveryKind(seed + 1_000_000), random));

    [Fact]
    public void ReplayWithAColdIndex_OverwritesNothing() => ForWorlds(30, (seed, random) => WorldChecks.Replay(World.OfEveryKind(seed), random));

    [Fact]
    public void LostQuestions_RepeatedEvidenceMakesUpForThem() => ForWorlds(30, (seed, random) => WorldChecks.LostQuestions(WorldChecks.Records(World.OfEveryKind(seed)), random));

    [Fact]
    public void LostNode_WhoeverGetsItsPartitionsMakesUpForItsQuestions() => ForWorlds(30, (seed, random) => WorldChecks.LostNode(WorldChecks.Records(World.OfEveryKind(seed)), random));

    /// <summary>Each hop waits for its caller by key and by time: a change must not be carried down twice for each, or fifty hops would take for ever.</summary>
    [Theory]
    [InlineData(103)]
    [InlineData(118)]
    public void LongChainInReverse_IsNoLongerThanItself(ulong seed)
    {
        var records = WorldChecks.Records(World.OfEveryKind(seed));
        var expected = StreamDriver.RunTwoPasses(records);
        using var driver = new StreamDriver(1, hold: false, new VersionedStore());
        foreach (var record in records.Reverse())
        {
            driver.Process(0, [record]);
        }

        driver.EndGrace();
        Assert.All(expected.Ids, id => Assert.Equal(expected.Document(id), driver.Store.Document(id)));
    }

    /// <summary>The same small worlds each time: keys, names and seconds shared by everything.</summary>
    [Fact]
    public void Collisions_NameNobodyWrongly()
    {
        for (var seed = 1; seed <= 500; seed++)
        {
            var problem = WorldChecks.Claims(CollisionWorld.Records(seed), new Random(seed));
            Assert.True(problem is null, $"collision world {seed}: {problem}");
        }
    }

    private static void ForWorlds(int count, Func<ulong, Random, string?> check) => Gen.Int[1, 1_000_000].Sample(
        seed =>
        {
            var problem = check((ulong)seed, new Random(seed));
            Assert.True(problem is null, $"world {seed}: {problem}");
        },
        iter: count,
        print: seed => $"world {seed}");
}
