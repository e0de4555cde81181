using System.CommandLine;
using TrailStream.Configuration;
using TrailStream.DeadLetters;
using TrailStream.Demo;
using TrailStream.Enrich;
using TrailStream.Run;
using TrailStream.Setup;
using TrailStream.Verify;
using TrailStream.Who;

namespace TrailStream.Cli;

/// <summary>The verbs and their flags. The same flag means the same thing everywhere.</summary>
internal static class CommandLine
{
    public const int WrongUsage = 2;
    public const int WrongConfiguration = 78;

    public static RootCommand Build(TimeProvider clock)
    {
        var root = new RootCommand(
            """
            TrailStream names the person or workload behind every AWS API call made through a role.

            Start here:
              trailstream demo                          a made-up organisation, nothing to install
              trailstream enrich logs/ -o out.ndjson    your own CloudTrail files
              trailstream help VERB                     everything about a verb
            """);
        root.Add(Demo(clock));
        root.Add(EnrichCommand.Build(clock));
        root.Add(RunCommand(clock));
        root.Add(WhoCommand.Build());
        root.Add(SetupCommand.Build(clock, EnvironmentOf));
        root.Add(VerifyCommand.Build(clock));
        root.Add(DeadLetterCommand.Build(clock));
        root.Add(Config());
        root.Add(Completion.Command());
        root.Add(Help(root));
        return root;
    }

    internal static bool IsTerminal => !Console.IsOutputRedirected && Environment.GetEnvironmentVariable("NO_COLOR") is null;

    private static Command Demo(TimeProvider clock)
    {
        var events = new Option<long>("--events") { Description = "Events of the made-up organisation.", DefaultValueFactory = _ => 30_000 };
        var seed = new Option<ulong>("--seed") { Description = "Another seed, another organisation's day.", DefaultValueFactory = _ => 1 };
        var store = new Option<string>("--store") { Description = "SQLite file to write; one that exists is replaced.", DefaultValueFactory = _ => "trailstream-demo.db" };
        var kafka = new Option<string?>("--kafka") { Description = "Brokers of a real Kafka instead of the one inside this process." };
        var elasticsearch = new Option<string?>("--elasticsearch") { Description = "URL of an Elasticsearch or OpenSearch that gets the documents too." };
        var quiet = Quiet();
        var command = new Command(
            "demo",
            """
            Runs the whole stream on a made-up organisation and shows what it found.

            Examples:
              trailstream demo
              trailstream demo --events 200000 --seed 7
              trailstream demo --kafka 127.0.0.1:9092 --elasticsearch http://127.0.0.1:9200
            """) { events, seed, store, kafka, elasticsearch, quiet };
        command.SetAction((parse, cancellation) => DemoVerb.RunAsync(
            new DemoArguments(
                parse.GetValue(events), parse.GetValue(seed), parse.GetValue(store)!, parse.GetValue(kafka), parse.GetValue(elasticsearch),
                parse.GetValue(quiet), IsTerminal),
            Console.Out, Console.Error, clock, cancellation));
        return command;
    }

    private static Command RunCommand(TimeProvider clock)
    {
        var (file, set) = (ConfigFile(), Set());
        var command = new Command(
            "run",
            """
            Reads CloudTrail from Kafka, writes documents to Elasticsearch/OpenSearch, a Kafka topic, SQLite or a file, until it is stopped.

            Settings come from the file, then the environment (TRAILSTREAM_KAFKA__BROKERS), then --set. `trailstream config show` lists them.
            SIGTERM writes what is under way and commits; a second one leaves at once. Exit 78 for wrong configuration.

            Examples:
              trailstream run -c trailstream.yaml
              trailstream run --set kafka.brokers=127.0.0.1:9092 --set elasticsearch.urls=http://127.0.0.1:9200
              trailstream run --set kafka.brokers=127.0.0.1:9092 --set sqlite.path=trail.db
            """) { file, set };
        command.SetAction(async (parse, cancellation) =>
        {
            var reader = ConfigReader.Read(parse.GetValue(file), EnvironmentOf(), parse.GetValue(set) ?? []);
            return reader.Errors.Count > 0
                ? ConfigReport.Errors(reader, Console.Error)
                : await RunVerb.RunAsync(new Settings(reader.Values), clock, cancellation).ConfigureAwait(false);
        });
        return command;
    }

    private static Command Config()
    {
        var (file, set) = (ConfigFile(), Set());
        var show = new Command("show", "Prints every key with its value, where the value comes from, and what it does; secrets are masked."
            + "\n\nExample:\n  trailstream config show -c trailstream.yaml") { file, set };
        show.SetAction(parse => ConfigReport.Show(ConfigReader.Read(parse.GetValue(file), EnvironmentOf(), parse.GetValue(set) ?? []), Console.Out));
        var (otherFile, otherSet) = (ConfigFile(), Set());
        var validate = new Command("validate", "Checks the configuration and prints all mistakes at once; exit 78 when there are any."
            + "\n\nExample:\n  trailstream config validate -c trailstream.yaml") { otherFile, otherSet };
        validate.SetAction(parse =>
        {
            var reader = ConfigReader.Read(parse.GetValue(otherFile), EnvironmentOf(), parse.GetValue(otherSet) ?? []);
            if (reader.Errors.Count > 0)
            {
                return ConfigReport.Errors(reader, Console.Error);
            }

            Console.Out.WriteLine("The configuration is valid.");
            return 0;
        });
        return new Command("config", "Shows or checks the configuration of `run`.\n\nExamples:\n  trailstream config show\n  trailstream config validate -c trailstream.yaml") { show, validate };
    }

    private static Command Help(RootCommand root)
    {
        var verb = new Argument<string[]>("VERB") { Description = "The verb to explain.", Arity = ArgumentArity.ZeroOrMore };
        var command = new Command("help", "Explains a verb.\n\nExample:\n  trailstream help enrich") { verb };
        command.SetAction(parse => root.Parse([.. parse.GetValue(verb) ?? [], "--help"]).Invoke());
        return command;
    }

    internal static Option<bool> Quiet() => new("--quiet", "-q") { Description = "No progress, no summary." };

    internal static Option<string?> ConfigFile() => new("--config", "-c") { Description = "The YAML file." };

    internal static Option<string[]> Set() => new("--set") { Description = "key=value, over file and environment; may be repeated.", AllowMultipleArgumentsPerToken = false };

    internal static Dictionary<string, string> EnvironmentOf() =>
        Environment.GetEnvironmentVariables().Cast<System.Collections.DictionaryEntry>().ToDictionary(entry => (string)entry.Key, entry => (string?)entry.Value ?? "");
}
