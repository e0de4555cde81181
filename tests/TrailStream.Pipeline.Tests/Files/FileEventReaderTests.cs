using System.IO.Compression;
using System.Text;
using TrailStream.Pipeline.Files;
using Xunit;

namespace TrailStream.Pipeline.Tests.Files;

public sealed class FileEventReaderTests : IDisposable
{
    private static readonly FileLimits Small = new(256, 4096, 16);

    private readonly TemporaryFolder _folder = new();

    [Theory]
    [InlineData("plain")]
    [InlineData("gzip")]
    [InlineData("members")]
    [InlineData("zstd")]
    [InlineData("gzip in zstd")]
    public void Compression_IsTakenOff(string how)
    {
        var lines = Enumerable.Range(0, 500).Select(i => $"{{\"n\":{i},\"t\":\"{new string('x', i % 90)}\"}}").ToArray();
        var text = Encoding.UTF8.GetBytes(string.Join('\n', lines));
        var path = _folder.Write("input", how switch
        {
            "gzip" => Gzip(text),
            "members" => [.. Gzip(text[..3000]), .. Gzip(text[3000..])],
            "zstd" => Zstd(text),
            "gzip in zstd" => Zstd(Gzip(text)),
            _ => text,
        });
        var (values, problems) = Read(path, Small);
        Assert.Empty(problems);
        Assert.Equal(lines, values.Select(value => value.Text));
        Assert.All(values, value => Assert.Equal(value.Text, Encoding.UTF8.GetString(text, (int)value.Position, value.Text.Length)));
    }

    [Fact]
    public void CutGzip_GivesItsValuesAndSaysWhere()
    {
        var lines = Enumerable.Range(0, 2000).Select(i => $"{{\"n\":{i},\"t\":\"{i * 7919L % 1000003}\"}}\n").ToArray();
        var content = Gzip(Encoding.UTF8.GetBytes(string.Concat(lines)));
        var (values, problems) = Read(_folder.Write("cut.gz", content[..(content.Length / 2)]), Small);
        Assert.InRange(values.Count, 100, 1999);
        Assert.Equal(lines.Take(values.Count).Select(line => line.TrimEnd()), values.Select(value => value.Text));
        var problem = Assert.Single(problems);
        Assert.Equal("bad_compression", problem.Reason);
        Assert.InRange(problem.Position, values[^1].Position, 1_000_000);
    }

    [Fact]
    public void CutZstd_GivesItsValuesAndSaysWhere()
    {
        var content = Zstd(Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, 100_000).Select(i => $"{{\"n\":{i * 7919L % 1000003}}}\n"))));
        var (values, problems) = Read(_folder.Write("cut.zst", content[..(content.Length / 2)]), FileLimits.Default);
        Assert.NotEmpty(values);
        Assert.Equal("bad_compression", Assert.Single(problems).Reason);
    }

    [Fact]
    public void TooLargeValue_IsReportedAndPassed()
    {
        var path = _folder.Write("large", $"{{\"n\":1}}\n{{\"n\":\"{new string('x', 50_000)}\",\"m\":[{{}}]}}\n{{\"n\":3}}\n");
        var (values, problems) = Read(path, Small);
        Assert.Equal(["{\"n\":1}", "{\"n\":3}"], values.Select(value => value.Text));
        var problem = Assert.Single(problems);
        Assert.Equal(("too_large", 8L), (problem.Reason, problem.Position));
    }

    [Fact]
    public void LargeArray_NeedsNoMoreMemoryThanItsChunks()
    {
        var path = _folder.Write("array", "{\"Records\":[" + string.Join(',', Enumerable.Range(0, 5000).Select(i => $"{{\"n\":{i}}}")) + "]}");
        var (values, problems) = Read(path, Small, out var capacity);
        Assert.Empty(problems);
        Assert.Equal(5000, values.Count);
        Assert.Equal(Small.ChunkBytes, capacity);
    }

    [Fact]
    public void MissingFile_IsAProblem()
    {
        var (values, problems) = Read(Path.Combine(_folder.Path, "none"), Small);
        Assert.Empty(values);
        Assert.Equal(("unreadable", -1L), (problems.Single().Reason, problems.Single().Position));
    }

    [Fact]
    public void ByteOrderMark_IsNoValue()
    {
        var path = _folder.Write("bom.json", [0xEF, 0xBB, 0xBF, .. "{\"n\":1}"u8]);
        Assert.Equal("{\"n\":1}", Read(path, Small).Values.Single().Text);
    }

    public void Dispose() => _folder.Dispose();

    private static byte[] Gzip(byte[] content)
    {
        var output = new MemoryStream();
        using (var gzip = new GZipStream(output, CompressionLevel.Fastest, leaveOpen: true))
        {
            gzip.Write(content);
        }

        return output.ToArray();
    }

    private static byte[] Zstd(byte[] content)
    {
        using var compressor = new ZstdSharp.Compressor();
        return compressor.Wrap(content).ToArray();
    }

    private static (List<(string Text, long Position)> Values, List<InputProblem> Problems) Read(string path, FileLimits limits) =>
        Read(path, limits, out _);

    private static (List<(string Text, long Position)> Values, List<InputProblem> Problems) Read(string path, FileLimits limits, out int capacity)
    {
        var values = new List<(string, long)>();
        var problems = new List<InputProblem>();
        using var reader = FileEventReader.OfFile(path, limits, _ => { });
        var chunk = new ValueChunk();
        while (reader.Read(chunk))
        {
            values.AddRange(Enumerable.Range(0, chunk.Values.Count).Select(i => (Encoding.UTF8.GetString(chunk.Value(i)), chunk.PositionOf(i))));
            problems.AddRange(chunk.Problems);
        }

        capacity = chunk.Bytes.Length;
        return (values, problems);
    }
}
