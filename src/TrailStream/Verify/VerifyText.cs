using System.Globalization;
using System.Text.Json.Nodes;
using TrailStream.Cli;
using TrailStream.Core.Attribution;
using TrailStream.Pipeline.Verification;
using TrailStream.Who;

namespace TrailStream.Verify;

/// <summary>The report of a verification, for people and as JSON.</summary>
internal static class VerifyText
{
    public static void Write(VerifyReport report, VerifyOptions options, bool json, bool color, TextWriter output)
    {
        if (json)
        {
            output.WriteLine(Json(report, options).ToJsonString(WhoVerb.Indented));
            return;
        }

        var console = TextTable.Console(output, color);
        Ranges(report, options).Write(console);
        Notes(report, output);
        Input(report).Write(console);
        Destinations(report).Write(console);
        Findings(report, output);
        output.WriteLine(Verdict(report));
    }

    private static TextTable Ranges(VerifyReport report, VerifyOptions options)
    {
        var table = new TextTable(
            $"Input, as far as group {PlainText.Of(options.Kafka.GroupId, 40)} has committed",
            ("partition", false), ("from", true), ("to", true), ("records", true), ("committed", true), ("end", true));
        foreach (var range in report.Ranges)
        {
            table.Add(
                $"{range.Range.Topic}/{range.Range.Partition}", Number(range.Range.From), Number(range.Range.To), Number(range.Range.Length),
                range.Committed is { } offset ? Number(offset) : "nothing", Number(range.End));
        }

        return table;
    }

    private static void Notes(VerifyReport report, TextWriter output)
    {
        var notYet = report.Ranges.Sum(range => range.NotYet);
        if (notYet > 0)
        {
            output.WriteLine($"{Number(notYet)} offsets behind the committed ones are still the stream's business, and are not looked at.");
        }

        var removed = report.Ranges.Sum(range => range.Removed);
        if (removed > 0)
        {
            output.WriteLine($"{Number(removed)} offsets at the beginning are removed by the topic's retention: of them nothing can be said.");
        }

        if (!report.RemembersAll)
        {
            output.WriteLine("More events than are remembered: of those beyond, repeated ones and id conflicts are not told apart. Take a smaller range for these.");
        }
    }

    private static TextTable Input(VerifyReport report)
    {
        var table = new TextTable("What was read", ("", false), ("count", true));
        Row("records", report.Records);
        Row("  of these sent again by a replay", report.Replayed, always: false);
        Row("  without a value (tombstones)", report.Tombstones, always: false);
        Row("  messages of the transport", report.Control, always: false);
        Row("  that gave no event, or not all, and are dead letters", report.DeadRecords, always: false);
        Row("  that gave no event, or not all, AND ARE NO DEAD LETTERS", report.MissingLetters, always: false);
        Row("events", report.Events);
        Row("  repeated: the same event once more", report.Repeated, always: false);
        Row("  OTHER EVENTS UNDER AN ID THAT IS TAKEN", report.IdConflicts, always: false);
        Row("  to be found", report.Events - report.Repeated - report.IdConflicts);
        return table;

        void Row(string name, long count, bool always = true)
        {
            if (always || count > 0)
            {
                table.Add(name, Number(count));
            }
        }
    }

    private static TextTable Destinations(VerifyReport report)
    {
        var table = new TextTable(
            "What the destinations hold", ("destination", false), ("indexed", true), ("dead letters", true), ("MISSING", true), ("DOUBLED", true), ("older", true),
            ("pending", true), ("overdue", true), ("as text", true));
        foreach (var to in report.Destinations)
        {
            table.Add(
                to.Name, Number(to.Indexed), Number(to.DeadLettered), Number(to.Missing), Number(to.Doubled), Number(to.Older), Number(to.Pending),
                Number(to.Overdue), Number(to.SafeForm));
        }

        return table;
    }

    private static void Findings(VerifyReport report, TextWriter output)
    {
        foreach (var group in report.Named.GroupBy(finding => (finding.Kind, finding.Destination)).OrderBy(group => group.Key.Kind))
        {
            var total = Total(report, group.Key.Kind, group.Key.Destination);
            var title = $"{TitleOf(group.Key.Kind)}{(group.Key.Destination is null ? "" : $" {group.Key.Destination}")}"
                + (total > group.Count() ? $" (the first {group.Count()} of {Number(total)})" : "");
            var listing = group.Key.Kind == FindingKind.IdConflict
                ? new Listing(title, ("event", false), ("first at", false), ("other at", false))
                : new Listing(title, ("event", false), ("time", false), ("record", false));
            foreach (var finding in group)
            {
                listing.Add(finding.Id ?? "-", finding.Other?.ToString() ?? Time(finding.EventTime), finding.Place.ToString());
            }

            listing.Write(output);
        }

        output.WriteLine();
    }

    private static string Verdict(VerifyReport report)
    {
        var faults = new List<string>();
        Add(report.Destinations.Sum(to => to.Missing), "missing from a destination");
        Add(report.MissingLetters, "without event and without dead letter");
        Add(report.Destinations.Sum(to => to.Doubled), "doubled");
        Add(report.IdConflicts, "under an id that is taken");
        return faults.Count == 0
            ? report.Records == 0 ? "There was nothing to verify." : "All is there."
            : $"NOT ALL IS THERE: {string.Join(", ", faults)}. docs/operations.md says what to do.";

        void Add(long count, string what)
        {
            if (count > 0)
            {
                faults.Add($"{Number(count)} {what}");
            }
        }
    }

    private static string TitleOf(FindingKind kind) => kind switch
    {
        FindingKind.Missing => "MISSING from",
        FindingKind.MissingLetter => "RECORDS WITHOUT EVENT AND WITHOUT DEAD LETTER",
        FindingKind.Doubled => "DOUBLED in",
        FindingKind.IdConflict => "TWO EVENTS UNDER ONE ID",
        FindingKind.Older => "More evidence was there than stands now in",
        FindingKind.Overdue => "Still pending though the time for evidence is over, in",
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "No finding."),
    };

    private static long Total(VerifyReport report, FindingKind kind, string? destination)
    {
        var counts = report.Destinations.FirstOrDefault(to => to.Name == destination);
        return kind switch
        {
            FindingKind.Missing => counts!.Missing,
            FindingKind.Doubled => counts!.Doubled,
            FindingKind.Older => counts!.Older,
            FindingKind.Overdue => counts!.Overdue,
            FindingKind.IdConflict => report.IdConflicts,
            _ => report.MissingLetters,
        };
    }

    private static JsonObject Json(VerifyReport report, VerifyOptions options) => new()
    {
        ["clean"] = report.IsClean,
        ["group"] = options.Kafka.GroupId,
        ["ranges"] = new JsonArray([.. report.Ranges.Select(range => (JsonNode)new JsonObject
        {
            ["topic"] = range.Range.Topic,
            ["partition"] = range.Range.Partition,
            ["from"] = range.Range.From,
            ["to"] = range.Range.To,
            ["committed"] = range.Committed,
            ["end"] = range.End,
            ["removed_by_retention"] = range.Removed,
        })]),
        ["records"] = report.Records,
        ["replayed"] = report.Replayed,
        ["filtered"] = new JsonObject { ["tombstones"] = report.Tombstones, ["control"] = report.Control },
        ["dead_records"] = report.DeadRecords,
        ["missing_letters"] = report.MissingLetters,
        ["events"] = report.Events,
        ["repeated"] = report.Repeated,
        ["id_conflicts"] = report.IdConflicts,
        ["remembers_all"] = report.RemembersAll,
        ["destinations"] = new JsonArray([.. report.Destinations.Select(to => (JsonNode)new JsonObject
        {
            ["name"] = to.Name,
            ["indexed"] = to.Indexed,
            ["dead_lettered"] = to.DeadLettered,
            ["missing"] = to.Missing,
            ["doubled"] = to.Doubled,
            ["older"] = to.Older,
            ["pending"] = to.Pending,
            ["overdue"] = to.Overdue,
            ["safe_form"] = to.SafeForm,
        })]),
        ["findings"] = new JsonArray([.. report.Named.Select(finding => (JsonNode)new JsonObject
        {
            ["kind"] = Codes.SnakeCase(finding.Kind.ToString()),
            ["destination"] = finding.Destination,
            ["event_id"] = finding.Id,
            ["event_time"] = finding.EventTime is null ? null : Time(finding.EventTime),
            ["record"] = finding.Place.ToString(),
            ["other"] = finding.Other?.ToString(),
        })]),
    };

    private static string Number(long number) => number.ToString("N0", CultureInfo.InvariantCulture);

    private static string Time(long? seconds) => seconds is { } time
        ? DateTimeOffset.FromUnixTimeSeconds(time).UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture)
        : "-";
}
