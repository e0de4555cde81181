using System.Diagnostics;
using System.Globalization;
using System.Text;
using CsCheck;
using TrailStream.Core.Attribution;
using TrailStream.Core.CloudTrail;
using TrailStream.Core.Documents;
using TrailStream.Core.Generation;
using TrailStream.Core.Sessions;
using TrailStream.Core.Tests.Attribution;
using Xunit;
using static TrailStream.Core.Tests.Attribution.TestEvents;

namespace TrailStream.Core.Tests.Sessions;

/// <summary>An index that was written and loaded again answers as the first one does, now and after whatever comes next.</summary>
public sealed class SnapshotTests(ITestOutputHelper output)
{
    private static readonly long Morning = DateTimeOffset.Parse(Day + "10:00:00Z", CultureInfo.InvariantCulture).ToUnixTimeSeconds();

    private readonly record struct Step(int Caller, int Issued, int Second, int Name, int Expiry);

    private static readonly Gen<Step[]> Steps = Gen.Select(
        Gen.Int[0, 11], Gen.Int[0, 15], Gen.Int[0, 5], Gen.Int[0, 1], Gen.Int[11, 20],
        (caller, issued, second, name, expiry) => new Step(caller, issued, second, name, expiry)).Array[1, 60];

    /// <summary>Few roles, names, keys and seconds: conflicts, ambiguities, changing parents. Then time goes on so that parents expire before their
    /// children, the index is written in small chunks and loaded under another hash seed, and the rest comes to both while time goes on.</summary>
    [Fact]
    public void LoadedIndex_GivesEveryVerdictOfTheFirst_NowAndLater() => Gen.Select(Steps, Steps, Gen.Int[0, 12], Gen.Int[1, 7]).Sample(
        (before, after, hours, chunk) =>
        {
            using var trail = new Trail();
            foreach (var step in before)
            {
                Add(trail, step);
            }

            Advance(trail.Index, Morning + (hours * 3600));
            using var loaded = Reload(trail.Index, chunk, seed: 99);
            Assert.Equal(trail.Index.Count, loaded.Count);
            var uses = Uses();
            Assert.Equal(Verdicts(trail.Index, uses), Verdicts(loaded, uses));

            var hour = hours;
            for (var i = 0; i < after.Length; i++)
            {
                var first = trail.Events.Count;
                Add(trail, after[i]);
                Learn(loaded, trail.Events, first);
                if (i % 8 == 7)
                {
                    hour++;
                    Advance(trail.Index, Morning + (hour * 3600));
                    Advance(loaded, Morning + (hour * 3600));
                }
            }

            Assert.Equal(trail.Index.Count, loaded.Count);
            Assert.Equal(Verdicts(trail.Index, uses), Verdicts(loaded, uses));
            hour += 3;
            Advance(trail.Index, Morning + (hour * 3600));
            Advance(loaded, Morning + (hour * 3600));
            Assert.Equal(trail.Index.Count, loaded.Count);
            Assert.Equal(Verdicts(trail.Index, uses), Verdicts(loaded, uses));
            Advance(loaded, Morning + (100 * 3600));
            Assert.Equal(0, loaded.Count);
        },
        iter: 400,
        print: world => $"{string.Join("; ", world.Item1)} | {string.Join("; ", world.Item2)} | {world.Item3} {world.Item4}");

    [Fact]
    public void RivalBetweenChunks_IsRememberedWhenItHasExpired()
    {
        using var trail = new Trail();
        trail.Add(Grant(User("alice"), "10:00:00", "admin", "s", Key(1), expires: "20:00:00"));
        var first = trail.Events.Count;
        var isRival = true;
        using var loaded = Reload(trail.Index, 1, seed: 99, () =>
        {
            if (isRival)
            {
                trail.Add(Grant(User("bob"), "10:00:00", "admin", "s", Key(2), expires: "11:00:00"));
                isRival = false;
            }
        });
        Learn(loaded, trail.Events, first);
        Advance(loaded, Morning + (6 * 3600));
        var use = new EventBatch();
        new EventDecoder().Decode(Encoding.UTF8.GetBytes(Action(TestEvents.Role("admin", "s", "10:00:00", null), "10:30:00")), 0, use, []);
        Assert.Equal(1, loaded.Count);
        Assert.Contains("ambiguous", Assert.Single(Verdicts(loaded, use)), StringComparison.Ordinal);
    }

    [Fact]
    public void LoadedIndex_GivesEveryVerdictOfTheFirst_WholeOrganisation()
    {
        var generator = new TrailGenerator(new TrailGeneratorOptions { Seed = 5, Events = 8_000 });
        using var trail = new Trail();
        var record = new ByteBuffer();
        var truth = new TrailTruth();
        while (generator.Next(record, truth))
        {
            trail.Add(record.Written);
            record.Clear();
        }

        using var loaded = Reload(trail.Index, 1000, seed: 3);
        Assert.Equal(Verdicts(trail.Index, trail.Events), Verdicts(loaded, trail.Events));
        output.WriteLine($"{trail.Events.Count} verdicts, {trail.Index.Count} sessions");
    }

    [Fact]
    public void CutChunk_IsRefused()
    {
        using var trail = new Trail();
        trail.Add(Grant(User("alice"), "10:00:00", "admin", "s", Key(1)));
        var cursor = default(SnapshotCursor);
        var chunk = new ByteBuffer();
        Assert.True(trail.Index.WriteChunk(ref cursor, 100, chunk));
        var cut = chunk.Written[..^3].ToArray();
        using var index = NewIndex(1);
        Assert.Throws<InvalidDataException>(() => index.ReadChunk(cut));
    }

    /// <summary>Members named …Text are written as text; these are links and counts that loading makes anew. A new member must be one or the other, or
    /// a plain value.</summary>
    [Fact]
    public void EveryNumberInARecord_IsAccountedFor()
    {
        string[] derived =
        [
            "Parent", "Claim", "Head", "Depth", "Children", "NextInSpan", "NextInBucket", "NextWaiterByKey", "NextWaiterBySession", "PreviousWaiterByKey",
            "PreviousWaiterBySession",
        ];
        var numbers = typeof(SessionRecord).GetFields().Where(field => field.FieldType == typeof(int) && !field.Name.EndsWith("Text", StringComparison.Ordinal));
        Assert.Equal(derived.Order(), numbers.Select(field => field.Name).Order());
    }

    /// <summary>Not a test of speed: says what a million sessions take, when asked to by TRAILSTREAM_MEASURE.</summary>
    [Fact]
    public void MillionSessions_Measured()
    {
        Assert.SkipWhen(Environment.GetEnvironmentVariable("TRAILSTREAM_MEASURE") is null, "set TRAILSTREAM_MEASURE=1");
        using var index = new SessionIndex(SessionIndexOptions.Default with { HashSeed = 1, SessionsMax = 2_000_000 });
        var attributor = new Attributor(index);
        var decoder = new EventDecoder();
        var events = new EventBatch();
        var wakes = new List<ulong>();
        for (var i = 0; i < 1_000_000; i++)
        {
            events.Clear();
            var identity = i % 10 < 8 ? Service("ec2.amazonaws.com") : User($"user-{i % 500}");
            decoder.Decode(Encoding.UTF8.GetBytes(Grant(identity, $"10:{i / 60 % 60:D2}:{i % 60:D2}", $"role-{i % 300}", $"i-{i:x17}", Key(i + 1), id: Guid(i))), 0, events, []);
            attributor.Learn(events.Record(0), in events[0].Fields, wakes);
            wakes.Clear();
        }

        var chunks = new List<byte[]>();
        // Processor time: the clock would tell how busy the machine is.
        var process = Process.GetCurrentProcess();
        var began = process.TotalProcessorTime;
        var cursor = default(SnapshotCursor);
        var chunk = new ByteBuffer();
        while (index.WriteChunk(ref cursor, 4096, chunk))
        {
            chunks.Add(chunk.Written.ToArray());
            chunk.Clear();
        }

        process.Refresh();
        var written = process.TotalProcessorTime - began;
        using var loaded = NewIndex(2, 2_000_000);
        began = process.TotalProcessorTime;
        chunks.ForEach(bytes => loaded.ReadChunk(bytes));
        loaded.EndLoad();
        process.Refresh();
        var read = process.TotalProcessorTime - began;
        Assert.Equal(index.Count, loaded.Count);
        output.WriteLine($"{index.Count} sessions, {chunks.Sum(bytes => (long)bytes.Length) >> 20} MB uncompressed, written in {written.TotalSeconds:F2} s, loaded in {read.TotalSeconds:F2} s of processor time");
    }

    private static string Guid(int i) => $"{i:x8}-0000-4000-8000-{(long)i * 7919 % 1_000_000_007:x12}";

    private static void Add(Trail trail, Step step) =>
        trail.Add(Grant(Caller(step), Time(step.Second), Role(step.Issued), Name(step.Name), Key(100 + step.Issued), expires: Time(step.Second, hour: step.Expiry)));

    /// <summary>Every key and every session second, at several times of use.</summary>
    private static EventBatch Uses()
    {
        var decoder = new EventDecoder();
        var events = new EventBatch();
        for (var issued = 0; issued < 16; issued++)
        {
            for (var second = 0; second < 6; second++)
            {
                for (var name = 0; name < 2; name++)
                {
                    Decode(TestEvents.Role(Role(issued), Name(name), Time(second), Key(100 + issued)));
                    Decode(TestEvents.Role(Role(issued), Name(name), Time(second), null));
                }
            }
        }

        return events;

        void Decode(string identity) => decoder.Decode(Encoding.UTF8.GetBytes(Action(identity, "10:30:00")), 0, events, []);
    }

    private static List<string> Verdicts(SessionIndex index, EventBatch events)
    {
        var attributor = new Attributor(index);
        var verdicts = new List<string>();
        for (var i = 0; i < events.Count; i++)
        {
            var verdict = attributor.Attribute(events.Record(i), in events[i].Fields, graceOver: true);
            verdicts.Add($"{verdict.Rank} {Encoding.UTF8.GetString(attributor.Write(events.Record(i), in events[i].Fields, in verdict, 0, 1, false).Json)}");
        }

        return verdicts;
    }

    private static void Learn(SessionIndex index, EventBatch events, int first)
    {
        var attributor = new Attributor(index);
        for (var i = first; i < events.Count; i++)
        {
            if (attributor.IsEvidence(events.Record(i), in events[i].Fields))
            {
                attributor.Learn(events.Record(i), in events[i].Fields, []);
            }
        }
    }

    private static SessionIndex Reload(SessionIndex index, int chunkRecords, ulong seed, Action? betweenChunks = null)
    {
        var loaded = NewIndex(seed);
        var cursor = default(SnapshotCursor);
        var chunk = new ByteBuffer();
        while (index.WriteChunk(ref cursor, chunkRecords, chunk))
        {
            loaded.ReadChunk(chunk.Written);
            chunk.Clear();
            betweenChunks?.Invoke();
        }

        loaded.EndLoad();
        return loaded;
    }

    private static SessionIndex NewIndex(ulong seed, int sessions = 100_000) =>
        new(SessionIndexOptions.Default with { HashSeed = seed, SessionsMax = sessions });

    private static void Advance(SessionIndex index, long eventTime)
    {
        index.EnterWrite();
        index.Advance(eventTime);
        index.ExitWrite();
    }

    private static string Caller(Step step) => step.Caller switch
    {
        0 => User("alice"),
        1 => User("bob"),
        _ => TestEvents.Role(Role(step.Caller), Name(step.Caller & 1), Time(Math.Max(0, step.Second - 1)), step.Caller < 8 ? Key(100 + step.Caller) : Key(900)),
    };

    private static string Role(int number) => $"role-{number % 3}";

    private static string Name(int number) => $"name-{number}";

    private static string Time(int second, int hour = 10) => $"{hour:D2}:00:{second:D2}";
}
