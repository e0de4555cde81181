using System.Globalization;
using System.Text.Json.Nodes;
using TrailStream.Cli;
using TrailStream.Pipeline.DeadLetters;
using TrailStream.Who;

namespace TrailStream.DeadLetters;

/// <summary>The verb <c>dlq</c>: what could not be decoded or written, why, and sending it again.</summary>
internal static class DeadLetterVerb
{
    /// <summary>Letters of a replay that are named on a screen; JSON has all.</summary>
    private const int NamedMax = 30;

    public static int List(IDeadLetterStore store, DeadLetterFilter filter, int limit, bool json, bool color, TextWriter output, CancellationToken cancellationToken)
    {
        var book = DeadLetterBook.Read(store, filter, cancellationToken);
        var newest = book.States.OrderByDescending(state => state.Letter.FirstSeen).ThenByDescending(state => state.Letter.Position.Offset).Take(limit).ToList();
        var reasons = book.States.GroupBy(state => state.Letter.Reason).OrderByDescending(group => group.Count(state => state.IsOpen)).ThenBy(group => group.Key).ToList();
        if (json)
        {
            output.WriteLine(new JsonObject
            {
                ["store"] = store.Name,
                ["open"] = book.States.Count(state => state.IsOpen),
                ["sent_again"] = book.States.Count(state => !state.IsOpen),
                ["not_listed"] = book.Forgotten,
                ["reasons"] = new JsonArray([.. reasons.Select(group => (JsonNode)new JsonObject
                {
                    ["reason"] = group.Key,
                    ["open"] = group.Count(state => state.IsOpen),
                    ["sent_again"] = group.Count(state => !state.IsOpen),
                })]),
                ["letters"] = new JsonArray([.. newest.Select(state => (JsonNode)DeadLetterText.Json(state))]),
            }.ToJsonString(WhoVerb.Indented));
            return 0;
        }

        var open = book.States.Count(state => state.IsOpen);
        output.WriteLine($"Dead letters in {PlainText.Of(store.Name)}: {open:N0} open, {book.States.Count - open:N0} sent again.");
        if (book.Forgotten > 0)
        {
            output.WriteLine($"There are {book.Forgotten:N0} more than the {DeadLetterBook.PlacesMax:N0} that are listed: --since or --reason narrows it.");
        }

        if (book.States.Count == 0)
        {
            return 0;
        }

        var console = TextTable.Console(output, color);
        var counts = new TextTable("By reason", ("reason", false), ("open", true), ("sent again", true), ("newest", true));
        foreach (var group in reasons)
        {
            counts.Add(
                group.Key, Number(group.Count(state => state.IsOpen)), Number(group.Count(state => !state.IsOpen)), Time(group.Max(state => state.Letter.FirstSeen)));
        }

        counts.Write(console);
        var listing = new Listing(
            newest.Count < book.States.Count ? $"The newest {newest.Count} of {book.States.Count:N0}" : "All of them",
            ("first seen", false), ("reason", false), ("size", true), ("replays", true), ("state", false), ("record", false));
        foreach (var state in newest)
        {
            listing.Add(
                Time(state.Letter.FirstSeen), state.Letter.Reason, DeadLetterText.Size(state.PayloadBytes), Number(state.Replays),
                state.IsOpen ? "open" : "sent again", state.Letter.Place.ToString());
        }

        listing.Write(output);
        output.WriteLine();
        output.WriteLine("`dlq show RECORD` says more of one, `dlq replay --all --dry-run` what would be sent.");
        return 0;
    }

    /// <returns>0; 1 when there is no such letter.</returns>
    public static int Show(
        IDeadLetterStore store, RecordPlace place, string format, int bytes, bool json, TextWriter output, CancellationToken cancellationToken)
    {
        var filter = new DeadLetterFilter { Places = [place] };
        var states = DeadLetterBook.Read(store, filter, cancellationToken).States.OrderBy(state => state.Letter.Place.Index).ToList();
        foreach (var state in states)
        {
            var letter = Whole(store, state, cancellationToken);
            if (json)
            {
                var answer = DeadLetterText.Json(state);
                answer["meaning"] = DeadLetterCodes.DocOf(letter.Reason)?.Meaning;
                answer["advice"] = DeadLetterCodes.DocOf(letter.Reason)?.Advice;
                output.WriteLine(answer.ToJsonString(WhoVerb.Indented));
            }
            else
            {
                WriteLetter(state, letter, format, bytes, output);
            }
        }

        return states.Count > 0 ? 0 : NotThere(store, place, output);
    }

    /// <summary>The payload as it is, into a file or a pipe.</summary>
    public static int Raw(IDeadLetterStore store, RecordPlace place, Stream output, TextWriter errors, CancellationToken cancellationToken)
    {
        var state = DeadLetterBook.Read(store, new DeadLetterFilter { Places = [place] }, cancellationToken).States.FirstOrDefault();
        if (state is null)
        {
            return NotThere(store, place, errors);
        }

        output.Write(Whole(store, state, cancellationToken).Payload.Span);
        output.Flush();
        return 0;
    }

    /// <returns>0; 1 when some could not be sent.</returns>
    public static async Task<int> ReplayAsync(
        DeadLetterReplay replay, DeadLetterFilter filter, string storeName, bool json, TextWriter output, CancellationToken cancellationToken)
    {
        var letters = await replay.RunAsync(filter, cancellationToken).ConfigureAwait(false);
        var failed = letters.Any(letter => letter.Outcome is not (ReplayOutcome.Sent or ReplayOutcome.AlreadySent));
        if (json)
        {
            output.WriteLine(new JsonObject
            {
                ["dry_run"] = replay.DryRun,
                ["letters"] = new JsonArray([.. letters.Select(letter => (JsonNode)new JsonObject
                {
                    ["record"] = letter.State.Letter.Place.ToString(),
                    ["reason"] = letter.State.Letter.Reason,
                    ["outcome"] = letter.Outcome == ReplayOutcome.Sent && replay.DryRun ? "would_send" : Core.Attribution.Codes.SnakeCase(letter.Outcome.ToString()),
                    ["to"] = letter.To,
                })]),
            }.ToJsonString(WhoVerb.Indented));
            return failed ? 1 : 0;
        }

        var sent = letters.Count(letter => letter.Outcome == ReplayOutcome.Sent);
        output.WriteLine(letters.Count == 0
            ? $"No dead letter in {PlainText.Of(storeName)} is meant by that."
            : replay.DryRun ? $"{sent:N0} of {letters.Count:N0} dead letters would be sent; this was a dry run." : $"{sent:N0} of {letters.Count:N0} dead letters were sent.");
        if (letters.Count == 0)
        {
            return 0;
        }

        var listing = new Listing(
            letters.Count > NamedMax ? $"The first {NamedMax}" : "One by one", ("outcome", false), ("reason", false), ("record", false), ("sent to", false));
        foreach (var letter in letters.OrderByDescending(letter => letter.Outcome).Take(NamedMax))
        {
            var outcome = letter.Outcome == ReplayOutcome.Sent && replay.DryRun ? "would be sent" : DeadLetterText.NameOf(letter.Outcome);
            listing.Add(outcome, letter.State.Letter.Reason, letter.State.Letter.Place.ToString(), letter.To ?? "-");
        }

        listing.Write(output);
        output.WriteLine();
        foreach (var advice in letters.Select(letter => letter.Outcome).Distinct().Select(DeadLetterText.AdviceOn).OfType<string>())
        {
            output.WriteLine(advice);
        }

        return failed ? 1 : 0;
    }

    private static StoredDeadLetter Whole(IDeadLetterStore store, DeadLetterState state, CancellationToken cancellationToken) =>
        store.Read(cancellationToken).First(letter => letter.Position == state.Letter.Position);

    private static int NotThere(IDeadLetterStore store, RecordPlace place, TextWriter output)
    {
        output.WriteLine($"{PlainText.Of(store.Name)} holds no dead letter of {PlainText.Of(place.ToString())}. `trailstream dlq list` shows what there is.");
        return 1;
    }

    private static void WriteLetter(DeadLetterState state, StoredDeadLetter letter, string format, int bytes, TextWriter output)
    {
        var doc = DeadLetterCodes.DocOf(letter.Reason);
        var view = PayloadView.Of(letter);
        output.WriteLine(PlainText.Of(letter.Place.ToString()));
        output.WriteLine();
        Line("reason", PlainText.Of(letter.Reason));
        Line("means", doc?.Meaning ?? "Another version of TrailStream gave this reason; this one does not know it.");
        Line("detail", PlainText.Of(letter.Detail, 1024));
        Line("stage", PlainText.Of(letter.Stage));
        if (letter.EventId is { } id)
        {
            Line("event", PlainText.Of(id));
        }

        if (letter.Sink is { } sink)
        {
            Line("destination", PlainText.Of(
                sink + (letter.StoreIndex is null ? "" : $", index {letter.StoreIndex}") + (letter.StoreStatus is null ? "" : $", HTTP {letter.StoreStatus}")));
        }

        Line("first seen", $"{Time(letter.FirstSeen)}Z, version {PlainText.Of(letter.AppVersion ?? "unknown", 20)}, attempts {letter.Attempts}");
        Line("replays", state.ReplayedTo is { } to ? $"{state.Replays}, the last {Time(state.ReplayedAt!.Value)}Z to {PlainText.Of(to)}; it has not come back"
            : state.Replays == 0 ? "none" : $"{state.Replays}; it came back");
        Line("payload", view.Kind);
        if (doc is not null)
        {
            Line("what to do", doc.Advice);
        }

        output.WriteLine();
        view.Write(format, bytes, output);

        void Line(string name, string text)
        {
            var label = name;
            foreach (var line in Wrap(text, TextTable.WidthMax - 15))
            {
                output.WriteLine($"  {label,-12} {line}");
                label = "";
            }
        }
    }

    private static IEnumerable<string> Wrap(string text, int width)
    {
        while (text.Length > width)
        {
            var space = text.LastIndexOf(' ', width);
            var at = space > 0 ? space : width;
            yield return text[..at];
            text = text[at..].TrimStart();
        }

        yield return text;
    }

    private static string Number(long number) => number.ToString("N0", CultureInfo.InvariantCulture);

    private static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);
}
