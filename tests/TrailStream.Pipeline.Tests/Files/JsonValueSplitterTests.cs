using System.Text;
using CsCheck;
using TrailStream.Pipeline.Files;
using Xunit;

namespace TrailStream.Pipeline.Tests.Files;

public sealed class JsonValueSplitterTests
{
    private const string A = """{"a":{"b":["x",{"y":"\"}{["}]}}""";
    private const string B = """{"c":"d\\"}""";

    public static TheoryData<string, string[]> Layouts => new()
    {
        { "", [] },
        { " \n ", [] },
        { A, [A] },
        { $"{A}\n{B}\n", [A, B] },
        { $"{A}\r\n\r\n  {B}\r\n", [A, B] },
        { "{\n  \"a\": {\n    \"b\": [\n{\n}\n,\n{\n}\n]\n  }\n}\n" + B, ["{\n  \"a\": {\n    \"b\": [\n{\n}\n,\n{\n}\n]\n  }\n}", B] },
        { $"[{A},\n{B}]", [A, B] },
        { $"[\n]", [] },
        { $$"""{"Records":[{{A}},{{B}}]}""", [A, B] },
        { $$"""{ "Records" : [ {{A}} , {{B}} ] , "more": {"x":[{}]} } {{B}}""", [A, B, B] },
        { $$"""{"Records":[]}""", [] },
        { $"{{\"Records\":[{A}]}}\n{{\"Records\":[{B}]}}\n", [A, B] },
        { """{"Record":1}""", ["""{"Record":1}"""] },
        { """{"Recor""", ["""{"Recor"""] },
        { "H4sIAAAA\nH4sIBBBB", ["H4sIAAAA", "H4sIBBBB"] },
        { """["{\"a\":1}", 5, true]""", ["\"{\\\"a\\\":1}\"", "5", "true"] },
    };

    [Theory]
    [MemberData(nameof(Layouts))]
    public void Layout_GivesItsValues(string text, string[] values) => Assert.Equal(values, Split(text, int.MaxValue).Select(value => value.Trim()));

    [Theory]
    [MemberData(nameof(Layouts))]
    public void Layout_InPiecesOfAnySize_GivesTheSameBytes(string text, string[] values)
    {
        for (var size = 1; size <= Math.Min(text.Length + 1, 40); size++)
        {
            Assert.Equal(values, Split(text, size).Select(value => value.Trim()));
        }
    }

    [Fact]
    public void Concatenated_GivesEverything()
    {
        Assert.Equal(A + B + A, string.Concat(Split(A + B + A, int.MaxValue)));
        Assert.Equal(A + B + A, string.Concat(Split(A + B + A, 7)));
    }

    [Theory]
    [InlineData("{\"a\":\"broken\n" + B + "\n" + B)]
    [InlineData("{\"a\":{\"b\":1\n" + B + "\n" + B)]
    [InlineData("{\"Records\":[{\"a\":\"broken\n," + B + "," + B + "]}")]
    [InlineData("[{\"a\":{\"b\":1 " + B + "," + B + "]")]
    [InlineData("garbage\n" + B + "\n" + B)]
    [InlineData("}\n" + B + "\n" + B)]
    public void BrokenValue_DoesNotTakeTheNextWithIt(string text)
    {
        foreach (var size in (int[])[int.MaxValue, 5])
        {
            var values = Split(text, size);
            Assert.Equal([B, B], values.TakeLast(2).Select(value => value.Trim()));
            Assert.True(values.Count > 2);
        }
    }

    [Theory]
    [InlineData("[" + B, "CutShort")]
    [InlineData("{\"Records\":[" + B + "]", "CutShort")]
    [InlineData("{\"Records\":[{\"a\":", "End")]
    [InlineData("[" + B + "]", "End")]
    public void CutContainer_IsTold(string text, string expected)
    {
        SplitTo(Encoding.UTF8.GetBytes(text), int.MaxValue, out var last);
        Assert.Equal(expected, last.ToString());
    }

    [Fact]
    public void RandomBytes_EndAndStayInPlace() =>
        Gen.Char["{}[]\",:\\\n aR"].Array[0, 200].Select(Gen.Int[1, 30]).Sample((characters, size) =>
        {
            var text = new string(characters);
            var whole = Split(text, int.MaxValue);
            var pieces = Split(text, size);
            Assert.True(whole.Sum(value => value.Length) <= text.Length);
            Assert.True(pieces.Sum(value => value.Length) <= text.Length);
        });

    private static List<string> Split(string text, int size) => SplitTo(Encoding.UTF8.GetBytes(text), size, out _);

    /// <summary>Presents the text in pieces, as a reader does.</summary>
    private static List<string> SplitTo(byte[] text, int size, out SplitOutcome last)
    {
        var splitter = new JsonValueSplitter();
        var values = new List<string>();
        var from = 0;
        var to = (int)Math.Min(text.Length, (long)size);
        while (true)
        {
            last = splitter.Next(text.AsSpan(from, to - from), to == text.Length, out var start, out var length, out var consumed);
            if (last == SplitOutcome.Value)
            {
                Assert.InRange(start + length, 1, consumed);
                values.Add(Encoding.UTF8.GetString(text, from + start, length));
            }
            else if (last != SplitOutcome.NeedMore)
            {
                return values;
            }

            from += consumed;
            to = last == SplitOutcome.NeedMore ? (int)Math.Min(text.Length, (long)to + size) : to;
        }
    }
}
