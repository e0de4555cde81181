using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using TrailStream.Testing.Kafka;
using Xunit;

namespace TrailStream.Engine.Tests;

/// <summary>As a user does it: <c>demo</c> against real servers, then <c>who</c> asked of both stores, which must answer alike.</summary>
public sealed class DemoWhoTests(EngineFixture engines, ITestOutputHelper output) : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("trailstream-demo-");

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task WhoAnswersAlike_FromSqliteAndFromTheSearchEngine(bool openSearch)
    {
        var kafka = await engines.KafkaAsync();
        var search = openSearch ? await engines.OpenSearchAsync() : await engines.ElasticsearchAsync();
        Assert.SkipWhen(kafka is null || search is null, EngineFixture.Absent);
        await TrailCheck.ClearAsync(search!, TestContext.Current.CancellationToken);
        var store = Path.Combine(_folder.FullName, "demo.db");
        var seed = openSearch ? "12" : "11";
        var (code, text) = await RunAsync("demo", "--events", "5000", "--seed", seed, "--store", store, "--kafka", kafka!, "--elasticsearch", search!);
        output.WriteLine(text);
        Assert.Equal(0, code);
        using (var http = new HttpClient())
        {
            (await http.PostAsync($"{search}/trailstream-cloudtrail-*/_refresh", null, TestContext.Current.CancellationToken)).EnsureSuccessStatusCode();
        }

        var asked = 0;
        foreach (var subject in Subjects(store))
        {
            var there = await RunAsync("who", subject, "--json", "--store", store);
            var here = await RunAsync("who", subject, "--json", "--elasticsearch", search!);
            Assert.Equal(there.Code, here.Code);
            Assert.Equal(Comparable(there.Text), Comparable(here.Text));
            asked++;
        }

        Assert.True(asked >= 10, $"only {asked} subjects");
    }

    public void Dispose() => _folder.Delete(recursive: true);

    /// <summary>Of each kind some, and one that nobody knows.</summary>
    private static List<string> Subjects(string store)
    {
        using var reader = TrailStream.Pipeline.Sqlite.SqliteReader.Open(store);
        var subjects = new List<string> { "ASIAYCWS2TAAUF4SJWUX", "nobody", "mallory", "arn:aws:iam::222233334444:role/engineer" };
        subjects.AddRange(reader.OriginsBehindRoles(3, services: false).Select(origin => origin.Name));
        var deepest = reader.DeepestChain()!;
        subjects.Add(deepest.Id);
        using var document = JsonDocument.Parse(deepest.Document);
        foreach (var hop in document.RootElement.GetProperty("trailstream").GetProperty("attribution").GetProperty("chain").EnumerateArray())
        {
            subjects.Add(hop.GetProperty("issued_key").GetString()!);
            subjects.Add(hop.GetProperty("event_id").GetString()!);
        }

        return subjects;
    }

    /// <summary>What must be the same: everything but the time of the verdict and the order of equals.</summary>
    private static string Comparable(string json)
    {
        var answer = JsonNode.Parse(json)!.AsObject();
        answer["attribution"]?.AsObject().Remove("resolved_at");
        answer["attribution"]?.AsObject().Remove("revision");
        SortPlaces(answer["key"]);
        foreach (var part in (string[])["sessions", "users"])
        {
            if (answer[part] is JsonArray rows)
            {
                foreach (var row in rows)
                {
                    SortPlaces(row);
                }

                answer[part] = new JsonArray([.. rows.Select(row => row!.ToJsonString()).Order(StringComparer.Ordinal).Select(row => JsonNode.Parse(row))]);
            }
        }

        return answer.ToJsonString();

        static void SortPlaces(JsonNode? node)
        {
            if (node?["source_ips"] is JsonArray places)
            {
                node["source_ips"] = new JsonArray([.. places.Select(place => place!.GetValue<string>()).Order(StringComparer.Ordinal).Select(place => (JsonNode)place)]);
            }
        }
    }

    private static async Task<(int Code, string Text)> RunAsync(params string[] arguments)
    {
        var program = Path.Combine(AppContext.BaseDirectory, "trailstream.dll");
        using var process = Process.Start(new ProcessStartInfo("dotnet", ["exec", program, .. arguments]) { RedirectStandardOutput = true })!;
        var text = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (process.ExitCode, text);
    }
}
