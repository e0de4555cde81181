using System.CommandLine;
using TrailStream.Cli;
using TrailStream.Configuration;
using TrailStream.Core.Documents;
using TrailStream.Pipeline.Files;

namespace TrailStream.Enrich;

/// <summary>The verb <c>enrich</c> and its flags.</summary>
internal static class EnrichCommand
{
    private const string Description =
        """
        Reads CloudTrail from files and writes every event, in order, with its origin.

        Reads .json, .ndjson, .jsonl, .gz, .zst in any mixture and envelope (S3 files, EventBridge, CloudWatch Logs, SNS, SQS,
        Firehose, Elastic's event.original). Files are read twice, so that their order does not matter.
        --retain, --identity and --event-original choose the same as the keys elasticsearch.… of `run`, for the forms ecs and bulk.
        Exit 0; 1 when some input could not be read (everything else is written); 2 for wrong usage.

        Examples:
          trailstream enrich AWSLogs/ -o enriched.ndjson.zst --store trail.db
          zcat *.json.gz | trailstream enrich - | jq .trailstream.attribution.path
          trailstream enrich AWSLogs/ --form bulk | curl -H 'content-type: application/x-ndjson' --data-binary @- localhost:9200/_bulk
          trailstream enrich AWSLogs/ --form ecs --retain flattened --identity ecs -o documents.ndjson
        """;

    public static Command Build(TimeProvider clock)
    {
        var paths = new Argument<string[]>("PATH") { Description = "Files, folders (with all below), patterns, or - for standard input.", Arity = ArgumentArity.OneOrMore };
        var output = new Option<string?>("--output", "-o") { Description = "File to write instead of standard output; .gz and .zst compress." };
        var form = Choice("--form", "cloudtrail (the record plus one member), ecs, or bulk (ecs with action lines).", "cloudtrail", "ecs", "bulk");
        form.DefaultValueFactory = _ => "cloudtrail";
        var retain = Choice(
            "--retain", "Copies of requestParameters and its like, see docs/fields.md; all without it.", "all", "flattened", "keyword", "minimal", "none");
        var identity = Choice("--identity", "Who is user.* of a role session: the role, as Elastic's rules expect (compat), or the origin (ecs).", "compat", "ecs");
        var original = new Option<bool>("--event-original") { Description = "Adds the whole record as event.original." };
        var store = new Option<string?>("--store") { Description = "SQLite file that gets the documents too, for `who`." };
        var deadLetters = new Option<string?>("--dead-letters") { Description = "File that gets what could not be decoded, for `dlq --file`; appended." };
        var wait = new Option<string>("--wait") { Description = "How long standard input holds back what is unresolved.", DefaultValueFactory = _ => "30s" };
        var memory = new Option<string>("--memory") { Description = "Memory for that.", DefaultValueFactory = _ => "256MB" };
        var quiet = CommandLine.Quiet();
        var command = new Command("enrich", Description) { paths, output, form, retain, identity, original, store, deadLetters, wait, memory, quiet };
        command.SetAction(async (parse, cancellation) =>
        {
            if (!Units.TryParseDuration(parse.GetValue(wait)!, out var waiting) || !Units.TryParseSize(parse.GetValue(memory)!, out var bytes))
            {
                await Console.Error.WriteLineAsync("enrich: --wait must be a duration such as 30s or 5m, --memory a size such as 256MB.");
                return CommandLine.WrongUsage;
            }

            _ = EnrichArguments.TryParseForm(parse.GetValue(form)!, out var documents);
            await using var stdout = OutputFile.OpenStandardOutput();
            return await EnrichVerb.RunAsync(
                new EnrichArguments
                {
                    Paths = parse.GetValue(paths)!,
                    Output = parse.GetValue(output),
                    Form = documents,
                    Documents = OptionsOf(parse.GetValue(retain), parse.GetValue(identity), parse.GetValue(original)),
                    Store = parse.GetValue(store),
                    DeadLetters = parse.GetValue(deadLetters),
                    Wait = waiting,
                    MemoryBytes = bytes,
                    Quiet = parse.GetValue(quiet),
                    Terminal = !Console.IsErrorRedirected,
                    Columns = Console.IsErrorRedirected ? 80 : Math.Max(40, Console.WindowWidth),
                },
                Console.Error, stdout, clock, cancellation);
        });
        return command;
    }

    /// <summary>Null where nothing was asked for.</summary>
    private static DocumentOptions? OptionsOf(string? retain, string? identity, bool original) => retain is null && identity is null && !original
        ? null
        : new DocumentOptions(
            Enum.Parse<RetainedCopies>(retain ?? "all", ignoreCase: true), Enum.Parse<IdentityMapping>(identity ?? "compat", ignoreCase: true), original);

    private static Option<string?> Choice(string name, string description, params string[] choices)
    {
        var option = new Option<string?>(name) { Description = description };
        option.AcceptOnlyFromAmong(choices);
        return option;
    }
}
