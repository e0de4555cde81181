using System.IO.Compression;
using TrailStream.Pipeline.Files;
using Xunit;

namespace TrailStream.Pipeline.Tests.Files;

public sealed class OutputFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void File_AppearsOnlyWhenComplete()
    {
        var path = Path.Combine(_folder.Path, "out.ndjson");
        using var output = OutputFile.Create(path, 7, out _)!;
        Assert.True(output.Write("abc"u8));
        Assert.False(File.Exists(path));
        Assert.True(output.Complete());
        Assert.Equal("abc", File.ReadAllText(path));
        Assert.Single(Directory.GetFileSystemEntries(_folder.Path));
    }

    [Fact]
    public void IncompleteFile_LeavesTheOldOne()
    {
        var path = _folder.Write("out.ndjson", "old");
        using (var output = OutputFile.Create(path, 7, out _)!)
        {
            output.Write("abc"u8);
        }

        Assert.Equal("old", File.ReadAllText(path));
        Assert.Single(Directory.GetFileSystemEntries(_folder.Path));
    }

    [Fact]
    public void Extension_Compresses()
    {
        var path = Path.Combine(_folder.Path, "out.ndjson.gz");
        using (var output = OutputFile.Create(path, 7, out _)!)
        {
            output.Write("abc"u8);
            output.Complete();
        }

        using var reader = new StreamReader(new GZipStream(File.OpenRead(path), CompressionMode.Decompress));
        Assert.Equal("abc", reader.ReadToEnd());
    }

    [Fact]
    public void Device_IsWrittenInPlace()
    {
        Assert.SkipUnless(File.Exists("/dev/null"), "needs /dev/null");
        using var output = OutputFile.Create("/dev/null", 7, out _)!;
        Assert.True(output.Write("abc"u8) && output.Complete());
        Assert.Equal(0, new FileInfo("/dev/null").Length);
    }

    [Fact]
    public void MissingFolder_SaysSo()
    {
        Assert.Null(OutputFile.Create(Path.Combine(_folder.Path, "none", "out"), 7, out var error));
        Assert.NotEmpty(error);
    }

    [Fact]
    public void ClosedPipe_IsTold()
    {
        using var output = OutputFile.To(new ClosedPipe());
        Assert.False(output.Write("abc"u8));
        Assert.Equal(OutputState.ReaderGone, output.State);
    }

    public void Dispose() => _folder.Dispose();

    private sealed class ClosedPipe : MemoryStream
    {
        public override void Write(ReadOnlySpan<byte> buffer) => throw new IOException("Broken pipe", 32);
    }
}
