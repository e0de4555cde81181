using System.Globalization;
using System.Text.Json;
using TrailStream.Testing;
using Xunit;

namespace TrailStream.Core.Tests.Attribution;

/// <summary>Real sets with a floor of truth: what an exact join by access key proves.
/// <c>{"eventID":…,"status":…,"depth":…,"root":{userIdentity of the head},"chain":[{"grantEventID":…}]}</c>, one line a record.</summary>
public sealed class TruthTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData("invictus-ir", "cloudtrail/invictus-ir/CloudTrail", 70, 76, 76)]
    [InlineData("stratus-red-team", "cloudtrail/stratus-red-team", 48, 48, 69)]
    [InlineData("boogy-rekeyed", "cloudtrail/boogy-cloudtrail-log-parser/derived", 75, 83, 545)]
    public void RealSet_AgreesWithTruth(string truth, string folder, int byKey, int explainedExpected, int roleEventsExpected)
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
        var resolved = 0;
        var beyond = new List<string>();
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
                resolved += expected.RootElement.Text("status") == "resolved" ? 1 : 0;
                if (actual.Text("status") == "attributed" && expected.RootElement.Text("status") != "resolved")
                {
                    beyond.Add(Claim(trail.EventId(number), actual));
                    if (!IsProven(trail, numbers, number, actual))
                    {
                        problems.Add($"claimed without proof: {actual.GetRawText()}");
                    }
                }
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
        Assert.Equal((byKey, explainedExpected, roleEventsExpected), (resolved, explained, roleEvents));
        Assert.Equal(BeyondTruth.Of(truth), beyond.Order(StringComparer.Ordinal));
    }

    /// <summary><c>EVENT METHOD TYPE NAME = EVIDENCE EVIDENCE…</c></summary>
    private static string Claim(string eventId, JsonElement actual)
    {
        var evidence = actual.GetProperty("evidence").GetProperty("event_ids").EnumerateArray().Select(id => id.GetString());
        return $"{eventId} {actual.Text("method")} {actual.Text("origin", "type")} {actual.Text("origin", "name")} = {string.Join(' ', evidence)}";
    }

    /// <summary>What is claimed beyond the floor of truth, proven again from the records themselves: a grant of the same role and session name in the same
    /// second, successful, of STS, and no other of another caller; or the event's own word about its service.</summary>
    private static bool IsProven(Trail trail, Dictionary<string, int> numbers, int number, JsonElement actual)
    {
        using var use = JsonDocument.Parse(trail.Events.Record(number).ToArray());
        var identity = use.RootElement.GetProperty("userIdentity");
        if (actual.Text("method") == "caller")
        {
            return identity.Text("sessionContext", "sessionIssuer", "arn").Contains(":role/aws-service-role/", StringComparison.Ordinal)
                || identity.Text("inScopeOf", "issuerType") == "AWS::Lambda::Function";
        }

        var session = identity.Text("arn").Split('/');
        var hop = actual.GetProperty("chain").EnumerateArray().Last();
        using var grant = JsonDocument.Parse(trail.Events.Record(numbers[hop.Text("event_id")]).ToArray());
        var created = DateTimeOffset.Parse(identity.Text("sessionContext", "attributes", "creationDate"), CultureInfo.InvariantCulture);
        var issued = DateTimeOffset.Parse(grant.RootElement.Text("eventTime"), CultureInfo.InvariantCulture);
        return actual.Text("method") == "session"
            && grant.RootElement.Text("eventSource") == "sts.amazonaws.com" && grant.RootElement.Text("errorCode").Length == 0
            && (grant.RootElement.Text("responseElements", "assumedRoleUser", "arn") == identity.Text("arn")
                || (grant.RootElement.Text("requestParameters", "roleArn").Split('/')[^1] == session[1]
                    && grant.RootElement.Text("requestParameters", "roleSessionName") == session[2]))
            && (issued - created).Duration() <= TimeSpan.FromSeconds(2);
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
