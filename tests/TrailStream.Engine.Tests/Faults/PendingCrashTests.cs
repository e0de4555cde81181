using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using TrailStream.Core.Attribution;
using TrailStream.Testing.Kafka;
using Xunit;

namespace TrailStream.Engine.Tests.Faults;

/// <summary>30: a node is killed whose memory held what a hundred thousand documents wait for, and only then their grants come.</summary>
[Trait("Suite", "Slow")]
public sealed class PendingCrashTests(EngineFixture engines, ITestOutputHelper output)
{
    private const string Pending = "trailstream.attribution.status:pending";
    private const int PendingLeast = 100_000;

    /// <summary>On two cores shared with the store; the output says how long it took.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(6);

    [Fact]
    public async Task KilledWithDocumentsPending_ThenTheirGrantsCome_AllAreCorrected()
    {
        var elasticsearch = await engines.ElasticsearchAsync();
        Assert.SkipWhen(elasticsearch is null, EngineFixture.Absent);
        var (kafka, name, ledger, cancellation) = await FaultLedger.BeginAsync(engines, "pending");
        await TrailCheck.ClearAsync(elasticsearch!, cancellation);
        var grants = ledger.FeedUses(31, 240_000, cancellation);
        string[] settings = [$"elasticsearch.urls={elasticsearch}", "late.hold=0s", "late.grace=30h"];
        var reading = Stopwatch.GetTimestamp();
        using (var first = StreamProcess.Start(kafka, name, settings))
        {
            await Poll.Until(
                async () => await first.MetricAsync("messaging_client_consumed_messages_total") == ledger.Records && await first.MetricAsync("trailstream_frontier_span") == 0,
                cancellation);
            await first.KillAsync();
        }

        var pending = await TrailCheck.CountAsync(elasticsearch!, Pending, cancellation);
        Assert.True(pending >= PendingLeast, pending.ToString(CultureInfo.InvariantCulture));
        output.WriteLine($"{pending} pending at the kill, {Stopwatch.GetElapsedTime(reading).TotalSeconds:F1} s after the node's start");
        using var second = StreamProcess.Start(kafka, name, settings);
        await Poll.Until(async () => second.Reads && await second.ReadyAsync() == 200, cancellation);
        var began = Stopwatch.GetTimestamp();
        ledger.Feed(grants, cancellation);
        output.WriteLine($"{grants.Count} other events fed in {Stopwatch.GetElapsedTime(began).TotalSeconds:F1} s");
        await Poll.Until(
            async () =>
            {
                var (lag, queued) = (await second.MetricAsync("trailstream_kafka_lag"), await second.MetricAsync("trailstream_late_store_queued"));
                var (asked, read, corrected) = (await second.MetricAsync("trailstream_late_store_questions_total"),
                    await second.MetricAsync("trailstream_late_store_reads_total"), await second.MetricAsync("trailstream_late_store_corrections_total"));
                output.WriteLine($"{Stopwatch.GetElapsedTime(began).TotalSeconds,6:F1} s: lag {lag}, {queued} changes unanswered, {asked} questions, {read} documents read, {corrected} corrected");
                return await second.MetricAsync("messaging_client_consumed_messages_total") >= grants.Count && lag == 0 && queued == 0
                    && await second.MetricAsync("trailstream_frontier_span") == 0;
            },
            cancellation, Patience, TimeSpan.FromSeconds(5));
        Assert.Equal(0, await second.StopAsync());

        // A name that two sessions of one second bear explains nothing, and stays pending as long as the grace.
        var found = await TrailCheck.ReadIndexAsync(elasticsearch!, cancellation);
        foreach (var id in found.Keys.Where(id => IsAmbiguous(found[id]) && ledger.Events.GetValueOrDefault(id)?.Status == AttributionStatus.Unattributed).ToList())
        {
            ledger.Events.Remove(id);
            found.Remove(id);
        }

        TrailCheck.Compare(ledger.Events, found, "elasticsearch", output);
        var (exitCode, report) = await StreamProcess.VerifyAsync(kafka, name, settings);
        Assert.True(exitCode == 0, report);
    }

    private static bool IsAmbiguous(JsonElement attribution) =>
        attribution.GetProperty("status").GetString() == Codes.NameOf(AttributionStatus.Pending) && !attribution.TryGetProperty("origin", out _)
        && attribution.GetProperty("reason").GetString() == Codes.NameOf(AttributionReason.Ambiguous);
}
