using System.Text;
using TrailStream.Core.CloudTrail;
using TrailStream.Pipeline.Files;

namespace TrailStream.Enrich;

/// <summary>What a run says at its end: at most 100 columns, plain text.</summary>
internal sealed class EnrichSummary(EnrichCounters counters, InputTally tally)
{
    private const int ReasonsMax = 10;
    private const int RolesMax = 10;
    private const int Columns = 100;

    public int Files { get; init; }

    /// <summary>Files in folders that do not look like CloudTrail.</summary>
    public int Skipped { get; init; }

    public TimeSpan Elapsed { get; init; }

    /// <summary>Standard input: events written unexplained because the wait or the memory was over before the input was.</summary>
    public long NotInTime { get; init; }

    public bool Piped { get; init; }

    /// <summary>Documents that the store refused.</summary>
    public long Refused { get; init; }

    public void WriteTo(TextWriter output)
    {
        var events = counters.Events;
        var inputs = Piped ? "standard input" : Files == 1 ? "1 file" : $"{EnrichProgress.Number(Files)} files";
        output.WriteLine($"{inputs}, {EnrichProgress.Number(events)} events in {Elapsed.TotalSeconds:0.0} s");
        if (Skipped > 0)
        {
            output.WriteLine($"{EnrichProgress.Number(Skipped)} other files in folders left alone (not .json .ndjson .jsonl .gz .zst)");
        }

        Table(output, "by status", counters.ByStatus(), events);
        Table(output, "by reason", counters.ByReason().Take(ReasonsMax), events);
        Table(output, "roles whose use nothing explains", counters.Roles.Top(RolesMax), events);
        if (NotInTime > 0)
        {
            output.WriteLine();
            output.WriteLine($"{EnrichProgress.Number(NotInTime)} events could not be resolved in time (--wait, --memory)");
            output.WriteLine("files named on the command line are read twice and need neither");
        }

        if (Refused > 0)
        {
            output.WriteLine();
            output.WriteLine($"{EnrichProgress.Number(Refused)} documents were refused by the store");
        }

        ToldApart(output);
        Problems(output);
        output.Flush();
    }

    /// <summary>File names and event content may hold control characters, which must not reach the terminal.</summary>
    internal static string Printable(string text, int columns)
    {
        var clean = new StringBuilder(Math.Min(text.Length, columns));
        foreach (var rune in text.EnumerateRunes())
        {
            var category = Rune.GetUnicodeCategory(rune);
            var hidden = category is System.Globalization.UnicodeCategory.Control or System.Globalization.UnicodeCategory.Format
                or System.Globalization.UnicodeCategory.LineSeparator or System.Globalization.UnicodeCategory.ParagraphSeparator;
            clean.Append(hidden ? "?" : rune.ToString());
        }

        // The end of a path or ARN tells more than its beginning.
        return clean.Length <= columns ? clean.ToString() : "…" + clean.ToString(clean.Length - columns + 1, columns - 1);
    }

    private static void Table(TextWriter output, string title, IEnumerable<(string Name, long Count)> rows, long events)
    {
        var list = rows.ToList();
        if (list.Count == 0)
        {
            return;
        }

        output.WriteLine();
        output.WriteLine(title);
        foreach (var (name, count) in list)
        {
            var share = 100.0 * count / Math.Max(1, events);
            output.WriteLine($"{EnrichProgress.Number(count),14} {share,6:0.0} %  {Printable(name, Columns - 26)}");
        }
    }

    private void ToldApart(TextWriter output)
    {
        var told = tally.ToldApart().ToList();
        if (told.Count == 0)
        {
            return;
        }

        output.WriteLine();
        output.WriteLine("told apart: well formed, and no events by their nature");
        foreach (var (status, count) in told)
        {
            var what = status switch
            {
                DecodeStatus.Pointer => "notifications of S3 objects (give the objects themselves)",
                DecodeStatus.Digest => "digests",
                _ => "messages of the transport",
            };
            output.WriteLine($"{EnrichProgress.Number(count),14}           {InputReasons.NameOf(status)}: {what}");
        }
    }

    private void Problems(TextWriter output)
    {
        if (tally.Problems == 0)
        {
            return;
        }

        output.WriteLine();
        output.WriteLine($"could not be read: {EnrichProgress.Number(tally.Problems)}");
        foreach (var (problem, count) in tally.Listed)
        {
            var place = problem.Position < 0 ? "" : $" at byte {problem.Position}";
            var detail = problem.Detail.Length == 0 ? "" : ": " + Printable(problem.Detail, Columns);
            var others = count == 1 ? "" : $", and {EnrichProgress.Number(count - 1)} more in it";
            output.WriteLine($"  {Printable(problem.Path, Columns - 50)}{place}: {problem.Reason}{others}{detail}");
        }

        if (tally.Problems > tally.ListedProblems)
        {
            output.WriteLine($"  … and {EnrichProgress.Number(tally.Problems - tally.ListedProblems)} more");
        }
    }
}
