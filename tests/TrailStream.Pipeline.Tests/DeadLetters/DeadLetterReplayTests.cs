using System.Security.Cryptography;
using System.Text;
using TrailStream.Pipeline.DeadLetters;
using TrailStream.Pipeline.Sinks;
using TrailStream.Testing.Time;
using Xunit;

namespace TrailStream.Pipeline.Tests.DeadLetters;

public sealed class DeadLetterReplayTests
{
    private static readonly RecordPlace One = new("cloudtrail", 2, 7);

    private readonly MemoryDeadLetterStore _store = new();
    private readonly MemoryTarget _target = new();

    [Fact]
    public async Task Sent_OnceAsItWas_AndClosedUntilItComesBack()
    {
        _store.Add(One);
        var sent = Assert.Single(await ReplayAsync());
        Assert.Equal((ReplayOutcome.Sent, "sent@0"), (sent.Outcome, sent.To));
        Assert.Equal([(One with { Replays = 1 }, "{ broken")], _target.Sent);
        Assert.Equal(ReplayOutcome.AlreadySent, Assert.Single(await ReplayAsync()).Outcome);

        // A crash writes the same letter again: that is not its record coming back.
        _store.Add(One);
        Assert.Equal(ReplayOutcome.AlreadySent, Assert.Single(await ReplayAsync()).Outcome);
        _store.Add(One with { Replays = 1 });
        Assert.Equal(ReplayOutcome.Sent, Assert.Single(await ReplayAsync()).Outcome);
        Assert.Equal(2, _target.Sent[^1].Place.Replays);
    }

    [Fact]
    public async Task ThreeTimesBack_IsNotSentAgain()
    {
        for (var replays = 0; replays < DeadLetterReplay.ReplaysMax; replays++)
        {
            _store.Add(One with { Replays = replays });
            Assert.Equal(ReplayOutcome.Sent, Assert.Single(await ReplayAsync()).Outcome);
        }

        _store.Add(One with { Replays = DeadLetterReplay.ReplaysMax });
        Assert.Equal(ReplayOutcome.TooOften, Assert.Single(await ReplayAsync(again: true)).Outcome);
        Assert.Equal([1, 2, 3], _target.Sent.Select(sent => sent.Place.Replays));
    }

    [Fact]
    public async Task SeveralEventsOfOneRecord_SendItOnce()
    {
        _store.Add(One with { Index = 0 }, DeadLetterReason.SinkMapping);
        _store.Add(One with { Index = 3 }, DeadLetterReason.SinkMapping);
        Assert.All(await ReplayAsync(), letter => Assert.Equal(ReplayOutcome.Sent, letter.Outcome));
        Assert.Single(_target.Sent);
        Assert.All(await ReplayAsync(), letter => Assert.Equal(ReplayOutcome.AlreadySent, letter.Outcome));
    }

    [Fact]
    public async Task DryRun_SendsAndNotesNothing()
    {
        _store.Add(One);
        Assert.Equal(ReplayOutcome.Sent, Assert.Single(await ReplayAsync(dryRun: true)).Outcome);
        Assert.Empty(_target.Sent);
        Assert.True(Assert.Single(DeadLetterBook.Read(_store, new(), TestContext.Current.CancellationToken).States).IsOpen);
    }

    [Fact]
    public async Task Filters_ChooseByReasonTimeSourceAndPlace()
    {
        _store.Add(One);
        _store.Add(One with { Offset = 8 }, DeadLetterReason.Bomb);
        _store.Add(new RecordPlace("other", 0, 1));
        Assert.Equal([8L], await Chosen(new() { Reasons = ["bomb"] }));
        Assert.Equal([1L], await Chosen(new() { Since = MemoryDeadLetterStore.Start.AddMinutes(2) }));
        Assert.Equal([7L, 8L], await Chosen(new() { Source = "cloudtrail" }));
        Assert.Equal([7L], await Chosen(new() { Places = [One] }));

        async Task<IEnumerable<long>> Chosen(DeadLetterFilter filter) =>
            (await ReplayAsync(filter, dryRun: true)).Select(letter => letter.State.Letter.Place.Offset).Order();
    }

    [Fact]
    public async Task Truncated_IsTakenFromItsTopic_OrLeft()
    {
        var whole = Encoding.UTF8.GetBytes(new string('x', 50));
        var hash = Convert.ToHexStringLower(SHA256.HashData(whole));
        foreach (var offset in (long[])[7, 8, 9])
        {
            var letter = new DeadLetter(whole.AsMemory(0, 10), DeadLetterReason.SinkTooLarge, DeadLetterStage.Decode, "", One with { Offset = offset });
            _store.Add(letter, (DeadLetterFields.Truncated, "true"), (DeadLetterFields.Sha256, hash));
        }

        _target.Records[7] = whole;
        _target.Records[8] = "another record"u8.ToArray();
        var outcomes = (await ReplayAsync()).ToDictionary(letter => letter.State.Letter.Place.Offset, letter => letter.Outcome);
        Assert.Equal((ReplayOutcome.Sent, ReplayOutcome.Truncated, ReplayOutcome.Truncated), (outcomes[7], outcomes[8], outcomes[9]));
        Assert.Equal(new string('x', 50), Assert.Single(_target.Sent).Payload);
    }

    [Fact]
    public async Task MendedBytes_AreSentInstead()
    {
        _store.Add(One);
        await ReplayAsync(corrected: "mended"u8.ToArray());
        Assert.Equal("mended", Assert.Single(_target.Sent).Payload);
    }

    [Fact]
    public async Task WithoutRecord_NothingCanBeSent()
    {
        _store.Add(One, DeadLetterReason.FetchCorrupt, "");
        _store.Add(new RecordPlace("event:e1", -1, 0), DeadLetterReason.SinkMapping, "{}");
        Assert.All(await ReplayAsync(), letter => Assert.Equal(ReplayOutcome.NoRecord, letter.Outcome));
        Assert.Empty(_target.Sent);
    }

    [Fact]
    public async Task Rate_IsKept()
    {
        for (var offset = 0; offset < 20; offset++)
        {
            _store.Add(One with { Offset = offset });
        }

        var clock = new InstantTimeProvider(MemoryDeadLetterStore.Start);
        var started = clock.GetTimestamp();
        await new DeadLetterReplay(_store, _target, clock) { RecordsPerSecond = 2 }.RunAsync(new(), TestContext.Current.CancellationToken);
        Assert.Equal(20, _target.Sent.Count);
        Assert.InRange(clock.GetElapsedTime(started), TimeSpan.FromSeconds(9), TimeSpan.FromSeconds(11));
    }

    private Task<IReadOnlyList<ReplayedLetter>> ReplayAsync(
        DeadLetterFilter? filter = null, bool again = false, bool dryRun = false, byte[]? corrected = null) =>
        new DeadLetterReplay(_store, _target, TimeProvider.System) { RecordsPerSecond = 1_000_000, Again = again, DryRun = dryRun, Corrected = corrected }
            .RunAsync(filter ?? new(), TestContext.Current.CancellationToken);

    private sealed class MemoryTarget : IReplayTarget
    {
        public List<(RecordPlace Place, string Payload)> Sent { get; } = [];

        public Dictionary<long, byte[]> Records { get; } = [];

        public string? Send(RecordPlace place, ReadOnlyMemory<byte> payload, CancellationToken cancellationToken)
        {
            Sent.Add((place, Encoding.UTF8.GetString(payload.Span)));
            return $"sent@{Sent.Count - 1}";
        }

        public byte[]? Recover(RecordPlace place, CancellationToken cancellationToken) => Records.GetValueOrDefault(place.Offset);

        public void Dispose()
        {
        }
    }
}
