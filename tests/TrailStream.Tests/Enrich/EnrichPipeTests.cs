using System.IO.Pipelines;
using System.Text;
using Microsoft.Extensions.Time.Testing;
using TrailStream.Enrich;
using Xunit;

namespace TrailStream.Tests.Enrich;

public sealed class EnrichPipeTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly FakeTimeProvider _clock = new(Fixtures.Start);
    private readonly Pipe _input = new();
    private readonly Pipe _output = new();
    private readonly StringWriter _stderr = new();

    [Fact]
    public async Task UnresolvedEvent_IsHeldUntilItsGrantComes_AndKeepsTheOrder()
    {
        var run = Start(new EnrichArguments { Paths = ["-"], OpenStandardInput = () => _input.Reader.AsStream() });
        await WriteAsync(Fixtures.Grant("g1", "ASIAEXAMPLE000000009"));
        using var reader = new StreamReader(_output.Reader.AsStream());
        Assert.Equal("direct", EnrichRun.StatusOf(await ReadAsync(reader)));
        await WriteAsync(Fixtures.Use("use"), Fixtures.Grant("g2", "ASIAEXAMPLE000000008"));
        var next = ReadAsync(reader);
        await WriteAsync(Fixtures.Grant("g3"));
        Assert.Equal("attributed", EnrichRun.StatusOf(await next));
        Assert.Contains("\"g2\"", await ReadAsync(reader));
        Assert.Contains("\"g3\"", await ReadAsync(reader));
        await _input.Writer.CompleteAsync();
        Assert.Equal(EnrichVerb.Success, await run.WaitAsync(Patience, TestContext.Current.CancellationToken));
        Assert.DoesNotContain("in time", _stderr.ToString());
    }

    [Fact]
    public async Task Wait_EndsTheHold_AndIsReported()
    {
        var run = Start(new EnrichArguments { Paths = ["-"], OpenStandardInput = () => _input.Reader.AsStream() });
        await WriteAsync(Fixtures.Use("use"));
        using var reader = new StreamReader(_output.Reader.AsStream());
        var next = ReadAsync(reader);
        while (!next.IsCompleted)
        {
            // The run may not have begun to wait yet: time goes on until it has.
            _clock.Advance(TimeSpan.FromSeconds(10));
            await Task.WhenAny(next, Task.Delay(TimeSpan.FromMilliseconds(5), TestContext.Current.CancellationToken));
        }

        Assert.Equal("unattributed", EnrichRun.StatusOf(await next));
        await _input.Writer.CompleteAsync();
        await run.WaitAsync(Patience, TestContext.Current.CancellationToken);
        Assert.Contains("1 events could not be resolved in time", _stderr.ToString());
    }

    [Fact]
    public async Task EndOfInput_WritesWhatIsHeld()
    {
        var content = Fixtures.Gzip(Fixtures.Records(Fixtures.Use("1"), Fixtures.Use("2")));
        var run = Start(new EnrichArguments { Paths = ["-"], OpenStandardInput = () => new MemoryStream(content) });
        using var reader = new StreamReader(_output.Reader.AsStream());
        Assert.Equal("unattributed", EnrichRun.StatusOf(await ReadAsync(reader)));
        Assert.Equal("unattributed", EnrichRun.StatusOf(await ReadAsync(reader)));
        Assert.Equal(EnrichVerb.Success, await run.WaitAsync(Patience, TestContext.Current.CancellationToken));
        Assert.DoesNotContain("in time", _stderr.ToString());
    }

    [Fact]
    public async Task Memory_EndsTheHold()
    {
        var text = string.Join('\n', Enumerable.Range(0, 20_000).Select(i => Fixtures.Use($"{i}")).Append(Fixtures.Grant()));
        var stdout = new MemoryStream();
        var arguments = new EnrichArguments
        {
            Paths = ["-"],
            MemoryBytes = EnrichArguments.MinMemoryBytes,
            OpenStandardInput = () => new MemoryStream(Encoding.UTF8.GetBytes(text)),
        };
        await EnrichVerb.RunAsync(arguments, _stderr, stdout, _clock, TestContext.Current.CancellationToken);
        var statuses = Encoding.UTF8.GetString(stdout.ToArray()).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(EnrichRun.StatusOf).ToList();
        Assert.Equal(20_001, statuses.Count);
        Assert.InRange(statuses.Count(status => status == "unattributed"), 10_000, 19_999);
        Assert.Contains("could not be resolved in time", _stderr.ToString());
    }

    public void Dispose() => _stderr.Dispose();

    private Task<int> Start(EnrichArguments arguments) =>
        Task.Run(
            () => EnrichVerb.RunAsync(arguments, _stderr, _output.Writer.AsStream(), _clock, TestContext.Current.CancellationToken),
            TestContext.Current.CancellationToken);

    private async Task WriteAsync(params string[] events) => await _input.Writer.WriteAsync(Encoding.UTF8.GetBytes(string.Join('\n', events) + "\n"));

    private static async Task<string> ReadAsync(StreamReader reader) =>
        (await reader.ReadLineAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(Patience, TestContext.Current.CancellationToken))!;
}
