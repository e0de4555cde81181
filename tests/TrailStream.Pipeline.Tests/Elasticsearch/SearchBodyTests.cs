using System.Globalization;
using System.Text.Json.Nodes;
using TrailStream.Core.Documents;
using TrailStream.Core.Sessions;
using TrailStream.Pipeline.Elasticsearch;
using Xunit;

namespace TrailStream.Pipeline.Tests.Elasticsearch;

public sealed class SearchBodyTests
{
    private const long Noon = 1_700_000_000;
    private const long DaySeconds = 86_400;

    /// <summary>A question of 1,000 changes may span a day; asked for in one range, each name would bring back all its sessions of that day.</summary>
    [Fact]
    public void ByName_EachSessionIsInARangeThatIsShort()
    {
        var sessions = Enumerable.Range(0, 1000).Select(i => Session($"role-{i % 7}", Noon + (i * 7919 % 1000 * DaySeconds / 1000))).ToList();

        var asked = ByName(SearchBody.Concerned([.. sessions], DocumentForm.Ecs));

        Assert.InRange(asked.Count, 2, 100);
        Assert.All(asked, range => Assert.InRange(range.Until - range.From, 0, DaySeconds / 20));
        Assert.All(sessions, session =>
            Assert.Contains(asked, range => range.Arns.Contains(session.Arn) && range.From < session.IssuedAt && session.IssuedAt < range.Until));
    }

    private static ChangedSession Session(string role, long issuedAt) => new(
        "", $"arn:aws:sts::111122223333:assumed-role/{role}/someone", issuedAt, issuedAt + 3600, IsNew: true, MayContradict: false, ConcernedUses.Unproven);

    /// <summary>Shape: <c>{"query":{"bool":{"should":[{"bool":{"filter":[{"terms":{"…arn":[…]}},{"range":{"…creation_date":{"gte","lte"}}}]}}]}}}</c>.</summary>
    private static List<(HashSet<string> Arns, long From, long Until)> ByName(JsonObject body)
    {
        var asked = new List<(HashSet<string>, long, long)>();
        foreach (var clause in body["query"]!["bool"]!["should"]!.AsArray())
        {
            var filter = clause!["bool"]!["filter"]!;
            var arns = filter[0]!["terms"]!["aws.cloudtrail.user_identity.arn"]!.AsArray().Select(arn => (string)arn!).ToHashSet();
            var range = filter[1]!["range"]!["aws.cloudtrail.user_identity.session_context.creation_date"]!;
            asked.Add((arns, Seconds(range["gte"]), Seconds(range["lte"])));
        }

        return asked;
    }

    private static long Seconds(JsonNode? date) => DateTimeOffset.Parse((string)date!, CultureInfo.InvariantCulture).ToUnixTimeSeconds();
}
