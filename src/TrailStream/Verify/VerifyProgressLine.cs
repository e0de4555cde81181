using System.Globalization;
using TrailStream.Pipeline.Verification;

namespace TrailStream.Verify;

/// <summary>How far it is, on standard error: a moving line on a terminal, a line every ten seconds otherwise.</summary>
internal sealed class VerifyProgressLine(TextWriter output, bool quiet, bool redirected, TimeProvider clock) : IProgress<VerifyProgress>
{
    private static readonly TimeSpan MovingInterval = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan LineInterval = TimeSpan.FromSeconds(10);

    private readonly long _started = clock.GetTimestamp();
    private long _said = clock.GetTimestamp();
    private bool _open;

    public void Report(VerifyProgress value)
    {
        if (quiet || clock.GetElapsedTime(_said) < (redirected ? LineInterval : MovingInterval))
        {
            return;
        }

        _said = clock.GetTimestamp();
        var share = value.RecordsTotal > 0 ? Math.Min(1, (double)value.Records / value.RecordsTotal) : 1;
        var rate = value.Records / Math.Max(0.001, clock.GetElapsedTime(_started).TotalSeconds);
        var line = string.Create(
            CultureInfo.InvariantCulture, $"verify: {share:0.0 %} of {value.RecordsTotal:N0} records, {value.Events:N0} events, {rate:N0} records/s, {value.Missing:N0} missing");
        if (redirected)
        {
            output.WriteLine(line);
        }
        else
        {
            output.Write($"\r{line,-99}");
            _open = true;
        }
    }

    /// <summary>Clears the moving line.</summary>
    public void End()
    {
        if (_open)
        {
            output.Write($"\r{"",-99}\r");
        }
    }
}
