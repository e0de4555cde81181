using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using CsCheck;
using TrailStream.Core.CloudTrail;
using TrailStream.Core.Documents;
using TrailStream.Core.Generation;
using TrailStream.Core.Tests.Documents;
using Xunit;

namespace TrailStream.Core.Tests.CloudTrail;

/// <summary>The scanner against System.Text.Json: what it finds in a record, what it calls well-formed, and that nothing makes it read outside
/// the record or throw.</summary>
public sealed class ScannerOracleTests
{
    private readonly EventDecoder _decoder = new();
    private readonly EventBatch _events = new();
    private readonly List<DecodeFailure> _failures = [];

    [Fact]
    public void EveryField_HasAPathOfItsOwn() =>
        Assert.Equal((int)RecordField.Count, RecordPaths.All.Values.Distinct(StringComparer.Ordinal).Count());

    [Fact]
    public void RealRecords_FieldsAreWhatTheParserFinds()
    {
        var found = new HashSet<RecordField>();
        foreach (var record in DataSet.RecordsOrSkip())
        {
            Compare(record, found);
        }

        // The set is rich enough to prove something: most members stand in it somewhere.
        Assert.True(found.Count > 40, $"only {found.Count} of the fields occur: {string.Join(", ", found)}");
    }

    [Fact]
    public void GeneratedRecords_FieldsAreWhatTheParserFinds() => ForGenerated(20_000, record => Compare(record, []));

    /// <summary>Whitespace between all tokens, as pretty printers write it, changes no field.</summary>
    [Fact]
    public void IndentedRecords_FieldsAreWhatTheParserFinds() => ForGenerated(2_000, record =>
    {
        using var document = JsonDocument.Parse(record);
        using var memory = new MemoryStream();
        using (var writer = new Utf8JsonWriter(memory, new JsonWriterOptions { Indented = true }))
        {
            document.WriteTo(writer);
        }

        Compare(memory.ToArray(), []);
    });

    /// <summary>One byte changed, cut off, doubled or put in: either both call it well-formed and agree on all fields, or the decoder refuses it
    /// with a reason. It never throws.</summary>
    [Fact]
    public void MutatedRecords_AreReadAlikeOrRefused()
    {
        var records = new List<byte[]>();
        ForGenerated(400, records.Add);
        var mutation =
            from number in Gen.Int[0, records.Count - 1]
            from kind in Gen.Int[0, 5]
            from place in Gen.Double[0, 1]
            from value in Gen.OneOf(Gen.Byte, AnyOf((byte)'"', (byte)'\\', (byte)'{', (byte)'}', (byte)'[', (byte)',', (byte)':', (byte)0, (byte)0xC3))
            from length in Gen.Int[1, 40]
            select (number, kind, place, value, length);
        mutation.Sample(
            m => CheckMutated(Mutate(records[m.number], m.kind, m.place, m.value, m.length)), iter: 40_000, threads: 1, print: m => m.ToString());
    }

    [Fact]
    public void AnyBytes_NeverThrow() => Gen.Byte.Array[0, 300].Sample(bytes => { Decode(bytes); }, iter: 20_000, threads: 1);

    /// <summary>JSON-like text reaches deeper than random bytes do.</summary>
    [Fact]
    public void AnyTokens_NeverThrow()
    {
        var tokens = AnyOf(
            "{", "}", "[", "]", ",", ":", "\"", "\\", "\"eventName\"", "\"Records\":", "\"eventVersion\":\"1.08\"", "\"userIdentity\":{", "\"message\":\"{",
            "\"eventTime\":\"2026-01-01T00:00:00Z\"", "null", "true", "1e9", "-", "\\u00", "\\ud800", "\uFEFF", "\n", "H4sI", "eyJ");
        tokens.Array[0, 60].Sample(parts => { Decode(Encoding.UTF8.GetBytes(string.Concat(parts))); }, iter: 40_000, threads: 1);
    }

    private static Gen<T> AnyOf<T>(params T[] values) => Gen.Int[0, values.Length - 1].Select(i => values[i]);

    private static byte[] Mutate(byte[] record, int kind, double place, byte value, int length)
    {
        var at = (int)(place * (record.Length - 1));
        var until = Math.Min(record.Length, at + length);
        return kind switch
        {
            0 => [.. record[..at], value, .. record[(at + 1)..]],
            1 => record[..at],
            2 => [.. record[..at], value, .. record[at..]],
            3 => [.. record[..at], .. record[until..]],
            4 => [.. record[..until], .. record[at..until], .. record[until..]],
            _ => [.. record[..at], .. Enumerable.Repeat(value, length), .. record[at..]],
        };
    }

    private void CheckMutated(byte[] mutated)
    {
        Decode(mutated);
        for (var i = 0; i < _events.Count; i++)
        {
            // Whatever came in, what goes on is one line of well-formed JSON in UTF-8.
            var text = _events.Record(i);
            Assert.True(IsValid(text.ToArray()), Encoding.UTF8.GetString(text));
            Assert.True(text.IndexOf((byte)'\n') < 0, "a line feed");
        }

        if (_events.Count == 1 && IsValid(mutated))
        {
            Compare(mutated, []);
        }

        Assert.True(_events.Count + _failures.Count > 0 || mutated.AsSpan().Trim(" \t\r\n"u8).IsEmpty, "neither an event nor a reason");
    }

    private bool Decode(byte[] bytes)
    {
        _events.Clear();
        _failures.Clear();
        _decoder.Decode(bytes, 0, _events, _failures);
        return _events.Count > 0;
    }

    private static bool IsValid(byte[] bytes)
    {
        if (!Utf8.IsValid(bytes))
        {
            return false;
        }

        try
        {
            using var document = JsonDocument.Parse(bytes);
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private void Compare(byte[] record, HashSet<RecordField> found)
    {
        if (!Decode(record))
        {
            // Refused for a reason that is not its syntax: digest, insight, no date.
            Assert.DoesNotContain(_failures, failure => failure.Status is DecodeStatus.BadJson or DecodeStatus.TooDeep);
            return;
        }

        // The event's text is the record on one line, secrets hidden: fields are places in that.
        var text = _events.Record(0);
        using var original = JsonDocument.Parse(record);
        using var document = JsonDocument.Parse(text.ToArray());
        Assert.True(SameButSecrets(original.RootElement, document.RootElement), $"{original.RootElement} <> {document.RootElement}");
        foreach (var (field, path) in RecordPaths.All)
        {
            var slice = _events[0].Fields[field];
            var expected = Find(document.RootElement, path);
            if (expected is null)
            {
                Assert.True(!slice.IsPresent, $"{path}: found {Encoding.UTF8.GetString(slice.In(text))} where there is nothing");
                continue;
            }

            found.Add(field);
            Assert.True(Same(expected.Value, slice, text), $"{path}: {expected.Value.GetRawText()} <> {slice.Kind} {Encoding.UTF8.GetString(slice.In(text))}");
        }
    }

    /// <summary>The last one of the same name counts, as in the scanner and in every JSON parser that AWS's own tools use.</summary>
    private static JsonElement? Find(JsonElement root, string path)
    {
        foreach (var name in path.Split('.'))
        {
            if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty(name, out var value))
            {
                return null;
            }

            root = value;
        }

        return root;
    }

    private static bool Same(JsonElement expected, Slice slice, ReadOnlySpan<byte> record) => expected.ValueKind switch
    {
        JsonValueKind.String => slice.Kind is SliceKind.String or SliceKind.EscapedString
            && expected.GetRawText() == "\"" + Encoding.UTF8.GetString(slice.In(record)) + "\""
            && slice.Kind == (expected.GetRawText().Contains('\\') ? SliceKind.EscapedString : SliceKind.String),
        JsonValueKind.Null => slice.Kind == SliceKind.Null,
        JsonValueKind.True => slice.Kind == SliceKind.True,
        JsonValueKind.False => slice.Kind == SliceKind.False,
        JsonValueKind.Number => slice.Kind == SliceKind.Number && expected.GetRawText() == Encoding.UTF8.GetString(slice.In(record)),
        JsonValueKind.Object => slice.Kind == SliceKind.Object && expected.GetRawText() == Encoding.UTF8.GetString(slice.In(record)),
        JsonValueKind.Array => slice.Kind == SliceKind.Array && expected.GetRawText() == Encoding.UTF8.GetString(slice.In(record)),
        _ => false,
    };

    private static bool SameButSecrets(JsonElement a, JsonElement b) => (a.ValueKind, b.ValueKind) switch
    {
        (JsonValueKind.Object, JsonValueKind.Object) => a.EnumerateObject().Count() == b.EnumerateObject().Count()
            && a.EnumerateObject().Zip(b.EnumerateObject()).All(pair => pair.First.NameEquals(pair.Second.Name) && SameButSecrets(pair.First.Value, pair.Second.Value)),
        (JsonValueKind.Array, JsonValueKind.Array) => a.GetArrayLength() == b.GetArrayLength()
            && a.EnumerateArray().Zip(b.EnumerateArray()).All(pair => SameButSecrets(pair.First, pair.Second)),
        _ => a.GetRawText() == b.GetRawText() || b.GetRawText().Contains("HIDDEN_BY_TRAILSTREAM", StringComparison.Ordinal),
    };

    private static void ForGenerated(int count, Action<byte[]> take)
    {
        var generator = new TrailGenerator(new TrailGeneratorOptions { Seed = 5, Events = count });
        var record = new ByteBuffer();
        var truth = new TrailTruth();
        while (generator.Next(record, truth))
        {
            take(record.Written.ToArray());
            record.Clear();
        }
    }
}
