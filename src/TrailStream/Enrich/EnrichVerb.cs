using System.Buffers.Binary;
using System.Data.Common;
using System.Security.Cryptography;
using TrailStream.Core.Sessions;
using TrailStream.Pipeline.Files;
using TrailStream.Pipeline.Ndjson;

namespace TrailStream.Enrich;

/// <summary>The verb <c>enrich</c>: files or standard input in, one enriched line for each event out.</summary>
public static class EnrichVerb
{
    /// <summary>Everything was read, or who read the output had enough.</summary>
    public const int Success = 0;

    /// <summary>Some input could not be read, or the output could not be written; everything else was done.</summary>
    public const int SomeFailed = 1;

    public const int WrongUsage = 2;

    /// <summary>128 + SIGINT.</summary>
    public const int Interrupted = 130;

    public static async Task<int> RunAsync(
        EnrichArguments arguments, TextWriter stderr, Stream stdout, TimeProvider clock, CancellationToken cancellationToken)
    {
        if (Mistake(arguments) is { } mistake)
        {
            await stderr.WriteLineAsync($"enrich: {mistake}");
            return WrongUsage;
        }

        var piped = arguments.Paths is ["-"];
        var inputs = piped ? new InputList([], [], 0) : InputFinder.Find(arguments.Paths);
        if (Overwritten(arguments, inputs) is { } overwritten)
        {
            var name = EnrichSummary.Printable(overwritten, 80);
            await stderr.WriteLineAsync($"enrich: {name} is one of the inputs, and would be overwritten");
            return WrongUsage;
        }

        var error = "";
        using var file = arguments.Output is null or "-"
            ? OutputFile.To(stdout)
            : OutputFile.Create(arguments.Output, Environment.ProcessId, out error);
        if (file is null)
        {
            await stderr.WriteLineAsync($"enrich: cannot write {EnrichSummary.Printable(arguments.Output!, 60)}: {error}");
            return SomeFailed;
        }

        try
        {
            return await RunAsync(arguments, inputs, piped, file, stderr, clock, cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return Interrupted;
        }
        catch (Exception e) when (arguments.DeadLetters is not null && e is IOException or UnauthorizedAccessException)
        {
            await stderr.WriteLineAsync($"enrich: cannot write {EnrichSummary.Printable(arguments.DeadLetters!, 60)}: {e.Message}");
            return SomeFailed;
        }
        catch (DbException e)
        {
            await stderr.WriteLineAsync($"enrich: cannot write {EnrichSummary.Printable(arguments.Store!, 60)}: {e.Message}");
            return SomeFailed;
        }
    }

    private static async Task<int> RunAsync(
        EnrichArguments arguments, InputList inputs, bool piped, OutputFile file, TextWriter stderr, TimeProvider clock,
        CancellationToken cancellationToken)
    {
        await using var store = arguments.Store is null ? null : arguments.OpenStore(arguments.Store);
        if (store is not null)
        {
            await store.PrepareAsync(cancellationToken);
        }

        await using var deadLetters = arguments.DeadLetters is null ? null : new NdjsonDeadLetters(arguments.DeadLetters, clock);
        var started = clock.GetTimestamp();
        var tally = new InputTally();
        foreach (var problem in inputs.Problems)
        {
            tally.Add(problem);
        }

        var output = new EnrichOutput(file, store, deadLetters, cancellationToken);
        EnrichCounters counters;
        var notInTime = 0L;
        await using (var progress = new EnrichProgress(stderr, arguments.Terminal && !arguments.Quiet, arguments.Columns, clock))
        {
            (counters, notInTime) = piped
                ? await PipeAsync(arguments, output, tally, progress, clock, cancellationToken)
                : await FilesAsync(arguments, inputs, output, tally, progress, clock, cancellationToken);
        }

        if (file.State == OutputState.Open)
        {
            output.FlushStore();
            file.Complete();
        }

        if (file.State == OutputState.ReaderGone)
        {
            return Success;
        }

        if (file.State == OutputState.Failed)
        {
            var name = EnrichSummary.Printable(arguments.Output ?? "standard output", 60);
            await stderr.WriteLineAsync($"enrich: cannot write {name}: {file.Error}");
            return SomeFailed;
        }

        if (!arguments.Quiet)
        {
            new EnrichSummary(counters, tally)
            {
                Files = inputs.Files.Count,
                Skipped = inputs.Skipped,
                Piped = piped,
                NotInTime = notInTime,
                Refused = output.Refused,
                Elapsed = clock.GetElapsedTime(started),
            }.WriteTo(stderr);
        }

        return tally.Problems == 0 && output.Refused == 0 ? Success : SomeFailed;
    }

    private static async Task<(EnrichCounters Counters, long NotInTime)> PipeAsync(
        EnrichArguments arguments, EnrichOutput output, InputTally tally, EnrichProgress progress, TimeProvider clock,
        CancellationToken cancellationToken)
    {
        using var index = NewIndex();
        var documents = new DocumentProducer(arguments.Form, arguments.Documents, output.Store?.Form);
        using var pass = new PipePass(arguments, index, documents, output, tally, progress, clock);
        await pass.RunAsync(cancellationToken);
        return (pass.Counters, pass.NotInTime);
    }

    private static async Task<(EnrichCounters Counters, long NotInTime)> FilesAsync(
        EnrichArguments arguments, InputList inputs, EnrichOutput output, InputTally tally, EnrichProgress progress, TimeProvider clock,
        CancellationToken cancellationToken)
    {
        using var index = NewIndex();
        var count = arguments.Workers > 0 ? arguments.Workers : Environment.ProcessorCount;
        var workers = Enumerable.Range(0, count)
            .Select(_ => new EnrichWorker(index, new DocumentProducer(arguments.Form, arguments.Documents, output.Store?.Form))).ToList();
        var passes = new FilePasses(inputs, arguments.Limits, index, workers, progress);
        await Task.Factory.StartNew(
            () => passes.Run(output, tally, clock, cancellationToken), cancellationToken, TaskCreationOptions.LongRunning,
            TaskScheduler.Default);
        var counters = new EnrichCounters();
        foreach (var worker in workers)
        {
            counters.Add(worker.Counters);
            worker.Dispose();
        }

        return (counters, 0);
    }

    /// <summary>The seed is new for each run: event content is chosen by whoever calls the API.</summary>
    private static SessionIndex NewIndex()
    {
        Span<byte> seed = stackalloc byte[sizeof(ulong)];
        RandomNumberGenerator.Fill(seed);
        return new SessionIndex(SessionIndexOptions.Default with { HashSeed = BinaryPrimitives.ReadUInt64LittleEndian(seed) });
    }

    private static string? Mistake(EnrichArguments arguments) =>
        arguments.Paths.Count == 0 ? "no input: name files, folders or patterns, or - for standard input"
        : arguments.Paths.Count > 1 && arguments.Paths.Contains("-")
            ? "- (standard input) stands alone: files beside it could not be read twice with it"
        : arguments is { Documents: not null, Form: EnrichForm.CloudTrail }
            ? "--retain, --identity and --event-original choose how ECS documents look: add --form ecs or --form bulk"
        : arguments.Wait < TimeSpan.Zero ? "--wait must not be negative; an example: 30s"
        : arguments.MemoryBytes < EnrichArguments.MinMemoryBytes ? "--memory must be at least 4MB; an example: 256MB"
        : null;

    private static string? Overwritten(EnrichArguments arguments, InputList inputs)
    {
        var output = arguments.Output is "-" ? null : arguments.Output;
        var targets = new[] { output, arguments.Store, arguments.DeadLetters }.OfType<string>().Select(Real).ToHashSet(StringComparer.Ordinal);
        return targets.Count == 0 ? null : inputs.Files.Select(file => file.Path).FirstOrDefault(path => targets.Contains(Real(path)));
    }

    private static string Real(string path)
    {
        var link = File.Exists(path) ? new FileInfo(path).ResolveLinkTarget(returnFinalTarget: true) : null;
        return Path.GetFullPath(link?.FullName ?? path);
    }
}
