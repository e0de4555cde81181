using System.Text;
using TrailStream.Cli;
using TrailStream.Core.Attribution;
using TrailStream.Core.Documents;
using TrailStream.Enrich;
using TrailStream.Pipeline.Files;
using TrailStream.Pipeline.Ndjson;
using TrailStream.Pipeline.Sqlite;
using Xunit;

namespace TrailStream.Tests.Enrich;

public sealed class EnrichFilesTests : IDisposable
{
    private readonly EnrichRun _run = new();

    public static TheoryData<string> Envelopes => new()
    {
        "bare", "pretty", "ndjson", "array", "records", "gz", "zst", "eventbridge", "cloudwatch", "lambda", "sqs", "sns", "firehose", "elastic",
        "base64",
    };

    [Theory]
    [MemberData(nameof(Envelopes))]
    public async Task Envelope_GivesItsEventsInOrder(string envelope)
    {
        string use1 = Fixtures.Use("use-1"), use2 = Fixtures.Use("use-2"), grant = Fixtures.Grant();
        var records = Fixtures.Records(use1, use2, grant);
        switch (envelope)
        {
            case "gz": _run.Write("in.json.gz", Fixtures.Gzip(records)); break;
            case "zst": _run.Write("in.zst", Fixtures.Zstd(records)); break;
            case "base64": _run.Write("in", Convert.ToBase64String(Fixtures.Gzip(records))); break;
            case "firehose": _run.Write("in.json", Fixtures.CloudWatch(use1, use2) + Fixtures.CloudWatch(grant)); break;
            default:
                _run.Write("in.json", envelope switch
                {
                    "bare" => use1 + use2 + grant,
                    "pretty" => Fixtures.Pretty(records),
                    "ndjson" => $"{use1}\n{use2}\n{grant}\n",
                    "array" => $"[\n{use1},\n{use2},\n{grant}\n]",
                    "eventbridge" => string.Join('\n', Fixtures.EventBridge(use1), Fixtures.EventBridge(use2), Fixtures.EventBridge(grant)),
                    "cloudwatch" => Fixtures.CloudWatch(use1, use2, grant),
                    "lambda" => Fixtures.Lambda(Fixtures.CloudWatch(use1, use2, grant)),
                    "sqs" => Fixtures.Sqs(Fixtures.EventBridge(use1)) + Fixtures.Sqs(use2) + Fixtures.Sqs(grant),
                    "sns" => Fixtures.Sns(use1) + "\n" + Fixtures.Sns(use2) + "\n" + Fixtures.Sns(grant),
                    "elastic" => Fixtures.Elastic(use1) + "\n" + Fixtures.Elastic(use2) + "\n" + Fixtures.Elastic(grant),
                    _ => records,
                });
                break;
        }

        await _run.RunAsync();
        Assert.Equal(["use-1", "use-2", "grant"], _run.Ids);
        Assert.Equal(["attributed", "attributed", "direct"], _run.Statuses);
        Assert.Equal(EnrichVerb.Success, _run.ExitCode);
        Assert.DoesNotContain(_run.Lines, line => line.Contains("secret-token"));
    }

    [Fact]
    public async Task Mixture_KeepsFileOrderAndCountsEverything()
    {
        _run.Write("a/1.json", Fixtures.Pretty(Fixtures.Records(Fixtures.Use("1"), Fixtures.Use("2"))));
        _run.Write("a/2.ndjson", Fixtures.Use("3"), Fixtures.Insight("4"));
        _run.Write("b.json.gz", Fixtures.Gzip(Fixtures.CloudWatch(Fixtures.Use("5"))));
        _run.Write("c.zst", Fixtures.Zstd(Fixtures.EventBridge(Fixtures.Use("6"))));
        _run.Write("d/e/f", Fixtures.Grant("7"));
        _run.Write("notes.txt", "not read");
        await _run.RunAsync();
        Assert.Equal(["1", "2", "3", "4", "5", "6", "7"], _run.Ids);
        Assert.Equal(["attributed", "attributed", "attributed", "not_applicable", "attributed", "attributed", "direct"], _run.Statuses);
        Assert.Equal(EnrichVerb.Success, _run.ExitCode);
        Assert.Contains("5 files, 7 events", _run.Summary);
    }

    [Fact]
    public async Task ManyEvents_OverManyChunksAndWorkers_StayInOrder()
    {
        var numbers = Enumerable.Range(0, 3000).ToList();
        for (var file = 0; file < 3; file++)
        {
            _run.Write($"{file}.ndjson", [.. numbers.Where(n => n / 1000 == file).Select(n => n == 2500 ? Fixtures.Grant($"{n}") : Fixtures.Use($"{n}"))]);
        }

        await _run.RunAsync(new EnrichArguments { Paths = [_run.Folder], Workers = 4, Limits = FileLimits.Default with { ChunkBytes = 16 * 1024 } });
        Assert.Equal(numbers.Select(n => $"{n}"), _run.Ids);
        Assert.Equal(2999, _run.Statuses.Count(status => status == "attributed"));
    }

    [Fact]
    public async Task OrderOfFiles_DoesNotMatterToTheResult()
    {
        var use = _run.Write("use.json", Fixtures.Use("use"));
        var grant = _run.Write("grant.json", Fixtures.Grant());
        await _run.RunAsync(use, grant);
        var before = _run.Lines;
        await _run.RunAsync(grant, use);
        Assert.Equal(before.Reverse(), _run.Lines);
    }

    [Fact]
    public async Task BadInputs_DoNotStopTheOthers()
    {
        _run.Write("1.json", Fixtures.Use("1"));
        _run.Write("2.json", "{\"Records\":[" + Fixtures.Use("2") + ",{\"eventVersion\":");
        _run.Write("3.ndjson", Fixtures.Use("3"), "{\"broken", Fixtures.Grant("4"));
        var cut = Fixtures.Gzip(string.Join('\n', Enumerable.Range(0, 500).Select(i => Fixtures.Use($"z{i}"))));
        _run.Write("4.gz", cut[..(cut.Length / 2)]);
        _run.Write("5.json", "{\"hello\":\"world\"}");
        await _run.RunAsync(_run.Folder, Path.Combine(_run.Folder, "none.json"));
        Assert.Equal(["1", "2", "3", "4"], _run.Ids.Where(id => id[0] != 'z'));
        Assert.Equal(EnrichVerb.SomeFailed, _run.ExitCode);
        Assert.Contains("none.json: unreadable: no such file or folder", _run.Summary);
        Assert.Contains("2.json at byte ", _run.Summary);
        Assert.Contains("3.ndjson at byte ", _run.Summary);
        Assert.Contains("4.gz at byte ", _run.Summary);
        Assert.Contains("5.json at byte 0: not_cloud_trail", _run.Summary);
        Assert.Contains("could not be read: 5", _run.Summary);
        Assert.All(_run.Summary.Split('\n'), line => Assert.InRange(line.Length, 0, 200));
    }

    [Fact]
    public async Task ToldApart_IsNoErrorOfReading()
    {
        _run.Write("1.json", Fixtures.S3Notification);
        _run.Write("2.json", Fixtures.Digest);
        _run.Write("3.json", Fixtures.ControlMessage);
        _run.Write("4.json", Fixtures.Insight("i"));
        await _run.RunAsync();
        Assert.Equal(["not_applicable"], _run.Statuses);
        Assert.Equal(EnrichVerb.Success, _run.ExitCode);
        Assert.Contains("pointer", _run.Summary);
        Assert.Contains("digest", _run.Summary);
        Assert.Contains("control", _run.Summary);
    }

    [Fact]
    public async Task Bulk_GivesPairs()
    {
        _run.Write("1.ndjson", Fixtures.Grant(), Fixtures.Use("use"), Fixtures.Use("use").Replace("\"eventID\":\"use\",", ""));
        await _run.RunAsync(new EnrichArguments { Paths = [_run.Folder], Form = EnrichForm.Bulk });
        Assert.Equal(6, _run.Lines.Length);
        var action = EnrichRun.Parse(_run.Lines[2]).GetProperty("index");
        Assert.Equal("trailstream-cloudtrail-2025.03.01", action.GetProperty("_index").GetString());
        Assert.Equal("use", action.GetProperty("_id").GetString());
        Assert.Equal(EvidenceRank.Proven, action.GetProperty("version").GetInt64());
        Assert.Matches("^[0-9a-f]{32}$", EnrichRun.Parse(_run.Lines[4]).GetProperty("index").GetProperty("_id").GetString());
        Assert.Equal("attributed", EnrichRun.StatusOf(_run.Lines[3]));
    }

    [Fact]
    public async Task DocumentChoices_ReachTheDocuments()
    {
        var input = _run.Write("1.ndjson", Fixtures.Grant(), Fixtures.Use("use"));
        var output = Path.Combine(_run.Folder, "out.ndjson");
        string[] line = ["enrich", input, "-o", output, "--quiet", "--form", "ecs", "--retain", "flattened", "--identity", "ecs", "--event-original"];
        Assert.Equal(EnrichVerb.Success, await CommandLine.Build(_run.Clock).Parse(line).InvokeAsync(cancellationToken: TestContext.Current.CancellationToken));
        var use = EnrichRun.Parse((await File.ReadAllLinesAsync(output, TestContext.Current.CancellationToken))[1]);
        Assert.Equal("alice", use.GetProperty("user").GetProperty("name").GetString());
        var trail = use.GetProperty("aws").GetProperty("cloudtrail");
        Assert.False(trail.TryGetProperty("request_parameters", out _));
        Assert.Equal("b", trail.GetProperty("flattened").GetProperty("request_parameters").GetProperty("bucketName").GetString());
        Assert.Equal(Fixtures.Use("use"), use.GetProperty("event").GetProperty("original").GetString());
    }

    [Fact]
    public async Task DocumentChoices_WantAnEcsForm()
    {
        var input = _run.Write("1.ndjson", Fixtures.Use("use"));
        await _run.RunAsync(new EnrichArguments { Paths = [input], Documents = new DocumentOptions(RetainedCopies.None) });
        Assert.Equal(EnrichVerb.WrongUsage, _run.ExitCode);
        Assert.Contains("--form ecs", _run.Summary);
        Assert.Empty(_run.Lines);
    }

    [Fact]
    public async Task Store_GetsEveryDocumentOnce()
    {
        _run.Write("1.ndjson", [Fixtures.Grant(), .. Enumerable.Range(0, 300).Select(i => Fixtures.Use($"{i}"))]);
        var sink = new MemorySink();
        await _run.RunAsync(new EnrichArguments
        {
            Paths = [_run.Folder],
            Store = "out.db",
            OpenStore = _ => sink,
            Limits = FileLimits.Default with { ChunkBytes = 16 * 1024 },
        });
        Assert.Equal(EnrichVerb.Success, _run.ExitCode);
        Assert.Equal(_run.Ids, sink.Ids);
        Assert.Equal(_run.Lines.Length, sink.Documents.Count);
        Assert.All(sink.Documents, document => Assert.Contains("\"trailstream\"", document));
        Assert.True(sink.Prepared && sink.Disposed);
    }

    [Fact]
    public async Task SqliteStore_HoldsTheEvents()
    {
        var store = Path.Combine(_run.Folder, "out.db");
        var input = _run.Write("1.ndjson", Fixtures.Grant(), Fixtures.Use("use"));
        await _run.RunAsync(new EnrichArguments { Paths = [input], Form = EnrichForm.Ecs, Store = store });
        Assert.Equal(EnrichVerb.Success, _run.ExitCode);
        using var reader = SqliteReader.Open(store);
        Assert.Equal(2, reader.CountByStatus().Sum(status => status.Events));
    }

    [Fact]
    public async Task StoreThatCannotBeOpened_SaysSo()
    {
        var input = _run.Write("1.ndjson", Fixtures.Grant());
        await _run.RunAsync(new EnrichArguments { Paths = [input], Store = Path.Combine(_run.Folder, "none", "out.db") });
        Assert.Equal(EnrichVerb.SomeFailed, _run.ExitCode);
        Assert.Contains("out.db: ", _run.Summary);
    }

    [Fact]
    public async Task OutputThatIsAnInput_IsWrongUsage()
    {
        var path = _run.Write("in.json", Fixtures.Use("use"));
        await _run.RunAsync(new EnrichArguments { Paths = [_run.Folder], Output = Path.Combine(_run.Folder, "..", Path.GetFileName(_run.Folder), "in.json") });
        Assert.Equal(EnrichVerb.WrongUsage, _run.ExitCode);
        Assert.Equal(Fixtures.Use("use"), await File.ReadAllTextAsync(path, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Output_GoesToTheFile_AndQuietSaysNothing()
    {
        var path = Path.Combine(_run.Folder, "out.ndjson");
        await _run.RunAsync(new EnrichArguments { Paths = [_run.Write("in.json", Fixtures.Use("use"))], Output = path, Quiet = true });
        Assert.Equal((EnrichVerb.Success, "", 0), (_run.ExitCode, _run.Summary, _run.Lines.Length));
        Assert.Single(await File.ReadAllLinesAsync(path, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task ReaderOfOutputGone_EndsQuietly()
    {
        var path = _run.Write("in.ndjson", [.. Enumerable.Range(0, 5000).Select(i => Fixtures.Use($"{i}"))]);
        using var stderr = new StringWriter();
        var code = await EnrichVerb.RunAsync(
            new EnrichArguments { Paths = [path] }, stderr, new ClosedPipe(), _run.Clock, TestContext.Current.CancellationToken);
        Assert.Equal((EnrichVerb.Success, ""), (code, stderr.ToString()));
    }

    [Fact]
    public async Task Cancelled_Is130AndLeavesNoFile()
    {
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();
        var output = Path.Combine(_run.Folder, "out.ndjson");
        var arguments = new EnrichArguments { Paths = [_run.Write("in.json", Fixtures.Use("use"))], Output = output };
        using var stderr = new StringWriter();
        Assert.Equal(EnrichVerb.Interrupted, await EnrichVerb.RunAsync(arguments, stderr, Stream.Null, _run.Clock, cancelled.Token));
        Assert.Single(Directory.GetFileSystemEntries(_run.Folder));
    }

    [Theory]
    [InlineData("-", "other.json")]
    [InlineData]
    public async Task WrongUsage_Is2(params string[] paths)
    {
        await _run.RunAsync(new EnrichArguments { Paths = paths });
        Assert.Equal(EnrichVerb.WrongUsage, _run.ExitCode);
        Assert.StartsWith("enrich: ", _run.Summary);
    }

    public void Dispose() => _run.Dispose();

    private sealed class ClosedPipe : MemoryStream
    {
        public override void Write(ReadOnlySpan<byte> buffer) => throw new IOException("Broken pipe", 32);
    }

    [Fact]
    public async Task DeadLetters_KeepTheOriginalBytes_WithTheirPlace()
    {
        using var run = new EnrichRun();
        var file = run.Write("day.ndjson", Fixtures.Use("good"), "{ broken }", Fixtures.Digest, Fixtures.Use("late").Replace("2025-03-01T12:05:00Z", "yesterday", StringComparison.Ordinal));
        var letters = Path.Combine(run.Folder, "dead-letters");
        await run.RunAsync(new EnrichArguments { Paths = [file], DeadLetters = letters });
        Assert.Equal(EnrichVerb.SomeFailed, run.ExitCode);
        Assert.Equal(["good"], run.Ids);
        using var store = new NdjsonDeadLetterStore(letters, run.Clock);
        var read = store.Read(TestContext.Current.CancellationToken).ToList();
        Assert.Equal(["bad_json", "bad_time"], read.Select(letter => letter.Reason));
        Assert.Equal("{ broken }", Encoding.UTF8.GetString(read[0].Payload.Span).Trim());
        Assert.Equal($"{file}@{Fixtures.Use("good").Length + 1}", read[0].Place.ToString());
    }

    [Fact]
    public async Task DeadLetters_ThatCannotBeWritten_AreSaid()
    {
        using var run = new EnrichRun();
        var file = run.Write("day.ndjson", "{ broken }");
        await run.RunAsync(new EnrichArguments { Paths = [file], DeadLetters = run.Folder });
        Assert.Equal(EnrichVerb.SomeFailed, run.ExitCode);
        Assert.Contains("cannot write", run.Summary, StringComparison.Ordinal);
    }
}
