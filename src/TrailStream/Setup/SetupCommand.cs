using System.CommandLine;
using TrailStream.Pipeline.Setup;

namespace TrailStream.Setup;

/// <summary>The flags of <c>setup</c>.</summary>
internal static class SetupCommand
{
    private const string ExitCodes =
        """
        Exit 0 when everything stands (also if a part was skipped because the cluster has no such thing); 1 when something could not be done,
        the table says what and why; 2 for wrong usage; 78 for wrong configuration.
        """;

    public static Command Build(TimeProvider clock, Func<IReadOnlyDictionary<string, string>> environment) => new(
        "setup",
        """
        Makes Elasticsearch, OpenSearch, Kibana or OpenSearch Dashboards ready, in one go.

        Safe to repeat, also from every node at once. Changes nothing that it does not own; upgrades what an earlier version made.

        Examples:
          trailstream setup elasticsearch --url https://es-1:9200 --username elastic --password-file pw --api-key-out /run/secrets/es-api-key
          trailstream setup kibana --url https://kibana:5601 --username elastic --password-file pw
        """)
        { Cluster(false, clock, environment), Cluster(true, clock, environment), Dashboards(false), Dashboards(true) };

    private static Command Cluster(bool isOpenSearch, TimeProvider clock, Func<IReadOnlyDictionary<string, string>> environment)
    {
        var (connection, flags) = Connection("Address of the cluster; several with commas. Default: elasticsearch.urls of the configuration.");
        var config = new Option<string?>("--config", "-c") { Description = "The YAML file of `run`: address and login are taken from it where no flag says otherwise." };
        var set = new Option<string[]>("--set") { Description = "key=value, over file and environment; may be repeated.", AllowMultipleArgumentsPerToken = false };
        var dailyGigabytes = Number("--daily-gb", "Data a day on disk, in GB: sets the shards of a day's index, one for each 40 GB. Default: 2 shards.", 1, 2560);
        var replicas = Number("--replicas", "Copies of each shard. Default: 1.", 0, 10);
        var days = Number("--retain-days", "Days after which the cluster deletes a day's index. Default: 400.", 1, 36500);
        var alias = new Option<bool?>("--rules-alias")
        {
            Description = "Let Elastic's prebuilt rules find the events, as logs-aws.cloudtrail-trailstream. Not beside Elastic's own AWS integration "
                + "for the same trail: each alert would come twice.",
        };
        var keyOut = new Option<string?>("--api-key-out")
        {
            Description = "File for the stream's API key, mode 0600; renewed when it is about to expire. - prints the key alone. "
                + "Default: shown on a terminal, else none is made.",
        };
        var keyDays = Number("--api-key-days", "Days the key is valid; 0 for ever. Default: 90.", 0, 3650);
        var dryRun = new Option<bool>("--dry-run") { Description = "Say what would be done; change nothing." };
        var print = new Option<bool>("--print") { Description = "Print the requests as a script for curl instead; asks no server." };
        var name = isOpenSearch ? "opensearch" : "elasticsearch";
        var command = new Command(
            name,
            (isOpenSearch
                ? """
                  Makes an OpenSearch cluster ready: lifecycle policy (where ISM is there), component and index templates.

                  """
                : """
                  Makes an Elasticsearch cluster ready: lifecycle policy (where ILM is there), component and index templates, roles, API key.

                  """)
            + "\nChoices (--daily-gb, --replicas, --retain-days, --rules-alias) are kept in the cluster: a later run without them reverts nothing.\n" + ExitCodes
            + $"\n\nExamples:\n  trailstream setup {name} --url https://es-1:9200 --username admin --password-file pw --daily-gb 120"
            + (isOpenSearch ? "" : " --api-key-out es-api-key")
            + $"\n  trailstream setup {name} -c trailstream.yaml --dry-run\n  trailstream setup {name} --print > setup.sh");
        foreach (var option in (Option[])[.. flags, config, set, dailyGigabytes, replicas, days, alias, dryRun, print, .. isOpenSearch ? [] : (Option[])[keyOut, keyDays]])
        {
            command.Add(option);
        }

        command.SetAction((parse, cancellation) => SetupVerb.ClusterAsync(
            new SetupArguments
            {
                IsOpenSearch = isOpenSearch,
                Connection = connection(parse),
                Config = parse.GetValue(config),
                Set = parse.GetValue(set) ?? [],
                Choices = new SetupChoices
                {
                    Shards = parse.GetValue(dailyGigabytes) is { } gigabytes ? SetupChoices.ShardsFor(gigabytes) : null,
                    Replicas = parse.GetValue(replicas),
                    RetainDays = parse.GetValue(days),
                    RulesAlias = parse.GetValue(alias),
                },
                ApiKeyOut = isOpenSearch ? null : parse.GetValue(keyOut),
                ApiKeyDays = isOpenSearch ? 0 : parse.GetValue(keyDays) ?? 90,
                IsDryRun = parse.GetValue(dryRun),
                IsPrint = parse.GetValue(print),
            },
            environment(), Console.Out, Console.Error, !Console.IsOutputRedirected, clock, cancellation));
        return command;
    }

    private static Command Dashboards(bool isOpenSearch)
    {
        var product = isOpenSearch ? "OpenSearch Dashboards" : "Kibana";
        var (connection, flags) = Connection($"Address of {product}.");
        var space = new Option<string?>("--space") { Description = "Kibana's space; without it the default one." };
        var dryRun = new Option<bool>("--dry-run") { Description = "Say what would be done; change nothing." };
        var print = new Option<string?>("--print")
        {
            Description = isOpenSearch ? "Print the saved objects as NDJSON instead." : "Print NDJSON instead: the saved objects, or with `rules` the detection rules.",
            Arity = ArgumentArity.ZeroOrOne,
            HelpName = "objects",
        };
        print.AcceptOnlyFromAmong(isOpenSearch ? ["objects"] : ["objects", "rules"]);
        var name = isOpenSearch ? "dashboards" : "kibana";
        var command = new Command(
            name,
            $"Brings into {product}: data view, saved searches for twelve questions, two dashboards with links from event to person to sessions"
            + (isOpenSearch ? "." : ",\nand detection rules (disabled; rules that stand keep their switches, actions and exceptions).")
            + "\nSaved objects of the same ids (trailstream-…) are replaced: copy one before you change it.\n\n" + ExitCodes
            + $"\n\nExamples:\n  trailstream setup {name} --url https://{name}:5601 --username admin --password-file pw\n  trailstream setup {name} --print > trailstream.ndjson"
            + (isOpenSearch ? "" : "\n  trailstream setup kibana --print rules > rules.ndjson"));
        foreach (var option in (Option[])[.. flags, .. isOpenSearch ? [] : (Option[])[space], dryRun, print])
        {
            command.Add(option);
        }

        command.SetAction(async (parse, cancellation) =>
        {
            if (parse.GetResult(print) is { Implicit: false })
            {
                foreach (var line in parse.GetValue(print) == "rules" ? DashboardSetup.RuleLines() : DashboardSetup.ObjectLines(isOpenSearch))
                {
                    await Console.Out.WriteLineAsync(line).ConfigureAwait(false);
                }

                return 0;
            }

            return await SetupVerb.DashboardsAsync(
                isOpenSearch, connection(parse), isOpenSearch ? null : parse.GetValue(space), parse.GetValue(dryRun), Console.Out, Console.Error,
                !Console.IsOutputRedirected, cancellation).ConfigureAwait(false);
        });
        return command;
    }

    private static (Func<ParseResult, ConnectionArguments> Read, Option[] Flags) Connection(string where)
    {
        var url = new Option<string?>("--url") { Description = where };
        var username = new Option<string?>("--username", "--user") { Description = "User; the password is read from --password-file." };
        var passwordFile = new Option<string?>("--password-file") { Description = "File with that password." };
        var keyFile = new Option<string?>("--api-key-file") { Description = "File with an API key instead." };
        var caFile = new Option<string?>("--ca-file") { Description = "PEM file of the authority that signed the server's certificate." };
        return (
            parse => new ConnectionArguments(
                parse.GetValue(url), parse.GetValue(username), parse.GetValue(passwordFile), parse.GetValue(keyFile), parse.GetValue(caFile)),
            [url, username, passwordFile, keyFile, caFile]);
    }

    private static Option<int?> Number(string name, string description, int least, int most)
    {
        var option = new Option<int?>(name) { Description = description };
        option.Validators.Add(result =>
        {
            // A value that is no number is reported by the parser itself.
            if (result.Tokens.Count == 1 && int.TryParse(result.Tokens[0].Value, out var value) && (value < least || value > most))
            {
                result.AddError($"{name} must be a whole number from {least} to {most}.");
            }
        });
        return option;
    }
}
