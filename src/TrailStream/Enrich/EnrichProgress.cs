using System.Globalization;

namespace TrailStream.Enrich;

/// <summary>One line on the terminal that moves: pass, bar, bytes, rate, time left. Nothing at all elsewhere. Counters are fed by any
/// thread.</summary>
internal sealed class EnrichProgress(TextWriter terminal, bool shown, int columns, TimeProvider clock) : IAsyncDisposable
{
    /// <summary>Five times a second: smooth to the eye, nothing to the machine.</summary>
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(200);

    private const int BarColumns = 24;

    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _lock = new();
    private Task _task = Task.CompletedTask;
    private string _pass = "";
    private long _total;
    private long _bytes;
    private long _events;
    private long _started;
    private bool _drawn;

    /// <summary>Begins a pass.</summary>
    public void Start(int pass, int passes, long totalBytes)
    {
        lock (_lock)
        {
            _pass = passes == 1 ? "enriching" : pass == 1 ? "1/2 learning " : "2/2 enriching";
            (_total, _bytes, _events, _started) = (totalBytes, 0, 0, clock.GetTimestamp());
        }

        if (shown && _task.IsCompleted)
        {
            _task = DrawAsync();
        }
    }

    public void AddBytes(int count) => Interlocked.Add(ref _bytes, count);

    public void AddEvents(int count) => Interlocked.Add(ref _events, count);

    /// <summary>Takes the line away.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _task;
        if (_drawn)
        {
            await terminal.WriteAsync("\r\u001b[K");
            await terminal.FlushAsync(CancellationToken.None);
        }

        _stop.Dispose();
    }

    internal string Line()
    {
        lock (_lock)
        {
            var seconds = Math.Max(0.001, clock.GetElapsedTime(_started).TotalSeconds);
            var (bytes, events) = (Interlocked.Read(ref _bytes), Interlocked.Read(ref _events));
            var done = _total > 0 ? $"{Bytes(bytes)} of {Bytes(_total)}" : Bytes(bytes);
            var rate = $"{done}  {Bytes((long)(bytes / seconds))}/s  {Number((long)(events / seconds))} events/s";
            if (_total <= 0)
            {
                return $"{_pass}  {Number(events)} events  {rate}";
            }

            var part = Math.Clamp((double)bytes / _total, 0, 1);
            var filled = (int)(part * BarColumns);
            var left = part > 0.01 ? TimeSpan.FromSeconds(seconds * (1 - part) / part) : (TimeSpan?)null;
            var time = left is { } known ? "  " + (known.TotalHours >= 1 ? known.ToString(@"h\:mm\:ss", CultureInfo.InvariantCulture)
                : known.ToString(@"m\:ss", CultureInfo.InvariantCulture)) + " left" : "";
            return $"{_pass}  [{new string('#', filled)}{new string('.', BarColumns - filled)}] {part * 100,3:0} %  {rate}{time}";
        }
    }

    internal static string Bytes(long bytes) => bytes switch
    {
        < 1024 => string.Create(CultureInfo.InvariantCulture, $"{bytes} B"),
        < 1024 * 1024 => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1024.0:0.0} KB"),
        < 1024L * 1024 * 1024 => string.Create(CultureInfo.InvariantCulture, $"{bytes / (1024.0 * 1024):0.0} MB"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{bytes / (1024.0 * 1024 * 1024):0.00} GB"),
    };

    internal static string Number(long number) => number.ToString("N0", CultureInfo.InvariantCulture);

    private async Task DrawAsync()
    {
        using var timer = new PeriodicTimer(Interval, clock);
        try
        {
            while (await timer.WaitForNextTickAsync(_stop.Token))
            {
                var line = Line();
                _drawn = true;
                await terminal.WriteAsync("\r" + (line.Length < columns ? line : line[..Math.Max(0, columns - 1)]) + "\u001b[K");
                await terminal.FlushAsync(_stop.Token);
            }
        }
        catch (OperationCanceledException)
        {
            // The run is over.
            return;
        }
    }
}
