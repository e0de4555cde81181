using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using TrailStream.Core.Documents;
using TrailStream.Core.Generation;
using TrailStream.Pipeline.Elasticsearch;
using TrailStream.Pipeline.Kafka;
using TrailStream.Pipeline.Setup;
using TrailStream.Pipeline.Sinks;
using TrailStream.Testing.Kafka;
using Xunit;

namespace TrailStream.Engine.Tests.Setup;

/// <summary>Elasticsearch with security on: the administrator sets up once, the stream then runs with nothing but the key that came of it.</summary>
public sealed class SecureSetupTests(EngineFixture engines, ITestOutputHelper output) : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("trailstream-setup-");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task TheStreamRuns_WithNothingButTheKeyThatSetupMade()
    {
        using var engine = await SecureAsync();
        var password = await FileAsync("password", EngineFixture.ElasticPassword);
        var key = Path.Combine(_folder.FullName, "key");
        var (code, text, errors) = await RunAsync(
            "setup", "elasticsearch", "--url", engine.Url, "--username", "elastic", "--password-file", password, "--api-key-out", key, "--replicas", "0");
        output.WriteLine(text);
        Assert.Equal((0, ""), (code, errors));
        Assert.DoesNotContain((await File.ReadAllTextAsync(key, Cancellation)).Trim(), text);
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(key));
        }

        // The whole program: a broker in this process, the real server, the key.
        const int Events = 2000;
        using var broker = EmbeddedBroker.Start();
        var events = Feed(broker.Address, Events);
        using var run = Process.Start(new ProcessStartInfo(
            "dotnet",
            [
                "exec", Path.Combine(AppContext.BaseDirectory, "trailstream.dll"), "run", "--set", $"kafka.brokers={broker.Address}", "--set", "kafka.topic=secure",
                "--set", $"elasticsearch.urls={engine.Url}", "--set", $"elasticsearch.api_key_file={key}", "--set", "http.port=0", "--set", "late.hold=1s",

                // The broker inside this process has no administration.
                "--set", "sessions.enabled=false", "--set", "kafka.create_topics=false",
            ])
        { RedirectStandardError = true, RedirectStandardOutput = true })!;
        var said = new StringBuilder();
        run.ErrorDataReceived += (_, line) => said.AppendLine(line.Data);
        run.BeginErrorReadLine();
        run.BeginOutputReadLine();
        var found = 0L;
        var began = Stopwatch.GetTimestamp();
        while (found < events && Stopwatch.GetElapsedTime(began) < TimeSpan.FromMinutes(2))
        {
            Assert.False(run.HasExited, said.ToString());
            await engine.Http.PostAsync("/trailstream-cloudtrail-*/_refresh", null, Cancellation);

            // The first index has just been made: until its shards are up a count answers 503.
            using var count = await engine.Http.GetAsync("/trailstream-cloudtrail-*/_count", Cancellation);
            found = count.IsSuccessStatusCode ? JsonNode.Parse(await count.Content.ReadAsStringAsync(Cancellation))!["count"]!.GetValue<long>() : 0;
        }

        run.Kill();
        await run.WaitForExitAsync(Cancellation);
        output.WriteLine(said.ToString());
        Assert.Equal(events, found);

        // It had nothing to complain of: templates looked at, indices made.
        Assert.DoesNotContain("privilege", said.ToString());
        Assert.DoesNotContain("cannot be relied on", said.ToString());
    }

    /// <summary>cluster:monitor/main is left out: the front page of the server in these tests is a stand-in that asks for nothing.</summary>
    [Theory]
    [InlineData("indices:admin/index_template/get", "the cluster privilege manage_index_templates is missing (for indices:admin/index_template/get)")]
    [InlineData("cluster:admin/component_template/get", "the cluster privilege manage_index_templates is missing (for cluster:admin/component_template/get)")]
    [InlineData("auto_configure", "the index privilege auto_configure is missing (for indices:admin/auto_create)")]
    [InlineData("index", "the index privilege index is missing (for indices:data/write/")]
    public async Task APrivilegeTakenAway_IsNamed(string privilege, string message)
    {
        using var engine = await SecureAsync();
        await engine.SetUpAsync(request => request with { Choices = new SetupChoices { Replicas = 0 } }, AsElastic);
        var key = await KeyWithoutAsync(engine, privilege);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        using var logger = new FirstWarning(stop);
        await using var letters = new CountedLetters();
        await using var sink = new BulkSink(
            new BulkOptions { Urls = [new Uri(engine.Url)], ApiKey = key, Form = DocumentForm.CloudTrail }, letters, TimeProvider.System, logger);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await sink.PrepareAsync(stop.Token);
            await sink.WriteAsync([Batch()], stop.Token);
            stop.Token.ThrowIfCancellationRequested();
        });

        output.WriteLine(logger.Text!);
        Assert.Contains(message, logger.Text);
        Assert.DoesNotContain(key, logger.Text);
        Assert.Equal(0, letters.Count);
    }

    [Fact]
    public async Task WithoutRead_WhoNamesIt_AndAReaderMayReadOnly()
    {
        using var engine = await SecureAsync();
        await engine.SetUpAsync(request => request with { Choices = new SetupChoices { Replicas = 0 } }, AsElastic);
        var key = await FileAsync("key", await KeyWithoutAsync(engine, "read"));
        var (code, _, errors) = await RunAsync("who", "alice", "--elasticsearch", engine.Url, "--api-key-file", key);
        Assert.Equal(1, code);
        Assert.Contains("needs the privilege read", errors);

        (await engine.Http.PutAsJsonAsync(
            "/_security/user/reader", new JsonObject { ["password"] = "reader-secret", ["roles"] = new JsonArray("trailstream_reader") }, Cancellation)).EnsureSuccessStatusCode();
        using var reader = new SearchEngine(engine.Url, isOpenSearch: false);
        reader.LogIn("reader", "reader-secret");
        await reader.SearchAsync(new JsonObject { ["size"] = 0 });
        using var refused = await reader.Http.PostAsJsonAsync("/trailstream-cloudtrail-2026.01.01/_doc", new JsonObject(), Cancellation);
        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
    }

    [Fact]
    public async Task AKeyThatServes_IsKept_AndAnotherIsMadeWhenItIsRevoked()
    {
        using var engine = await SecureAsync();
        var file = Path.Combine(_folder.FullName, "key");
        SetupRequest WithFile(SetupRequest request) => request with { WithApiKey = true, ApiKeyFile = file };
        Assert.Equal(SetupOutcome.Created, Key(await engine.SetUpAsync(WithFile, AsElastic)).Outcome);
        var first = await File.ReadAllTextAsync(file, Cancellation);
        Assert.Equal(SetupOutcome.Unchanged, Key(await engine.SetUpAsync(WithFile, AsElastic)).Outcome);
        Assert.Equal(first, await File.ReadAllTextAsync(file, Cancellation));

        var id = ApiKeyFile.IdIn(file)!;
        using var revoke = new HttpRequestMessage(HttpMethod.Delete, "/_security/api_key") { Content = JsonContent.Create(new { ids = (string[])[id] }) };
        (await engine.Http.SendAsync(revoke, Cancellation)).EnsureSuccessStatusCode();
        var renewed = Key(await engine.SetUpAsync(WithFile, AsElastic));
        Assert.Equal(SetupOutcome.Upgraded, renewed.Outcome);
        Assert.Contains(id, renewed.Detail);
        Assert.NotEqual(first, await File.ReadAllTextAsync(file, Cancellation));

        // Without a file it is shown once; the next run finds that it is there.
        var shown = await engine.SetUpAsync(request => request with { WithApiKey = true }, AsElastic);
        Assert.Equal(SetupOutcome.Unchanged, Key(shown).Outcome);
        Assert.Null(shown.ApiKey);

        static SetupRow Key(SetupReport report) => report.Rows.Single(row => row.What == "API key");
    }

    [Fact]
    public async Task WithoutPrivilegesToSetUp_EachRowSaysWhichIsMissing()
    {
        using var engine = await SecureAsync();
        await engine.SetUpAsync(null, AsElastic);
        await engine.ClearAsync();
        var key = await KeyWithoutAsync(engine, "read");
        var report = await engine.SetUpAsync(request => request with { WithApiKey = true }, options => options with { ApiKey = key });
        Assert.True(report.Failed);
        Assert.Contains(report.Rows, row => row.Name == "trailstream-mappings" && row.Detail.Contains("the cluster privilege manage_index_templates is missing"));
        Assert.Contains(report.Rows, row => row.What == "role" && row.Detail.Contains("privilege", StringComparison.Ordinal));
        Assert.Contains(report.Rows, row => row.What == "API key" && row.Outcome == SetupOutcome.Failed);
        output.WriteLine(string.Join('\n', report.Rows));

        var wrong = await Assert.ThrowsAsync<HttpRequestException>(() => engine.SetUpAsync(null, options => options with { Username = "elastic", Password = "no" }));
        Assert.Contains("user, password or API key are wrong", wrong.Message);
        Assert.DoesNotContain("\"no\"", wrong.Message);
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private static BulkOptions AsElastic(BulkOptions options) => options with { Username = "elastic", Password = EngineFixture.ElasticPassword };

    private async Task<SearchEngine> SecureAsync()
    {
        var url = await engines.SecureElasticsearchAsync();
        Assert.SkipWhen(url is null, EngineFixture.Absent);
        var engine = new SearchEngine(url!, isOpenSearch: false);
        engine.LogIn("elastic", EngineFixture.ElasticPassword);
        await engine.ClearAsync();
        return engine;
    }

    private async Task<string> FileAsync(string name, string content)
    {
        var path = Path.Combine(_folder.FullName, name);
        await File.WriteAllTextAsync(path, content, Cancellation);
        return path;
    }

    /// <summary>A key like the writer's, with one privilege less.</summary>
    private static async Task<string> KeyWithoutAsync(SearchEngine engine, string privilege)
    {
        var request = WriterKey.Request(1, "test");
        var role = request["role_descriptors"]!["trailstream_writer"]!;
        var lists = new[] { role["cluster"]!.AsArray(), role["indices"]![0]!["privileges"]!.AsArray() };
        Assert.Equal(1, lists.Sum(list => list.RemoveAll(name => name!.GetValue<string>() == privilege)));
        request["name"] = "trailstream-test";
        using var answer = await engine.Http.PostAsJsonAsync("/_security/api_key", request, Cancellation);
        return JsonNode.Parse(await answer.Content.ReadAsStringAsync(Cancellation))!["encoded"]!.GetValue<string>();
    }

    /// <returns>How many events there are: some are delivered twice.</returns>
    private static long Feed(string broker, int events)
    {
        // Writing makes the topic: this broker does not make them on demand.
        using (var letters = new TopicFeeder(broker, "trailstream.dlq"))
        {
            letters.Send("{}"u8);
            letters.Flush(Cancellation);
        }

        using var feeder = new TopicFeeder(broker, "secure");
        var generator = new TrailGenerator(new TrailGeneratorOptions { Seed = 5, Events = events, Start = DateTimeOffset.UtcNow.AddHours(-4) });
        var record = new ByteBuffer();
        var ids = new HashSet<string>();
        for (var truth = new TrailTruth(); generator.Next(record, truth); truth = new TrailTruth())
        {
            feeder.Send(record.Written);
            ids.Add(truth.EventId);
            record.Clear();
        }

        feeder.Flush(Cancellation);
        return ids.Count;
    }

    private static DocumentBatch Batch()
    {
        var batch = new DocumentBatch { Form = DocumentForm.CloudTrail, Origin = new NoRecords() };
        var (bytes, id) = ("{}"u8.ToArray(), Encoding.UTF8.GetBytes("event-1"));
        batch.Entries.Add(new DocumentEntry(0, bytes.Length, 0, id.Length, DateTimeOffset.UtcNow.ToUnixTimeSeconds(), 10, 0));
        batch.Bytes.Append(bytes);
        batch.Ids.Append(id);
        return batch;
    }

    private static async Task<(int Code, string Text, string Errors)> RunAsync(params string[] arguments)
    {
        var program = Path.Combine(AppContext.BaseDirectory, "trailstream.dll");
        using var process = Process.Start(new ProcessStartInfo("dotnet", ["exec", program, .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var text = process.StandardOutput.ReadToEndAsync(Cancellation);
        var errors = await process.StandardError.ReadToEndAsync(Cancellation);
        await process.WaitForExitAsync(Cancellation);
        return (process.ExitCode, await text, errors);
    }

    private sealed class NoRecords : IRecordOrigin
    {
        public ReadOnlyMemory<byte> Payload(int source) => default;

        public string Describe(int source) => "";
    }

    /// <summary>Nothing about authorisation may end here.</summary>
    private sealed class CountedLetters : IDeadLetters
    {
        public int Count { get; private set; }

        public Task WriteAsync(IReadOnlyList<DeadLetter> letters, CancellationToken cancellationToken)
        {
            Count += letters.Count;
            return Task.CompletedTask;
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }

    /// <summary>Keeps the first warning and stops the test's work with it.</summary>
    private sealed class FirstWarning(CancellationTokenSource stop) : ILogger, IDisposable
    {
        public string? Text { get; private set; }

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (logLevel >= LogLevel.Warning && Text is null)
            {
                Text = formatter(state, exception);
                stop.Cancel();
            }
        }

        public void Dispose()
        {
        }
    }
}
