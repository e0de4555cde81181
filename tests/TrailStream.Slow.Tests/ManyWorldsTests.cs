using TrailStream.Testing.Worlds;
using Xunit;

namespace TrailStream.Slow.Tests;

/// <summary>The properties of attribution in TRAILSTREAM_WORLDS (10,000) worlds from seed TRAILSTREAM_FIRST_WORLD (1) on. Nothing may be wrong, nothing
/// missed; every bad world is counted, the first few are printed with their seeds.</summary>
public sealed class ManyWorldsTests(ITestOutputHelper output)
{
    private static readonly int Worlds = SlowSuite.Setting("TRAILSTREAM_WORLDS", 10_000);
    private static readonly int First = SlowSuite.Setting("TRAILSTREAM_FIRST_WORLD", 1);

    [Fact]
    public void TruthAndOracle() => ForWorlds(Worlds, (seed, _) => WorldChecks.TruthAndOracle(World.OfEveryKind(seed)));

    [Fact]
    public void AnyDelivery_GivesTheSameDocuments() =>
        ForWorlds(Worlds, (seed, random) => WorldChecks.AnyDelivery(WorldChecks.Records(World.OfEveryKind(seed)), 3, random));

    [Fact]
    public void LostGrants_NeverGiveAnotherOrigin() => ForWorlds(Worlds, (seed, random) => WorldChecks.LostGrants(World.OfEveryKind(seed), random));

    [Fact]
    public void Noise_ChangesNothing() =>
        ForWorlds(Worlds, (seed, random) => WorldChecks.Noise(World.OfEveryKind(seed), World.OfEveryKind(seed + 1_000_000), random));

    [Fact]
    public void ReplayWithAColdIndex_OverwritesNothing() => ForWorlds(Worlds, (seed, random) => WorldChecks.Replay(World.OfEveryKind(seed), random));

    [Fact]
    public void LostQuestions_RepeatedEvidenceMakesUpForThem() =>
        ForWorlds(Worlds, (seed, random) => WorldChecks.LostQuestions(WorldChecks.Records(World.OfEveryKind(seed)), random));

    [Fact]
    public void LostQuestionsAmongCollisions_RepeatedEvidenceMakesUpForThem() =>
        ForWorlds(10 * Worlds, (seed, random) => WorldChecks.LostQuestions(CollisionWorld.Records((int)seed), random));

    [Fact]
    public void LostNode_WhoeverGetsItsPartitionsMakesUpForItsQuestions() =>
        ForWorlds(Worlds, (seed, random) => WorldChecks.LostNode(WorldChecks.Records(World.OfEveryKind(seed)), random));

    [Fact]
    public void LostNodeAmongCollisions_WhoeverGetsItsPartitionsMakesUpForItsQuestions() =>
        ForWorlds(10 * Worlds, (seed, random) => WorldChecks.LostNode(CollisionWorld.Records((int)seed), random));

    [Fact]
    public void Collisions_NameNobodyWrongly() =>
        ForWorlds(10 * Worlds, (seed, random) => WorldChecks.Claims(CollisionWorld.Records((int)seed), random));

    private void ForWorlds(int count, Func<ulong, Random, string?> check)
    {
        SlowSuite.SkipUnlessAsked();
        var bad = 0;
        for (var seed = First; seed < First + count; seed++)
        {
            if (check((ulong)seed, new Random(seed)) is { } problem && ++bad <= 5)
            {
                output.WriteLine($"world {seed}: {problem}");
            }
        }

        output.WriteLine($"{count} worlds from seed {First}: {bad} bad");
        Assert.Equal(0, bad);
    }
}
