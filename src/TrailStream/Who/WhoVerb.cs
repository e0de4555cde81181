using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using TrailStream.Cli;
using TrailStream.Pipeline.Sqlite;

namespace TrailStream.Who;

/// <summary>The verb <c>who</c>: who is behind a key, an event, an ARN; what a person did.</summary>
internal static class WhoVerb
{
    internal static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    /// <returns>0 when something is known, 1 when the store knows nothing.</returns>
    public static async Task<int> RunAsync(string subject, ITrailStore store, bool json, bool color, TextWriter output, CancellationToken cancellationToken)
    {
        var isKey = subject.Length >= 16 && subject[..4] is "ASIA" or "AKIA";
        using var found = isKey ? await store.UseOfKeyAsync(subject, cancellationToken).ConfigureAwait(false)
            : Guid.TryParse(subject, out _) ? await store.EventAsync(subject, cancellationToken).ConfigureAwait(false)
            : null;
        if (found is not null && !(isKey && subject.StartsWith("AKIA", StringComparison.Ordinal)))
        {
            WriteEvent(found.RootElement, isKey ? await store.KeyUseAsync(subject, cancellationToken).ConfigureAwait(false) : null, json, output);
            return 0;
        }

        var sessions = await store.SessionsAsync(subject, cancellationToken).ConfigureAwait(false);
        if (sessions.Count > 0)
        {
            WriteSessions(subject, sessions, json, color, output);
            return 0;
        }

        var users = subject.Contains(":role/", StringComparison.Ordinal) ? await store.UsersOfRoleAsync(subject, cancellationToken).ConfigureAwait(false) : [];
        if (users.Count > 0)
        {
            RoleUsers.Write(subject, users, json, color, output);
            return 0;
        }

        using var other = found is not null ? null
            : isKey ? await store.GrantOfKeyAsync(subject, cancellationToken).ConfigureAwait(false)
            : subject.StartsWith("arn:", StringComparison.Ordinal) ? await store.UseOfArnAsync(subject, cancellationToken).ConfigureAwait(false)
            : await store.EventAsync(subject, cancellationToken).ConfigureAwait(false);
        if ((found ?? other) is { } document)
        {
            WriteEvent(document.RootElement, isKey ? await store.KeyUseAsync(subject, cancellationToken).ConfigureAwait(false) : null, json, output);
            return 0;
        }

        WriteUnknown(subject, isKey, json, output);
        return 1;
    }

    private static void WriteEvent(JsonElement document, KeyUse? use, bool json, TextWriter output)
    {
        if (!json)
        {
            ChainDrawing.Write(document, output);
            if (use is not null)
            {
                output.WriteLine();
                output.WriteLine(string.Create(
                    CultureInfo.InvariantCulture,
                    $"  The key was used {use.Events} times from {use.First:yyyy-MM-dd HH:mm:ss}Z to {use.Last:yyyy-MM-dd HH:mm:ss}Z from {Places(use.SourceIps)}."));
            }

            return;
        }

        var answer = new JsonObject
        {
            ["kind"] = "event",
            ["event_id"] = Documents.EventId(document),
            ["time"] = Documents.Time(document).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture),
            ["service"] = Documents.Service(document),
            ["action"] = Documents.Action(document),
            ["account"] = Documents.Account(document),
            ["source_ip"] = Documents.SourceIp(document),
            ["attribution"] = JsonNode.Parse(Documents.Attribution(document).GetRawText()),
        };
        if (use is not null)
        {
            answer["key"] = new JsonObject
            {
                ["first"] = use.First.UtcDateTime,
                ["last"] = use.Last.UtcDateTime,
                ["events"] = use.Events,
                ["source_ips"] = new JsonArray([.. use.SourceIps.Select(ip => (JsonNode)ip)]),
            };
        }

        output.WriteLine(answer.ToJsonString(Indented));
    }

    private static string Places(IReadOnlyList<string> places) =>
        string.Join(", ", places.Take(3).Select(place => PlainText.Of(place, 40))) + (places.Count > 3 ? $" and {places.Count - 3} other addresses" : "");

    private static void WriteSessions(string person, IReadOnlyList<StoredSession> sessions, bool json, bool color, TextWriter output)
    {
        if (json)
        {
            var answer = new JsonObject
            {
                ["kind"] = "person",
                ["person"] = person,
                ["sessions"] = new JsonArray([.. sessions.Select(session => (JsonNode)new JsonObject
                {
                    ["session"] = session.Session,
                    ["role"] = session.Role,
                    ["account"] = session.Account,
                    ["first"] = session.First.UtcDateTime,
                    ["last"] = session.Last.UtcDateTime,
                    ["source_ips"] = new JsonArray([.. session.SourceIps.Select(ip => (JsonNode)ip)]),
                    ["events"] = session.Events,
                })]),
            };
            output.WriteLine(answer.ToJsonString(Indented));
            return;
        }

        var table = new TextTable(
            $"{PlainText.Of(person, 60)}: {sessions.Count} sessions, {sessions.Sum(session => session.Events)} events, "
            + $"{sessions.Select(session => session.Role).OfType<string>().Distinct().Count()} roles, {sessions.Select(session => session.Account).OfType<string>().Distinct().Count()} accounts",
            ("session", false), ("role", false), ("account", false), ("first", false), ("last", false), ("from", false), ("events", true));
        foreach (var session in sessions)
        {
            table.Add(
                PlainText.Of(session.Session, 24), session.Role ?? "-", session.Account ?? "-", Short(session.First), Short(session.Last),
                string.Join(' ', session.SourceIps.Take(2)) + (session.SourceIps.Count > 2 ? $" +{session.SourceIps.Count - 2}" : ""),
                session.Events.ToString(CultureInfo.InvariantCulture));
        }

        table.Write(TextTable.Console(output, color));
    }

    private static void WriteUnknown(string subject, bool isKey, bool json, TextWriter output)
    {
        var account = isKey ? KeyAccount.Of(subject) : null;
        if (json)
        {
            output.WriteLine(new JsonObject { ["kind"] = "unknown", ["subject"] = subject, ["account_in_key"] = account }.ToJsonString(Indented));
            return;
        }

        output.WriteLine($"{PlainText.Of(subject, 80)} is not in this store: no event was made with it, no grant issued it.");
        if (account is not null)
        {
            output.WriteLine($"The key's own bits name the account {account}: whose trail is missing, if that is one of yours?");
        }
    }

    internal static string Short(DateTimeOffset time) => time.UtcDateTime.ToString("MM-dd HH:mm", CultureInfo.InvariantCulture);
}
