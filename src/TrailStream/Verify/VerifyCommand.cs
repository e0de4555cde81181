using System.CommandLine;
using System.Globalization;
using TrailStream.Cli;
using TrailStream.Configuration;
using TrailStream.Pipeline.Verification;
using TrailStream.Run;

namespace TrailStream.Verify;

/// <summary>The verb <c>verify</c> on the command line.</summary>
internal static class VerifyCommand
{
    public static Command Build(TimeProvider clock)
    {
        var (file, set, quiet) = (CommandLine.ConfigFile(), CommandLine.Set(), CommandLine.Quiet());
        var from = new Option<string?>("--from") { Description = "Where to begin: a time, how long ago such as 2h, or offsets such as 0:1000,1:2000. Default: the oldest record." };
        var to = new Option<string?>("--to") { Description = "Where to end, likewise; never behind what the group has committed, which is the default." };
        var named = new Option<int>("--limit", "-n") { Description = "Findings of each kind that are named.", DefaultValueFactory = _ => 10 };
        var json = new Option<bool>("--json") { Description = "Answer as JSON." };
        var command = new Command(
            "verify",
            """
            Proves that nothing is lost: reads a range of the input again, and looks for every event in every configured destination (Elasticsearch or
            OpenSearch, output topic, SQLite) and among the dead letters. Changes nothing, and may run beside the stream: it goes only as far as
            the stream's consumer group has committed.

            Exit 0 when all is there; 1 when something is missing, doubled or in conflict; 2 for wrong usage; 69 when Kafka or a destination cannot be
            asked; 78 for wrong configuration.

            Examples:
              trailstream verify -c trailstream.yaml
              trailstream verify --from 6h -c trailstream.yaml
              trailstream verify --from 2026-11-25T12:00:00Z --to 2026-11-25T14:00:00Z --json -c trailstream.yaml
              trailstream verify --from 2:1000 --to 2:5000 -c trailstream.yaml      (offsets of partition 2 alone)
            """) { file, set, from, to, named, json, quiet };
        command.SetAction((parse, cancellation) => UserErrors.RunAsync("verify", async () =>
        {
            var settings = UserErrors.Settings(parse.GetValue(file), parse.GetValue(set), ConfigScope.Stream);
            var kafka = Composition.Kafka(settings);
            var options = new VerifyOptions
            {
                Kafka = kafka,
                From = Bound("--from", parse.GetValue(from), kafka.Topics, clock),
                To = Bound("--to", parse.GetValue(to), kafka.Topics, clock),
                Grace = settings.Duration("late.grace"),
                NamedMax = Math.Max(1, parse.GetValue(named)),
            };
            return await RunAsync(settings, options, parse.GetValue(json), parse.GetValue(quiet), clock, cancellation).ConfigureAwait(false);
        }));
        return command;
    }

    private static async Task<int> RunAsync(
        Settings settings, VerifyOptions options, bool json, bool quiet, TimeProvider clock, CancellationToken cancellationToken)
    {
        var lookups = Composition.Lookups(settings, (options.From as RangeBound.At)?.Time, clock);
        try
        {
            if (lookups.Count == 0)
            {
                throw new WrongUsageException("no destination that can be asked is configured: a file of lines (ndjson.path) has no index to look into.");
            }

            using var letters = Composition.DeadLetterStore(settings, clock);
            using var verifier = new TrailVerifier(options, lookups, letters, clock);
            var progress = new VerifyProgressLine(Console.Error, quiet, Console.IsErrorRedirected, clock);
            var report = await verifier.RunAsync(progress, cancellationToken).ConfigureAwait(false);
            progress.End();
            VerifyText.Write(report, options, json, CommandLine.IsTerminal, Console.Out);
            return report.IsClean ? 0 : 1;
        }
        finally
        {
            lookups.ForEach(lookup => lookup.Dispose());
        }
    }

    /// <summary>A time, or <c>[TOPIC/]PARTITION:OFFSET</c>, comma-separated.</summary>
    internal static RangeBound? Bound(string flag, string? text, IReadOnlyList<string> topics, TimeProvider clock)
    {
        if (text is null)
        {
            return null;
        }

        if (PointInTime.TryParse(text, clock, out var time))
        {
            return new RangeBound.At(time);
        }

        var offsets = new Dictionary<(string, int), long>();
        foreach (var part in text.Split(',', StringSplitOptions.TrimEntries))
        {
            var slash = part.LastIndexOf('/');
            var topic = slash > 0 ? part[..slash] : topics.Count == 1 ? topics[0] : "";
            var numbers = part[(slash + 1)..].Split(':');
            if (!topics.Contains(topic) || numbers.Length != 2
                || !int.TryParse(numbers[0], NumberStyles.None, CultureInfo.InvariantCulture, out var partition)
                || !long.TryParse(numbers[1], NumberStyles.None, CultureInfo.InvariantCulture, out var offset))
            {
                throw new WrongUsageException(
                    $"{flag} must be {PointInTime.Allowed}, or PARTITION:OFFSET pairs such as 0:1000,1:2000"
                    + (topics.Count == 1 ? "." : $", with the topic in front ({topics[0]}/0:1000) because there are several."));
            }

            offsets[(topic, partition)] = offset;
        }

        return new RangeBound.Offsets(offsets);
    }
}
