using System.Text.Json;
using TrailStream.Cli;

namespace TrailStream.Who;

/// <summary>A chain hop by hop with its evidence, as text.</summary>
internal static class ChainDrawing
{
    private static readonly string[] WorkloadParts = ["type", "cluster", "namespace", "name", "id"];

    public static void Write(JsonElement document, TextWriter output)
    {
        var attribution = Documents.Attribution(document);
        var origin = Documents.At(attribution, "origin");
        output.WriteLine(Headline(attribution, origin));
        output.WriteLine();
        var indent = "  ";
        if (origin.ValueKind == JsonValueKind.Object)
        {
            output.WriteLine($"{indent}{PlainText.Of(OriginName(origin), 90)}  ({Documents.Text(origin, "type")})");
            WriteFact(output, indent, "account", Documents.Text(origin, "account_id"));
            WriteFact(output, indent, "key", Documents.Text(origin, "access_key_id"));
            WriteFact(output, indent, "workload", Workload(Documents.At(origin, "workload")));
        }
        else
        {
            output.WriteLine($"{indent}?  (nobody known)");
        }

        var chain = Documents.At(attribution, "chain");
        if (chain.ValueKind == JsonValueKind.Array)
        {
            foreach (var hop in chain.EnumerateArray())
            {
                WriteHop(hop, output, ref indent);
            }
        }

        output.WriteLine($"{indent}└─ {PlainText.Of(Documents.Service(document), 40)} {PlainText.Of(Documents.Action(document), 40)}  {Documents.Time(document):yyyy-MM-dd HH:mm:ss}Z");
        WriteFact(output, indent + "   ", "event", Documents.EventId(document));
        WriteFact(output, indent + "   ", "from", Documents.SourceIp(document));
        WriteFact(output, indent + "   ", "error", Documents.Error(document));
        if (Documents.Text(attribution, "session_name_matches_origin") == "false")
        {
            output.WriteLine();
            output.WriteLine("  Warning: the session bears another user's name than the origin's.");
        }
    }

    private static string Headline(JsonElement attribution, JsonElement origin)
    {
        var status = Documents.Text(attribution, "status");
        var how = $"{status}, {Documents.Text(attribution, "method")}, {Documents.Text(attribution, "confidence")} ({Documents.Text(attribution, "reason")})";
        return origin.ValueKind == JsonValueKind.Object ? $"{PlainText.Of(OriginName(origin), 60)} is behind it: {how}" : $"Not explained: {how}";
    }

    private static string? OriginName(JsonElement origin) => Documents.Text(origin, "name") ?? Documents.Text(origin, "id") ?? Documents.Text(origin, "arn");

    private static string? Workload(JsonElement workload) => workload.ValueKind != JsonValueKind.Object
        ? null
        : string.Join(' ', WorkloadParts.Select(part => Documents.Text(workload, part)).OfType<string>());

    private static void WriteHop(JsonElement hop, TextWriter output, ref string indent)
    {
        var role = Documents.Text(hop, "role_name") ?? Documents.Text(hop, "action");
        output.WriteLine($"{indent}└─ {Documents.Text(hop, "action")} → {PlainText.Of(role, 60)} in {PlainText.Of(Documents.Text(hop, "account_id"), 20)}  {Documents.Text(hop, "time")}");
        indent += "   ";
        WriteFact(output, indent, "session", Documents.Text(hop, "session_name"));
        WriteFact(output, indent, "key", Documents.Text(hop, "issued_key"));
        WriteFact(output, indent, "from", Documents.Text(hop, "source_ip"));
        WriteFact(output, indent, "grant", Documents.Text(hop, "event_id"));
    }

    private static void WriteFact(TextWriter output, string indent, string name, string? value)
    {
        if (!string.IsNullOrEmpty(value))
        {
            output.WriteLine($"{indent}{name,-8} {PlainText.Of(value, Math.Max(20, TextTable.WidthMax - indent.Length - 9))}");
        }
    }
}
