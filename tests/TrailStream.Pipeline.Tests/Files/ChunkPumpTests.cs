using TrailStream.Pipeline.Files;
using Xunit;

namespace TrailStream.Pipeline.Tests.Files;

public sealed class ChunkPumpTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Fact]
    public void Chunks_AreWrittenInTheReadersOrder()
    {
        var (read, written) = (0, new List<int>());
        using var pump = Pump(work => Thread.SpinWait(work.Number % 7 * 1000));
        pump.Run(work => (work.Number = read++) < 1000, work => Add(written, work.Number), TestContext.Current.CancellationToken);
        Assert.Equal(Enumerable.Range(0, 1000), written);
    }

    [Fact]
    public void WriterThatHasEnough_EndsTheOthers()
    {
        var (read, written) = (0, new List<int>());
        using var pump = Pump(_ => { });
        pump.Run(work => (work.Number = read++) >= 0, work => Add(written, work.Number) && written.Count < 5, TestContext.Current.CancellationToken);
        Assert.Equal([0, 1, 2, 3, 4], written);
    }

    [Fact]
    public async Task FailingWorker_FailsTheRun()
    {
        var read = 0;
        using var pump = Pump(work =>
        {
            if (work.Number == 20)
            {
                throw new InvalidOperationException("bug");
            }
        });
        var run = Task.Run(() => pump.Run(work => (work.Number = read++) >= 0, _ => true, CancellationToken.None), TestContext.Current.CancellationToken);
        await Assert.ThrowsAsync<InvalidOperationException>(() => run.WaitAsync(Patience, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Cancelled_Ends()
    {
        using var cancel = new CancellationTokenSource();
        using var pump = Pump(_ => { });
        var run = Task.Run(
            () => pump.Run(_ => true, work => Cancel(cancel, work.Number), cancel.Token), TestContext.Current.CancellationToken);
        await Assert.ThrowsAsync<OperationCanceledException>(() => run.WaitAsync(Patience, TestContext.Current.CancellationToken));
    }

    private static bool Cancel(CancellationTokenSource source, int _)
    {
        source.Cancel();
        return true;
    }

    private static bool Add(List<int> list, int number)
    {
        list.Add(number);
        return true;
    }

    private static ChunkPump<NumberWork> Pump(Action<NumberWork> worker) => new([worker, worker, worker], () => new NumberWork());

    private sealed class NumberWork : ChunkWork
    {
        public int Number { get; set; }
    }
}
