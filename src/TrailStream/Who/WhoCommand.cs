using System.CommandLine;
using System.Security.Cryptography;
using TrailStream.Cli;
using TrailStream.Configuration;
using TrailStream.Pipeline.Elasticsearch;
using TrailStream.Pipeline.Sqlite;

namespace TrailStream.Who;

/// <summary>The verb <c>who</c> and its flags.</summary>
internal static class WhoCommand
{
    private const string Description =
        """
        Who is behind it? For a key, a session or an event: the chain to its origin with the evidence. For a person: all their sessions.

        Exit 0; 1 when the store knows nothing of the subject or cannot be asked; 2 for wrong usage.

        Examples:
          trailstream who ASIAIOSFODNN7EXAMPLE --store trail.db
          trailstream who alice --store trail.db --json
          trailstream who 293ba626-3be5-4a26-ab1b-0f4c54f49959 --elasticsearch http://127.0.0.1:9200
          trailstream who alice --elasticsearch https://es-1:9200 --username alice --password-file pw --ca-file ca.pem
        """;

    public static Command Build()
    {
        var subject = new Argument<string>("SUBJECT") { Description = "An access key, an ARN, an event id, or a person's name." };
        var store = new Option<string?>("--store") { Description = "SQLite file to ask.", DefaultValueFactory = _ => null };
        var elasticsearch = new Option<string?>("--elasticsearch") { Description = "URL of an Elasticsearch or OpenSearch to ask instead." };
        var username = new Option<string?>("--username", "--user") { Description = "User for it; the password is read from --password-file." };
        var passwordFile = new Option<string?>("--password-file") { Description = "File with that password." };
        var keyFile = new Option<string?>("--api-key-file") { Description = "File with an API key instead." };
        var caFile = new Option<string?>("--ca-file") { Description = "PEM file of the authority that signed the server's certificate." };
        var json = new Option<bool>("--json") { Description = "Answer as JSON." };
        var command = new Command("who", Description) { subject, store, elasticsearch, username, passwordFile, keyFile, caFile, json };
        command.SetAction(async (parse, cancellation) =>
        {
            BulkOptions? server = null;
            if (parse.GetValue(elasticsearch) is { } url)
            {
                var (user, password, key) = (parse.GetValue(username), parse.GetValue(passwordFile), parse.GetValue(keyFile));
                if (Mistake(url, user, password, key) is { } mistake)
                {
                    await Console.Error.WriteLineAsync($"who: {mistake}").ConfigureAwait(false);
                    return CommandLine.WrongUsage;
                }

                server = new BulkOptions { Urls = [new Uri(url)], Username = user, PasswordFile = password, ApiKeyFile = key, CaFile = parse.GetValue(caFile) };
            }

            return await RunAsync(
                parse.GetValue(subject)!, server, parse.GetValue(store) ?? "trailstream-demo.db", parse.GetValue(json), cancellation).ConfigureAwait(false);
        });
        return command;
    }

    private static async Task<int> RunAsync(string subject, BulkOptions? server, string path, bool json, CancellationToken cancellationToken)
    {
        try
        {
            await using ITrailStore opened = server is null ? new SqliteTrailStore(SqliteReader.Open(path)) : new ElasticsearchTrailStore(server);
            return await WhoVerb.RunAsync(subject, opened, json, CommandLine.IsTerminal, Console.Out, cancellationToken).ConfigureAwait(false);
        }
        catch (TaskCanceledException e) when (e.InnerException is TimeoutException)
        {
            await Console.Error.WriteLineAsync($"who: {server!.Urls[0]}: no answer within {server.RequestTimeout.TotalSeconds:F0} s.").ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidDataException or HttpRequestException or CryptographicException)
        {
            // What is wrong with a certificate stands in the inner exception.
            var message = e is HttpRequestException { InnerException: not null } ? $"{server!.Urls[0]}: {e.GetBaseException().Message}" : e.Message;
            var advice = server is null ? " Name a store with --store FILE.db or --elasticsearch URL." : "";
            await Console.Error.WriteLineAsync($"who: {PlainText.Of(message, 500)}{advice}").ConfigureAwait(false);
        }

        return 1;
    }

    private static string? Mistake(string url, string? username, string? passwordFile, string? keyFile) =>
        ConfigReader.UrlError(url, username is not null || keyFile is not null) is { } wrong ? $"--elasticsearch {wrong}"
        : (username is not null && keyFile is not null) || (passwordFile is not null && username is null)
            ? "log in with --username and --password-file, or with --api-key-file."
        : null;
}
