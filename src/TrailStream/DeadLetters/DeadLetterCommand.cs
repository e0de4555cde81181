using System.CommandLine;
using TrailStream.Cli;
using TrailStream.Configuration;
using TrailStream.Pipeline.DeadLetters;
using TrailStream.Pipeline.Files;
using TrailStream.Pipeline.Kafka;
using TrailStream.Pipeline.Ndjson;
using TrailStream.Run;

namespace TrailStream.DeadLetters;

/// <summary>The verb <c>dlq</c> on the command line.</summary>
internal static class DeadLetterCommand
{
    private const string RecordDescription = "A record as `dlq list` prints it, such as cloudtrail/2@1042.";

    public static Command Build(TimeProvider clock) => new(
        "dlq",
        """
        Dead letters: records that could not be decoded and documents that a destination refused, with the reason. Looks into the
        topic of the configuration (dead_letters.topic), or into a file.

        Examples:
          trailstream dlq list -c trailstream.yaml
          trailstream dlq show cloudtrail/2@1042 -c trailstream.yaml
          trailstream dlq replay --reason sink_mapping --since 2h -c trailstream.yaml
        """) { List(clock), Show(clock), Replay(clock) };

    private static Command List(TimeProvider clock)
    {
        var where = new Where();
        var which = new Which();
        var limit = new Option<int>("--limit", "-n") { Description = "Letters listed, the newest first.", DefaultValueFactory = _ => 20 };
        var json = Json();
        var command = new Command(
            "list",
            """
            Counts dead letters by reason and lists the newest.

            Examples:
              trailstream dlq list -c trailstream.yaml
              trailstream dlq list --reason bad_json --since 2d --limit 100 -c trailstream.yaml
              trailstream dlq list --file dead-letters.ndjson --json
            """) { where.File, where.Config, where.Set, which.Reason, which.Since, which.Topic, limit, json };
        command.SetAction((parse, cancellation) => RunAsync(() =>
        {
            using var store = where.Open(parse, clock);
            return Task.FromResult(DeadLetterVerb.List(
                store, which.Filter(parse, clock), Math.Max(0, parse.GetValue(limit)), parse.GetValue(json), CommandLine.IsTerminal, Console.Out, cancellation));
        }));
        return command;
    }

    private static Command Show(TimeProvider clock)
    {
        var where = new Where();
        var record = new Argument<string>("RECORD") { Description = RecordDescription };
        var format = new Option<string>("--format") { Description = "How to show the payload: auto, json, text or hex.", DefaultValueFactory = _ => "auto" };
        format.AcceptOnlyFromAmong("auto", "json", "text", "hex");
        var bytes = new Option<int>("--bytes") { Description = "How much of the payload.", DefaultValueFactory = _ => 4096 };
        var raw = new Option<bool>("--raw") { Description = "Only the payload, byte by byte, to standard output: with everything secret in it." };
        var json = Json();
        var command = new Command(
            "show",
            """
            Shows one dead letter: where its record stood, why it is one, what to do, and its payload with secrets hidden.

            RECORD is what `dlq list` prints, TOPIC/PARTITION@OFFSET with #NUMBER for one event of a record. Exit 1 when there is no such letter.

            Examples:
              trailstream dlq show cloudtrail/2@1042 -c trailstream.yaml
              trailstream dlq show cloudtrail/2@1042 --raw -c trailstream.yaml > record.json.gz
              trailstream dlq show logs/day.json@88123 --file dead-letters.ndjson --format hex
            """) { record, where.File, where.Config, where.Set, format, bytes, raw, json };
        command.SetAction((parse, cancellation) => RunAsync(async () =>
        {
            var place = Place(parse.GetValue(record)!);
            using var store = where.Open(parse, clock);
            if (parse.GetValue(raw))
            {
                await using var stdout = OutputFile.OpenStandardOutput();
                return DeadLetterVerb.Raw(store, place, stdout, Console.Error, cancellation);
            }

            return DeadLetterVerb.Show(
                store, place, parse.GetValue(format)!, Math.Max(1, parse.GetValue(bytes)), parse.GetValue(json), Console.Out, cancellation);
        }));
        return command;
    }

    private static Command Replay(TimeProvider clock)
    {
        var where = new Where();
        var which = new Which();
        var record = new Argument<string[]>("RECORD") { Description = RecordDescription, Arity = ArgumentArity.ZeroOrMore };
        var all = new Option<bool>("--all") { Description = "All that are open; needed where nothing narrows the choice." };
        var to = new Option<string?>("--to") { Description = "Topic to send to; without it each record goes back to the topic that it came from." };
        var dryRun = new Option<bool>("--dry-run") { Description = "Says what would be sent, and sends nothing." };
        var rate = new Option<int>("--rate") { Description = "Records a second at most.", DefaultValueFactory = _ => 500 };
        var with = new Option<string?>("--with") { Description = "File whose bytes are sent instead of the kept ones: a mended record. For one RECORD." };
        var again = new Option<bool>("--again") { Description = "Those too that were sent before and have not come back." };
        var json = Json();
        var command = new Command(
            "replay",
            """
            Sends the original records of dead letters to the input again. The stream knows them by their first place, so that ids stay what they
            were: what is there already is not doubled, and a second replay does no harm. A record that came back three times is not sent again.

            Exit 1 when some could not be sent.

            Examples:
              trailstream dlq replay --all --dry-run -c trailstream.yaml
              trailstream dlq replay --reason sink_mapping --since 2h -c trailstream.yaml
              trailstream dlq replay cloudtrail/2@1042 --with mended.json -c trailstream.yaml
              trailstream dlq replay --all --file dead-letters.ndjson --to cloudtrail -c trailstream.yaml
            """) { record, where.File, where.Config, where.Set, which.Reason, which.Since, which.Topic, all, to, dryRun, rate, with, again, json };
        command.SetAction((parse, cancellation) => RunAsync(async () =>
        {
            var filter = which.Filter(parse, clock) with { Places = [.. (parse.GetValue(record) ?? []).Select(Place)] };
            if (filter is { Places.Count: 0, Reasons.Count: 0, Since: null, Source: null } && !parse.GetValue(all))
            {
                throw new WrongUsageException("say which: records, --reason, --since or --topic; or --all.");
            }

            var mended = parse.GetValue(with);
            if (mended is not null && filter.Places.Count != 1)
            {
                throw new WrongUsageException("--with replaces the bytes of one record: name that one.");
            }

            var options = Composition.Kafka(where.Settings(parse));
            if (parse.GetValue(where.File) is not null && parse.GetValue(to) is null)
            {
                throw new WrongUsageException("letters of a file may come from files: name the topic to send them to with --to.");
            }

            using var store = where.Open(parse, clock);
            using var target = new KafkaReplayTarget(options, parse.GetValue(to), clock);
            var replay = new DeadLetterReplay(store, target, clock)
            {
                RecordsPerSecond = Math.Max(1, parse.GetValue(rate)),
                Again = parse.GetValue(again),
                DryRun = parse.GetValue(dryRun),
                Corrected = mended is null ? null : Mended(mended),
            };
            return await DeadLetterVerb.ReplayAsync(
                replay, filter, store.Name, parse.GetValue(json), Console.Out, cancellation).ConfigureAwait(false);
        }));
        return command;
    }

    private static Option<bool> Json() => new("--json") { Description = "Answer as JSON." };

    private static byte[] Mended(string file) => File.ReadAllBytes(file) is { Length: > 0 } bytes
        ? bytes
        : throw new WrongUsageException($"{PlainText.Of(file, 80)} is empty: an empty record is no record.");

    private static RecordPlace Place(string text) => RecordPlace.TryParse(text, out var place)
        ? place
        : throw new WrongUsageException($"\"{PlainText.Of(text, 80)}\" is no record; it must be TOPIC/PARTITION@OFFSET, such as cloudtrail/2@1042.");

    private static Task<int> RunAsync(Func<Task<int>> action) => UserErrors.RunAsync("dlq", action);

    /// <summary>Where the letters are.</summary>
    private sealed class Where
    {
        public Option<string?> File { get; } = new("--file") { Description = "File of dead letters instead of the topic." };

        public Option<string?> Config { get; } = CommandLine.ConfigFile();

        public Option<string[]> Set { get; } = CommandLine.Set();

        public Settings Settings(ParseResult parse) => UserErrors.Settings(parse.GetValue(Config), parse.GetValue(Set), ConfigScope.Kafka);

        public IDeadLetterStore Open(ParseResult parse, TimeProvider clock) => parse.GetValue(File) is { } file
            ? new NdjsonDeadLetterStore(file, clock)
            : Composition.DeadLetterStore(Settings(parse), clock);
    }

    /// <summary>Which of them.</summary>
    private sealed class Which
    {
        public Which() => Reason.AcceptOnlyFromAmong([.. DeadLetterCodes.ReasonNames]);

        public Option<string[]> Reason { get; } = new("--reason") { Description = "Only those with this reason; may be repeated." };

        public Option<string?> Since { get; } = new("--since") { Description = "Only those first seen since then: a time, or how long ago such as 2h." };

        public Option<string?> Topic { get; } = new("--topic") { Description = "Only records of this topic." };

        public DeadLetterFilter Filter(ParseResult parse, TimeProvider clock)
        {
            DateTimeOffset? since = null;
            if (parse.GetValue(Since) is { } text)
            {
                since = PointInTime.TryParse(text, clock, out var time) ? time : throw new WrongUsageException($"--since must be {PointInTime.Allowed}.");
            }

            return new DeadLetterFilter { Reasons = parse.GetValue(Reason) ?? [], Since = since, Source = parse.GetValue(Topic) };
        }
    }
}
