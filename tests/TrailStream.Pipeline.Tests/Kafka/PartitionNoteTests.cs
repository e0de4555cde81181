using System.Text;
using CsCheck;
using TrailStream.Pipeline.Kafka;
using TrailStream.Pipeline.Store;
using Xunit;

namespace TrailStream.Pipeline.Tests.Kafka;

public sealed class PartitionNoteTests
{
    private static readonly DateTimeOffset Noon = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Written_IsReadBack() =>
        Gen.Select(Gen.String[1, 60], Gen.Int[0, 100_000], Gen.Long[0, 4_000_000_000_000], Gen.Enum<NoteKind>()).Sample(place =>
        {
            var note = new PartitionNote(place.Item4, place.Item1, place.Item2, DateTimeOffset.FromUnixTimeMilliseconds(place.Item3));
            var json = note.ToJson();
            return !PartitionNote.TryRead(json, out var read) ? json.Length > 512 || HasLoneSurrogate(place.Item1) : read == note || HasLoneSurrogate(place.Item1);
        });

    [Theory]
    [InlineData("""{"trailstreamAsked":{"topic":"cloudtrail","partition":3,"until":1764115200000},"eventVersion":"1.08"}""")]
    [InlineData("""{"eventVersion":"1.08","trailstreamAsked":{"topic":"cloudtrail","partition":3,"until":1764115200000}}""")]
    [InlineData("""{"trailstreamAsked":{"topic":"cloudtrail","partition":3,"until":1764115200000,"eventID":"x"}}""")]
    [InlineData("""{"trailstreamAsked":{"topic":"cloudtrail","partition":3}}""")]
    [InlineData("""{"trailstreamAsked":{"topic":"cloudtrail","partition":"3","until":1764115200000}}""")]
    [InlineData("""{"trailstreamAsked":{"topic":"cloudtrail","partition":3,"until":-1}}""")]
    [InlineData("""{"trailstreamAsked":{"topic":"cloudtrail","partition":3,"until":1764115200000}""")]
    [InlineData("""{"trailstreamAsked":{""")]
    [InlineData("""{"trailstreamLagging":{""")]
    [InlineData("""{"trailstreamLagging":{"topic":"cloudtrail","partition":3,"until":1764115200000,"eventID":"x"}}""")]
    [InlineData("""{"trailstreamOther":{"topic":"cloudtrail","partition":3,"until":1764115200000}}""")]
    [InlineData("")]
    public void AnythingElse_IsNoNote(string record) => Assert.False(PartitionNote.TryRead(Encoding.UTF8.GetBytes(record), out _));

    [Fact]
    public void LastOneOfAPartitionCounts_ButNeverOneFromTheFuture()
    {
        var notes = new AskedNotes();
        Assert.Null(notes.Of("cloudtrail", 0));
        notes.Add(new PartitionNote(NoteKind.Asked, "cloudtrail", 0, Noon), Noon.AddSeconds(1));
        notes.Add(new PartitionNote(NoteKind.Asked, "cloudtrail", 1, Noon.AddHours(1)), Noon.AddSeconds(2));
        Assert.Equal(Noon, notes.Of("cloudtrail", 0));
        Assert.Equal(Noon.AddSeconds(2), notes.Of("cloudtrail", 1));
        Assert.Null(notes.Of("other", 0));
    }

    private static bool HasLoneSurrogate(string text) => text.EnumerateRunes().Any(rune => rune == Rune.ReplacementChar);
}
