using System.Security.Cryptography;
using TrailStream.Cli;
using TrailStream.Configuration;
using TrailStream.Pipeline.Elasticsearch;
using TrailStream.Pipeline.Setup;
using TrailStream.Run;

namespace TrailStream.Setup;

/// <summary>The verb <c>setup</c>.</summary>
internal static class SetupVerb
{
    /// <summary>Something that should stand does not.</summary>
    private const int Incomplete = 1;

    /// <param name="arguments">The flags.</param>
    /// <param name="environment">For configuration keys.</param>
    /// <param name="output">Gets the report; only the key with --api-key-out -.</param>
    /// <param name="errors">Gets what went wrong; the report with --api-key-out -.</param>
    /// <param name="isTerminal">Whether a person reads the output: a secret goes to no log unasked.</param>
    /// <param name="clock">Tells which keys have expired.</param>
    /// <param name="cancellationToken">Stops between two requests.</param>
    /// <returns>0, 1, 2 or 78.</returns>
    public static async Task<int> ClusterAsync(
        SetupArguments arguments, IReadOnlyDictionary<string, string> environment, TextWriter output, TextWriter errors, bool isTerminal,
        TimeProvider clock, CancellationToken cancellationToken)
    {
        var request = new SetupRequest
        {
            IsOpenSearch = arguments.IsOpenSearch,
            Choices = arguments.Choices,
            IsDryRun = arguments.IsDryRun,
            WithApiKey = arguments.ApiKeyOut is not null || isTerminal || arguments.IsPrint,
            ApiKeyFile = arguments.ApiKeyOut == "-" ? null : arguments.ApiKeyOut,
            ApiKeyDays = arguments.ApiKeyDays,
        };
        if (arguments.IsPrint)
        {
            Print(request, output);
            return 0;
        }

        var reader = ConfigReader.Read(arguments.Config, environment, arguments.Set, ConfigScope.Elasticsearch);
        if (reader.Errors.Count > 0)
        {
            return ConfigReport.Errors(reader, errors);
        }

        var configured = Composition.Bulk(new Settings(reader.Values));
        if (Connect(configured, arguments.Connection, "--url https://es-1:9200, or elasticsearch.urls in the configuration", errors) is not { } options)
        {
            return CommandLine.WrongUsage;
        }

        return await GuardedAsync(options, errors, async () =>
        {
            using var setup = new ElasticsearchSetup(options, request, clock);
            var report = await setup.RunAsync(cancellationToken).ConfigureAwait(false);
            var keyAlone = arguments.ApiKeyOut == "-";
            Show(report.Server, report.Rows, arguments.IsDryRun, isTerminal, keyAlone ? errors : output);
            if (report.ApiKey is not null)
            {
                await output.WriteLineAsync(keyAlone
                    ? report.ApiKey
                    : $"The stream's API key, shown this once:\n  {report.ApiKey}\n"
                        + "Put it into a file that only the stream reads, and name that in elasticsearch.api_key_file.")
                    .ConfigureAwait(false);
            }

            return report.Failed ? Incomplete : 0;
        }).ConfigureAwait(false);
    }

    /// <summary>Kibana or OpenSearch Dashboards.</summary>
    /// <param name="isOpenSearch">Dashboards.</param>
    /// <param name="connection">Where it is.</param>
    /// <param name="space">Kibana's space.</param>
    /// <param name="isDryRun">Change nothing.</param>
    /// <param name="output">Gets the report.</param>
    /// <param name="errors">Gets what went wrong.</param>
    /// <param name="isTerminal">For colours.</param>
    /// <param name="cancellationToken">Stops between two requests.</param>
    public static async Task<int> DashboardsAsync(
        bool isOpenSearch, ConnectionArguments connection, string? space, bool isDryRun, TextWriter output, TextWriter errors, bool isTerminal,
        CancellationToken cancellationToken)
    {
        var example = isOpenSearch ? "--url http://127.0.0.1:5601, or --print" : "--url https://kibana:5601, or --print";
        if (Connect(new BulkOptions { Urls = [] }, connection, example, errors) is not { } options)
        {
            return CommandLine.WrongUsage;
        }

        return await GuardedAsync(options, errors, async () =>
        {
            using var setup = new DashboardSetup(options, isOpenSearch, space, isDryRun);
            var rows = await setup.RunAsync(cancellationToken).ConfigureAwait(false);
            Show(isOpenSearch ? "OpenSearch Dashboards" : "Kibana", rows, isDryRun, isTerminal, output);
            return rows.Any(row => row.Outcome == SetupOutcome.Failed) ? Incomplete : 0;
        }).ConfigureAwait(false);
    }

    /// <summary>The configuration's connection with what the flags say over it; null, after an error was printed, when it makes no sense.</summary>
    private static BulkOptions? Connect(BulkOptions configured, ConnectionArguments flags, string example, TextWriter errors)
    {
        var options = !flags.HasCredentials ? configured : configured with
        {
            Username = flags.Username,
            Password = null,
            PasswordFile = flags.PasswordFile,
            ApiKey = null,
            ApiKeyFile = flags.ApiKeyFile,
        };
        options = options with { CaFile = flags.CaFile ?? configured.CaFile };
        var withCredentials = options.Username is not null || options.ApiKey is not null || options.ApiKeyFile is not null;
        if (flags.Url is { } text)
        {
            var urls = text.Split(',', StringSplitOptions.TrimEntries);
            if (urls.Select(url => ConfigReader.UrlError(url, withCredentials)).FirstOrDefault(error => error is not null) is { } wrong)
            {
                errors.WriteLine($"setup: --url {wrong}");
                return null;
            }

            options = options with { Urls = [.. urls.Select(url => new Uri(url))] };
        }

        // The configuration's address was checked with the configuration's credentials, which may have been none.
        if (options.Urls.Select(url => ConfigReader.UrlError(url.OriginalString, withCredentials)).FirstOrDefault(error => error is not null) is { } unsafeUrl)
        {
            errors.WriteLine($"setup: elasticsearch.urls {unsafeUrl}");
            return null;
        }

        if (options.Urls.Count == 0)
        {
            errors.WriteLine($"setup: say where it is: {example}");
            return null;
        }

        if ((flags.Username is not null && flags.ApiKeyFile is not null) || (flags.PasswordFile is not null && flags.Username is null))
        {
            errors.WriteLine("setup: log in with --username and --password-file, or with --api-key-file.");
            return null;
        }

        return options;
    }

    private static async Task<int> GuardedAsync(BulkOptions options, TextWriter errors, Func<Task<int>> work)
    {
        try
        {
            return await work().ConfigureAwait(false);
        }
        catch (HttpRequestException e)
        {
            await errors.WriteLineAsync($"setup: {string.Join(", ", options.Urls)}: {PlainText.Of(e.Message, 500)}").ConfigureAwait(false);
        }
        catch (TaskCanceledException e) when (e.InnerException is TimeoutException)
        {
            var seconds = options.RequestTimeout.TotalSeconds;
            await errors.WriteLineAsync($"setup: {string.Join(", ", options.Urls)}: no answer within {seconds:F0} s.").ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException)
        {
            // A file of credentials or certificates that cannot be read, or the key's that cannot be written.
            await errors.WriteLineAsync($"setup: {e.Message}").ConfigureAwait(false);
        }

        return Incomplete;
    }

    private static void Show(string server, IReadOnlyList<SetupRow> rows, bool isDryRun, bool color, TextWriter output)
    {
        var title = isDryRun ? $"{server}: this would be done (nothing was changed)" : server;
        var table = new TextTable(title, ("what", false), ("outcome", false), ("because", false));
        foreach (var row in rows)
        {
            table.Add($"{row.What} {row.Name}", Word(row.Outcome, isDryRun), row.Detail);
        }

        table.Write(TextTable.Console(output, color));
    }

    private static string Word(SetupOutcome outcome, bool isDryRun) => outcome switch
    {
        SetupOutcome.Created => isDryRun ? "would create" : "created",
        SetupOutcome.Upgraded => isDryRun ? "would upgrade" : "upgraded",
        SetupOutcome.Unchanged => "unchanged",
        SetupOutcome.Skipped => "skipped",
        SetupOutcome.Verified => "as it should be",
        _ => "FAILED",
    };

    /// <summary>A script that does the same with curl.</summary>
    private static void Print(SetupRequest request, TextWriter output)
    {
        output.WriteLine("# URL is the cluster's address, AUTH curl's login options. For instance:");
        output.WriteLine("#   URL=https://es-1:9200 AUTH='--user elastic' bash setup.sh");
        foreach (var (what, method, path, body) in ElasticsearchSetup.Requests(request))
        {
            output.WriteLine($"\n# {what}");
            output.WriteLine($"curl --fail-with-body -sS $AUTH -X {method} \"${{URL:?}}{path}\" -H 'content-type: application/json' --data-binary @- <<'END'");
            output.WriteLine(body);
            output.WriteLine("END");
        }
    }
}
