using System.Globalization;
using System.Text.Json;
using Spectre.Console;
using TrailStream.Cli;
using TrailStream.Pipeline.Sqlite;
using TrailStream.Who;

namespace TrailStream.Demo;

/// <summary>What the demo found, from its store: tables of at most 100 columns.</summary>
internal static class DemoReport
{
    public static void Write(SqliteReader store, DemoArguments arguments, TextWriter output)
    {
        var console = TextTable.Console(output, arguments.Color);
        WriteStatuses(store, console);
        WriteOrigins(store, console);
        WriteUnexplained(store, console);
        if (store.DeepestChain() is { } chain)
        {
            Heading(console, "One call, hop by hop to the person behind it");
            using var document = JsonDocument.Parse(chain.Document);
            ChainDrawing.Write(document.RootElement, output);
        }

        var attacker = store.OriginsWithBorrowedNames(10) is [var first, ..] ? first : null;
        WriteTrail(store, attacker, console);
        WriteNext(arguments, attacker, console);
    }

    private static void WriteStatuses(SqliteReader store, IAnsiConsole console)
    {
        var counts = store.CountByStatus();
        var all = Math.Max(1, counts.Sum(count => count.Events));
        var table = new TextTable("Attribution", ("status", false), ("events", true), ("share", true));
        foreach (var (status, events) in counts)
        {
            table.Add(status, Number(events), (events / (double)all).ToString("P1", CultureInfo.InvariantCulture));
        }

        table.Write(console);
    }

    private static void WriteOrigins(SqliteReader store, IAnsiConsole console)
    {
        var table = new TextTable(
            "Who is behind the roles", ("origin", false), ("type", false), ("sessions", true), ("events", true), ("roles", true), ("accounts", true));
        foreach (var origin in store.OriginsBehindRoles(10, services: false).Concat(store.OriginsBehindRoles(4, services: true)))
        {
            table.Add(PlainText.Of(origin.Name, 38), origin.Type, Number(origin.Sessions), Number(origin.Events), Number(origin.Roles), Number(origin.Accounts));
        }

        table.Write(console);
    }

    private static void WriteUnexplained(SqliteReader store, IAnsiConsole console)
    {
        var table = new TextTable(
            "Role use that nobody explains", ("role", false), ("account", false), ("status", false), ("reason", false), ("events", true), ("keys", true));
        foreach (var use in store.Unexplained(8))
        {
            table.Add(use.Role ?? "-", use.Account ?? "-", use.Status, use.Reason, Number(use.Events), Number(use.Keys));
        }

        if (table.Rows > 0)
        {
            table.Write(console);
        }
    }

    private static void WriteTrail(SqliteReader store, string? attacker, IAnsiConsole console)
    {
        if (attacker is null)
        {
            return;
        }

        var table = new TextTable(
            $"The attacker's trail: {PlainText.Of(attacker, 40)}, under a colleague's session name",
            ("time", false), ("account", false), ("as role", false), ("call", false), ("from", false));
        foreach (var use in store.EventsOfOrigin(attacker, 20))
        {
            table.Add(
                use.Time.UtcDateTime.ToString("HH:mm:ss", CultureInfo.InvariantCulture), use.Account, use.RoleName ?? (use.AccessKey is null ? "(seen from there)" : "(own key)"),
                PlainText.Of($"{use.Service?.Replace(".amazonaws.com", "", StringComparison.Ordinal)} {use.Action}", 44), use.SourceIp);
        }

        table.Write(console);
    }

    private static void WriteNext(DemoArguments arguments, string? attacker, IAnsiConsole console)
    {
        Heading(console, "Try next");
        const string Run = "dotnet run -c Release --project src/TrailStream --";
        var store = arguments.Store.Contains(' ', StringComparison.Ordinal) ? $"\"{arguments.Store}\"" : arguments.Store;
        console.Profile.Out.Writer.WriteLine($"  {Run} who {attacker ?? "alice"} --store {store}");
        console.Profile.Out.Writer.WriteLine($"  {Run} enrich PATH-TO-YOUR-CLOUDTRAIL -o enriched.ndjson");
        console.Profile.Out.Writer.WriteLine($"  {Run} help run");
    }

    private static void Heading(IAnsiConsole console, string title) => console.Write(new Text($"\n{title}\n\n", new Style(decoration: Decoration.Bold)));

    private static string Number(long value) => value.ToString("N0", CultureInfo.InvariantCulture);
}
