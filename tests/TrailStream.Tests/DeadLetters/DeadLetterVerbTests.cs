using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Time.Testing;
using TrailStream.DeadLetters;
using TrailStream.Pipeline.DeadLetters;
using TrailStream.Pipeline.Ndjson;
using TrailStream.Pipeline.Sinks;
using TrailStream.Tests.Enrich;
using Xunit;

namespace TrailStream.Tests.DeadLetters;

public sealed class DeadLetterVerbTests : IDisposable
{
    private const string Hostile = "\u001b[2J\u202eevil";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("trailstream-dlq-");
    private readonly FakeTimeProvider _clock = new(new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero));

    private string Path => System.IO.Path.Combine(_folder.FullName, "letters.ndjson");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task List_CountsByReason_AndFitsTheScreen()
    {
        var long_ = new RecordPlace(new string('t', 120) + Hostile, 12, 123_456_789_012);
        await WriteAsync(Letter(0), Letter(1), Letter(2, DeadLetterReason.SinkMapping), new DeadLetter(new byte[5000], DeadLetterReason.Bomb, DeadLetterStage.Decode, Hostile, long_));
        using var store = new NdjsonDeadLetterStore(Path, _clock);
        store.NoteReplay(Letter(1).Place with { Replays = 1 }, "cloudtrail/0@99", TestContext.Current.CancellationToken);
        var text = Print(output => DeadLetterVerb.List(store, new(), 20, json: false, color: false, output, TestContext.Current.CancellationToken));
        Assert.Contains("3 open, 1 sent again", text, StringComparison.Ordinal);
        Assert.All(text.Split('\n'), line => Assert.True(line.Length <= 100 || line.Contains("tttttttt", StringComparison.Ordinal), line));
        Assert.DoesNotContain('\u001b', text);
        using var json = JsonDocument.Parse(
            Print(output => DeadLetterVerb.List(store, new() { Reasons = ["bad_json"] }, 1, json: true, color: false, output, TestContext.Current.CancellationToken)));
        Assert.Equal((1, 1), (json.RootElement.GetProperty("open").GetInt32(), json.RootElement.GetProperty("sent_again").GetInt32()));
        Assert.Equal(1, json.RootElement.GetProperty("letters").GetArrayLength());
    }

    [Fact]
    public async Task Show_HidesSecrets_AndSaysWhatToDo()
    {
        await WriteAsync(
            Letter(0, payload: """{"eventID":"e","responseElements":{"credentials":{"sessionToken":"very-secret","accessKeyId":"ASIAQWERTYUIOPASDFGH"}}"""),
            Letter(1, payload: Fixtures.Gzip("""{"Records":[{"sessionToken":"very-secret" """)[..^9]),
            Letter(2, payload: [0xFF, 0x00, 0x41]),
            Letter(4, payload: Encoding.ASCII.GetBytes(Convert.ToBase64String(Fixtures.Gzip("""{"Records":[{"sessionToken":"very-secret" """)[..^9]))),
            Letter(3, DeadLetterReason.SinkMapping, Encoding.UTF8.GetBytes($"[{Fixtures.Use("first")},{Fixtures.Grant("second")}]"), index: 1));
        using var store = new NdjsonDeadLetterStore(Path, _clock);
        var texts = Enumerable.Range(0, 5).Select(offset => Show(store, offset)).ToList();
        Assert.All(texts, text => Assert.DoesNotContain("very-secret", text, StringComparison.Ordinal));
        Assert.Contains("HIDDEN_BY_TRAILSTREAM", texts[0], StringComparison.Ordinal);
        Assert.Contains("Not well-formed JSON, or cut short.", texts[0], StringComparison.Ordinal);
        Assert.Contains("gzip, of which", texts[1], StringComparison.Ordinal);
        Assert.Contains("00000000  ff 00 41", texts[2], StringComparison.Ordinal);
        Assert.Contains("\"eventID\": \"second\"", texts[3], StringComparison.Ordinal);
        Assert.DoesNotContain("secret-token", texts[3], StringComparison.Ordinal);
        Assert.Contains("base64, gzip, of which", texts[4], StringComparison.Ordinal);
        Assert.DoesNotContain("first", texts[3].Replace("first seen", "", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Raw_IsThePayloadByteByByte_AndAnUnknownRecordIsSaid()
    {
        await WriteAsync(Letter(0, payload: [0xFF, 0x00, 0x41]));
        using var store = new NdjsonDeadLetterStore(Path, _clock);
        using var bytes = new MemoryStream();
        Assert.Equal(0, DeadLetterVerb.Raw(store, Letter(0).Place, bytes, TextWriter.Null, TestContext.Current.CancellationToken));
        Assert.Equal([0xFF, 0x00, 0x41], bytes.ToArray());
        using var output = new StringWriter();
        Assert.Equal(1, DeadLetterVerb.Show(store, Letter(9).Place, "auto", 100, json: false, output, TestContext.Current.CancellationToken));
        Assert.Contains("holds no dead letter of cloudtrail/0@9", output.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("dlq replay -c x --rate many")]
    [InlineData("dlq show")]
    [InlineData("dlq list --reason nonsense")]
    [InlineData("dlq show a/0@1 --format xml")]
    public void WrongUsage_IsAnError(string line) => Assert.NotEmpty(Cli.CommandLine.Build(TimeProvider.System).Parse(line).Errors);

    [Theory]
    [InlineData("dlq show cloudtrail/0@1#3 --format hex --file x")]
    [InlineData("dlq replay a/0@1 b/1@2 --dry-run")]
    [InlineData("verify --from 2h --to 0:7 --json")]
    public void RightUsage_IsNone(string line) => Assert.Empty(Cli.CommandLine.Build(TimeProvider.System).Parse(line).Errors);

    private string Show(NdjsonDeadLetterStore store, int offset) => Print(output => DeadLetterVerb.Show(
        store, Letter(offset).Place, "auto", 4096, json: false, output, TestContext.Current.CancellationToken));

    private static string Print(Func<TextWriter, int> print)
    {
        using var output = new StringWriter();
        Assert.Equal(0, print(output));
        return output.ToString();
    }

    private async Task WriteAsync(params DeadLetter[] letters)
    {
        await using var file = new NdjsonDeadLetters(Path, _clock);
        foreach (var letter in letters)
        {
            await file.WriteAsync([letter], TestContext.Current.CancellationToken);
            _clock.Advance(TimeSpan.FromMinutes(1));
        }
    }

    private static DeadLetter Letter(int offset, DeadLetterReason reason = DeadLetterReason.BadJson, string payload = "{ broken", int index = -1) =>
        Letter(offset, reason, Encoding.UTF8.GetBytes(payload), index);

    private static DeadLetter Letter(int offset, byte[] payload) => Letter(offset, DeadLetterReason.BadJson, payload, -1);

    private static DeadLetter Letter(int offset, DeadLetterReason reason, byte[] payload, int index) =>
        new(payload, reason, DeadLetterStage.Decode, "bad_json at byte 1", new RecordPlace("cloudtrail", 0, offset, index));
}
