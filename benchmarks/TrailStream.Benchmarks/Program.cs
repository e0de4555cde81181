using BenchmarkDotNet.Running;
using TrailStream.Benchmarks;
using TrailStream.Benchmarks.Pipeline;

// budgets              allocation budgets (budgets.json), exit 1 when one is exceeded
// hotpath [EVENTS]     decode + attribute + enrich on one thread: events/s and CPU µs an event
// documents [EVENTS]   writing alone, each form against the other and against copying the finished document
// generate [EVENTS] [FILE]  a made-up trail as NDJSON, and how fast
// index [SESSIONS]     memory a session and speed of the session index at a size
// pipeline [EVENTS]    Kafka -> nothing, Kafka -> Kafka, Kafka -> Elasticsearch between real servers, with CPU µs an event
// (anything else)      BenchmarkDotNet's own switches, for instance --filter '*Scanner*'
return args switch
{
    ["budgets", ..] => Budgets.Check(),
    ["hotpath", ..] => HotPathMeter.Run(args.Length > 1 ? long.Parse(args[1]) : 2_000_000),
    ["documents", ..] => DocumentMeter.Run(args.Length > 1 ? int.Parse(args[1]) : 2_000_000),
    ["generate", ..] => GeneratorMeter.Run(args.Length > 1 ? long.Parse(args[1]) : 1_000_000, args.Length > 2 ? args[2] : null),
    ["index", ..] => IndexMeter.Run(args.Length > 1 ? int.Parse(args[1]) : 1_000_000),
    ["pipeline", ..] => await PipelineMeter.RunAsync(args.Length > 1 ? long.Parse(args[1]) : 1_000_000),
    _ => Switch(args),
};

static int Switch(string[] args)
{
    BenchmarkSwitcher.FromAssembly(typeof(HotPathBenchmarks).Assembly).Run(args);
    return 0;
}
