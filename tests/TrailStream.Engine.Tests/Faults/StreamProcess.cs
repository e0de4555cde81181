using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

namespace TrailStream.Engine.Tests.Faults;

/// <summary>One life of the real program: <c>trailstream run</c>, with signals.</summary>
internal sealed partial class StreamProcess : IDisposable
{
    private const string SessionTimeout = "kafka.client.session.timeout.ms=";

    private readonly Process _process;
    private readonly ConcurrentQueue<string> _lines = new();
    private readonly TaskCompletionSource<string> _address = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private StreamProcess(Process process) => _process = process;

    /// <summary>What it has written to stderr.</summary>
    public IReadOnlyCollection<string> Lines => _lines;

    /// <summary>It has said that it got a partition.</summary>
    public bool Reads => _lines.Any(line => line.Contains("Assigned", StringComparison.Ordinal));

    /// <summary>The end of that, for the message of an assertion.</summary>
    public string LastLines => string.Join('\n', _lines.TakeLast(20));

    public bool HasExited => _process.HasExited;

    public int ExitCode => _process.ExitCode;

    /// <summary>Resident memory, bytes.</summary>
    public long WorkingSet
    {
        get
        {
            _process.Refresh();
            return _process.WorkingSet64;
        }
    }

    /// <summary>Starts it on a topic of the same name, with short times, so that a crash is noticed soon.</summary>
    /// <param name="kafka">Brokers.</param>
    /// <param name="name">Of the topic, the group and all that belongs to them.</param>
    /// <param name="settings">Further <c>key=value</c>.</param>
    public static StreamProcess Start(string kafka, string name, params string[] settings) => Start(kafka, name, settings, []);

    /// <summary>The same with further variables of the environment.</summary>
    public static StreamProcess Start(string kafka, string name, string[] settings, Dictionary<string, string> environment)
    {
        var start = Program("run", kafka, name, ["http.port=0", .. SessionTime(settings), .. settings]);
        foreach (var (variable, value) in environment)
        {
            start.Environment[variable] = value;
        }

        var started = new StreamProcess(Process.Start(start)!);
        started._process.ErrorDataReceived += (_, line) => started.Take(line.Data);
        started._process.OutputDataReceived += (_, line) => started.Take(line.Data);
        started._process.BeginErrorReadLine();
        started._process.BeginOutputReadLine();
        return started;
    }

    /// <summary><c>trailstream verify</c> over all that the group has committed.</summary>
    public static async Task<(int ExitCode, string Report)> VerifyAsync(string kafka, string name, params string[] settings)
    {
        using var process = Process.Start(Program("verify", kafka, name, settings))!;
        var errors = process.StandardError.ReadToEndAsync();
        var report = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, process.ExitCode is 0 or 1 ? report : await errors);
    }

    /// <summary>kill −9.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
    }

    /// <summary>A signal by name: TERM, STOP, CONT.</summary>
    public async Task SignalAsync(string signal)
    {
        using var kill = Process.Start("kill", [$"-{signal}", _process.Id.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync();
    }

    public async Task<TimeSpan> ExitAsync(TimeSpan patience)
    {
        var began = Stopwatch.GetTimestamp();
        using var timeout = new CancellationTokenSource(patience);
        await _process.WaitForExitAsync(timeout.Token);
        return Stopwatch.GetElapsedTime(began);
    }

    /// <summary>One gauge or counter of <c>/metrics</c>, summed over its labels.</summary>
    /// <param name="name">The metric.</param>
    /// <param name="label">Only lines that hold this, as <c>partition="1"</c>.</param>
    public async Task<double> MetricAsync(string name, string label = "") =>
        (await MetricLinesAsync(name, label)).Sum(line => double.Parse(line[(line.LastIndexOf(' ') + 1)..], CultureInfo.InvariantCulture));

    /// <summary>True when there is such a line, whatever its value.</summary>
    public async Task<bool> HasMetricAsync(string name, string label) => (await MetricLinesAsync(name, label)).Any();

    /// <summary>All of <c>/metrics</c> but its comments, line by line.</summary>
    public async Task<IEnumerable<string>> MetricLinesAsync()
    {
        using var http = new HttpClient();
        var text = await http.GetStringAsync($"{await _address.Task.WaitAsync(TimeSpan.FromSeconds(30))}/metrics");
        return text.Split('\n').Where(line => !line.StartsWith('#'));
    }

    private async Task<IEnumerable<string>> MetricLinesAsync(string name, string label) =>
        (await MetricLinesAsync())
            .Where(line => line.StartsWith(name + "{", StringComparison.Ordinal) || line.StartsWith(name + " ", StringComparison.Ordinal))
            .Where(line => line.Contains(label, StringComparison.Ordinal));

    public async Task<int> ReadyAsync()
    {
        using var http = new HttpClient();
        using var answer = await http.GetAsync($"{await _address.Task.WaitAsync(TimeSpan.FromSeconds(30))}/readyz");
        return (int)answer.StatusCode;
    }

    /// <summary>SIGTERM, and the exit code.</summary>
    public async Task<int> StopAsync()
    {
        await SignalAsync("TERM");
        await ExitAsync(Poll.Patience);
        return ExitCode;
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        _process.Dispose();
    }

    private static ProcessStartInfo Program(string verb, string kafka, string name, string[] settings)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardError = true, RedirectStandardOutput = true };
        foreach (var argument in (string[])["exec", Path.Combine(AppContext.BaseDirectory, "trailstream.dll"), verb])
        {
            start.ArgumentList.Add(argument);
        }

        foreach (var setting in (string[])[$"kafka.brokers={kafka}", $"kafka.topic={name}", $"kafka.group={name}", $"sessions.topic={name}-sessions",
            $"dead_letters.topic={name}-dlq", .. settings])
        {
            start.ArgumentList.Add("--set");
            start.ArgumentList.Add(setting);
        }

        // Two cores are shared with brokers and stores: one heap instead of one a core.
        start.Environment["DOTNET_gcServer"] = "0";
        return start;
    }

    /// <summary>With KIP-848 the session's length is the broker's, and the client refuses the setting.</summary>
    private static string[] SessionTime(string[] settings) =>
        settings.Contains("kafka.protocol=consumer") || settings.Any(setting => setting.StartsWith(SessionTimeout, StringComparison.Ordinal)) ? [] : [SessionTimeout + "6000"];

    private void Take(string? line)
    {
        if (line is null)
        {
            return;
        }

        _lines.Enqueue(line);
        if (Address().Match(line) is { Success: true } match)
        {
            _address.TrySetResult(match.Value);
        }
    }

    [GeneratedRegex(@"http://127\.0\.0\.1:\d+")]
    private static partial Regex Address();
}
