using System.Text.Json;
using TrailStream.Testing;
using Xunit;

namespace TrailStream.Core.Tests.Attribution;

/// <summary>Real sets with a floor of truth: what an exact join by access key proves.
/// <c>{"eventID":…,"status":…,"depth":…,"root":{userIdentity of the head},"chain":[{"grantEventID":…}]}</c>, one line a record.</summary>
public sealed class TruthTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData("invictus-ir", "cloudtrail/invictus-ir/CloudTrail", 0.97)]
    [InlineData("stratus-red-team", "cloudtrail/stratus-red-team", 0)]
    [InlineData("boogy-rekeyed", "cloudtrail/boogy-cloudtrail-log-parser/derived", 0)]
    public void RealSet_AgreesWithTruth(string truth, string folder, double roleEventsExplained)
    {
        var truthFile = SharedData.Path("data", "truth", truth + ".ndjson");
        var dataFolder = SharedData.Path(["data", .. folder.Split('/')]);
        Assert.SkipWhen(truthFile is null || dataFolder is null, SharedData.Absent);
        using var trail = new Trail();
        foreach (var path in Directory.EnumerateFiles(dataFolder!, "*.json", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            trail.Add(File.ReadAllBytes(path));
        }

        var numbers = new Dictionary<string, int>();
        for (var i = 0; i < trail.Events.Count; i++)
        {
            numbers[trail.EventId(i)] = i;
        }

        var problems = new List<string>();
        var roleEvents = 0;
        var explained = 0;
        foreach (var line in File.ReadLines(truthFile!))
        {
            using var expected = JsonDocument.Parse(line);
            if (!numbers.TryGetValue(expected.RootElement.Text("eventID"), out var number))
            {
                problems.Add($"missing: {line}");
                continue;
            }

            var actual = trail.Attribution(number);
            if (expected.RootElement.Text("status") is "resolved" or "partial" or "unresolved" or "no-key")
            {
                roleEvents++;
                explained += actual.Text("status") == "attributed" ? 1 : 0;
            }

            if (Disagreement(expected.RootElement, actual) is { } problem)
            {
                problems.Add($"{problem}: {line} -> {actual.GetRawText()}");
            }
        }

        output.WriteLine($"{truth}: {numbers.Count} events, {explained} of {roleEvents} role events explained");
        foreach (var problem in problems.Take(5))
        {
            output.WriteLine(problem);
        }

        Assert.Empty(problems);
        Assert.True(explained >= roleEvents * roleEventsExplained, $"{explained} of {roleEvents} role events explained");
    }

    private static string? Disagreement(JsonElement expected, JsonElement actual)
    {
        var status = actual.Text("status");
        return expected.Text("status") switch
        {
            "direct" or "direct-temp" => status != "direct" ? "not direct" : OriginDiffers(expected, actual),
            "resolved" => status != "attributed" ? "not attributed" : OriginDiffers(expected, actual) ?? ChainDiffers(expected, actual),
            "service" => actual.Text("origin", "type") != "AWSService" ? "not the service" : null,
            "none" => status != "not_applicable" && actual.Text("origin", "type") != "AWSService" ? "neither service nor not applicable" : null,
            "partial" => status is "partial" or "attributed" ? null : "not partial",
            _ => status is "attributed" or "unattributed" or "partial" ? null : "unexpected",
        };
    }

    private static string? OriginDiffers(JsonElement expected, JsonElement actual)
    {
        var root = expected.GetProperty("root");
        var type = root.Text("type");
        if (actual.Text("origin", "type") != type)
        {
            return "origin type";
        }

        var (member, name) = type == "AWSService" ? ("invokedBy", "name") : ("principalId", "id");
        return root.Text(member) != actual.Text("origin", name) ? "origin id" : root.Text("arn") != actual.Text("origin", "arn") ? "origin arn" : null;
    }

    private static string? ChainDiffers(JsonElement expected, JsonElement actual)
    {
        if (expected.Text("depth") != actual.Text("depth"))
        {
            return "depth";
        }

        var evidence = actual.GetProperty("evidence").GetProperty("event_ids").EnumerateArray().Select(id => id.GetString()).ToHashSet();
        return expected.GetProperty("chain").EnumerateArray().All(hop => evidence.Contains(hop.Text("grantEventID"))) ? null : "evidence";
    }
}
