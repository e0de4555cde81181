using System.Diagnostics.Metrics;
using TrailStream.Core.Attribution;
using TrailStream.Core.Sessions;
using TrailStream.Pipeline.Kafka;
using TrailStream.Pipeline.Settlement;
using TrailStream.Pipeline.Sinks;

namespace TrailStream.Pipeline.Diagnostics;

/// <summary>The instruments of one stream, in the meter <c>TrailStream</c>. Labels come from enums, topics and partitions only: their
/// number is bounded whatever the events say.</summary>
internal sealed class StreamMetrics : IDisposable
{
    public const string MeterName = "TrailStream";

    private readonly Meter _meter = new(MeterName);
    private readonly Histogram<double> _processed;
    private readonly Histogram<double> _written;
    private readonly Counter<long> _documents;
    private readonly Counter<long> _deadLetters;
    private readonly Counter<long> _pauses;

    public StreamMetrics(StreamCounters counters)
    {
        _processed = _meter.CreateHistogram<double>("messaging.process.duration", "s", "From handing a batch out to its settlement.");
        _written = _meter.CreateHistogram<double>("db.client.operation.duration", "s", "One group write of a sink.");
        _documents = _meter.CreateCounter<long>("trailstream.documents", "{document}", "Documents by sink and outcome.");
        _deadLetters = _meter.CreateCounter<long>("trailstream.dlq.events", "{event}", "Dead letters by reason.");
        _pauses = _meter.CreateCounter<long>("trailstream.kafka.pauses", "{pause}", "Partitions paused, by cause.");
        Count("messaging.client.consumed.messages", "{message}", "Kafka records read.", () => counters.Records);
        Count("trailstream.read.bytes", "By", "Payload bytes read.", () => counters.RecordBytes);
        Count("trailstream.read.empty", "{message}", "Records without a value.", () => counters.EmptyRecords);
        Count("trailstream.decode.events", "{event}", "Events decoded.", () => counters.Events);
        Count("trailstream.decode.control", "{message}", "Transport messages dropped by rule.", () => counters.Control);
        Count("trailstream.index.grants", "{event}", "Grants learned.", () => counters.Grants);
        Count("trailstream.kafka.fenced.acks", "{batch}", "Settlements after the partition was given up.", () => counters.FencedAcks);
        Count("trailstream.kafka.commits", "{commit}", "Commits that worked.", () => counters.Commits);
        Count("trailstream.kafka.commit.failures", "{commit}", "Commits that failed and were repeated.", () => counters.CommitFailures);
        Count("trailstream.kafka.store.rejected", "{offset}", "Offsets refused because the partition was leaving.", () => counters.StoresRejected);
        Count("trailstream.kafka.repeated", "{message}", "Records delivered twice in one assignment, passed over.", () => counters.RepeatedRecords);
        Count("trailstream.kafka.retention.gap", "{message}", "Records that retention removed unread.", () => counters.RetentionGapRecords);
        Count("trailstream.kafka.rebalances", "{rebalance}", "Changes of assignment.", () => counters.Rebalances);
        Count("trailstream.kafka.member.fences", "{fence}", "Times that Kafka has fenced this node's kafka.group_instance_id.", () => counters.MembersFenced);
        Count("trailstream.sessions.too_large", "{event}", "Evidence too large for the sessions topic: other nodes do not know it.", () => counters.SessionsTooLarge);
        Count("trailstream.index.lagging_unheard", "{note}", "Notes of other nodes about lagging partitions that found no room.", () => counters.LaggingUnheardOf);
        Count("trailstream.sessions.unreadable", "{message}", "Unreadable records of the sessions topic or look back.", () => counters.SessionsUnreadable);
        Count("trailstream.late.corrections", "{document}", "Documents written again with better evidence.", () => counters.Corrections);
        Count("trailstream.late.evicted", "{event}", "Waiting events that left memory for want of room.", () => counters.Evicted);
        Count("trailstream.late.released.early", "{event}", "Events written before their hold time was over.", () => counters.HeldReleasedEarly);
        Count("trailstream.late.key.overflows", "{event}", "Events not kept: too many wait for one key.", () => counters.KeyOverflows);
        WatchStores(counters);
        Count("trailstream.sink.failures", "{group}", "Group writes that threw and were repeated.", () => counters.SinkRetries);
        Level("trailstream.bytes.in_flight", "By", "Payload bytes read and not settled.", () => counters.BytesInFlight);
        Level("trailstream.documents.in_flight", "By", "Document bytes not acknowledged.", () => counters.DocumentBytesInFlight);
        // An event moves between these when it is corrected, so they are levels that add up to the events decoded.
        _meter.CreateObservableGauge(
            "trailstream.events",
            () => Enum.GetValues<AttributionStatus>().Select(status => new Measurement<long>(
                counters.OfStatus(status), new KeyValuePair<string, object?>("outcome", StatusName(status)))),
            "{event}",
            "Events by their latest status.");
    }

    private void WatchStores(StreamCounters counters)
    {
        Count("trailstream.late.store.questions", "{question}", "Questions to stores about changed sessions.", () => counters.StoreQuestions);
        Count("trailstream.late.store.reads", "{document}", "Stored documents read back because new evidence may concern them.", () => counters.StoreReads);
        Count("trailstream.late.store.corrections", "{document}", "Stored documents sent back with a better verdict.", () => counters.StoreCorrections);
        Count("trailstream.late.store.unreadable", "{document}", "Stored documents without an event: left alone.", () => counters.StoreUnreadables);
        Count("trailstream.late.store.elsewhere", "{document}", "Stored documents outside their own index: left alone.", () => counters.StoreElsewheres);
        Count("trailstream.late.store.overflows", "{session}", "Sessions left to a sweep because the queue was full.", () => counters.StoreOverflows);
        Count("trailstream.late.store.troubles", "{question}", "Questions to stores that were repeated.", () => counters.StoreTroubles);
        Count("trailstream.late.sweeps", "{sweep}", "Sweeps through unexplained documents that came to their end.", () => counters.Sweeps);
        Level("trailstream.late.sweep.looked", "{document}", "Documents that the sweep under way has looked at.", () => counters.SweepLooked);
        Level("trailstream.late.sweep.total", "{document}", "Documents that it has in all.", () => counters.SweepTotal);
        Count("trailstream.snapshots", "{snapshot}", "Snapshots of the index written.", () => counters.Snapshots);
        Level("trailstream.snapshot.size", "By", "Size of the latest.", () => counters.SnapshotBytes);
        Count("trailstream.snapshot.failures", "{snapshot}", "Snapshots that the disk did not take.", () => counters.SnapshotFailures);
        Count("trailstream.snapshots.discarded", "{snapshot}", "Snapshots found at the start and not used.", () => counters.SnapshotsDiscarded);
    }

    public static string StatusName(AttributionStatus status) => status switch
    {
        AttributionStatus.NotApplicable => "not_applicable",
        AttributionStatus.Direct => "direct",
        AttributionStatus.Attributed => "attributed",
        AttributionStatus.Partial => "partial",
        AttributionStatus.Pending => "pending",
        _ => "unattributed",
    };

    public void Watch(SessionIndex index, FeedHealth feed)
    {
        Level("trailstream.feed.silent_accounts", "{account}", "Accounts whose roles are used without any grant in the feed.", () => feed.SilentAccounts);
        Level("trailstream.index.keys", "{session}", "Sessions in the index.", () => index.Count);
        Level("trailstream.index.bytes", "By", "Unmanaged memory of the index.", () => index.Bytes);
        Count("trailstream.index.evicted", "{session}", "Sessions dropped because the index was full.", () => index.EvictedFull);
    }

    public void Watch(Func<IReadOnlyList<PartitionStatus>> partitions)
    {
        PerPartition("trailstream.kafka.lag", "{message}", "Records behind the end.", partitions, p => p.Lag);
        PerPartition("trailstream.frontier.span", "{message}", "Records read and not settled.", partitions, p => p.Open);
        PerPartition("trailstream.kafka.settled.offset", "{message}", "The offset that may be committed.", partitions, p => p.Settled);
        PerPartition("trailstream.kafka.paused", "1", "1 while reading is paused.", partitions, p => p.Paused ? 1 : 0);
        PerPartition(
            "trailstream.oldest.unsettled",
            "s",
            "Age of the oldest unsettled batch, or of the last record while there is more to read: rises on every stuck partition.",
            partitions,
            p => p.OldestUnsettled.TotalSeconds);
    }

    public void Level(string name, string unit, string description, Func<long> value) =>
        _meter.CreateObservableGauge(name, value, unit, description);

    public void RecordProcessed(TimeSpan time) => _processed.Record(time.TotalSeconds);

    public void RecordWrite(string sink, TimeSpan time, WriteReport report)
    {
        var name = new KeyValuePair<string, object?>("sink", sink);
        _written.Record(time.TotalSeconds, name);
        Add(report.Created, "created");
        Add(report.Updated, "updated");
        Add(report.Stale, "stale");
        Add(report.DeadLettered, "dead_lettered");
        Add(report.Retries, "retried");

        void Add(int count, string outcome)
        {
            if (count > 0)
            {
                _documents.Add(count, name, new KeyValuePair<string, object?>("outcome", outcome));
            }
        }
    }

    public void RecordPause(PauseCause cause) => _pauses.Add(1, new KeyValuePair<string, object?>("cause", cause switch
    {
        PauseCause.Stopping => "stopping",
        PauseCause.SinkStalled => "sink_stalled",
        PauseCause.Budget => "budget",
        _ => "span",
    }));

    public void RecordDeadLetter(string reason) => _deadLetters.Add(1, new KeyValuePair<string, object?>("reason", reason));

    public void Dispose() => _meter.Dispose();

    private void Count(string name, string unit, string description, Func<long> value) =>
        _meter.CreateObservableCounter(name, value, unit, description);

    private void PerPartition(
        string name, string unit, string description, Func<IReadOnlyList<PartitionStatus>> partitions, Func<PartitionStatus, double> value) =>
        _meter.CreateObservableGauge(
            name,
            () => partitions().Select(p => new Measurement<double>(
                value(p), new KeyValuePair<string, object?>("topic", p.Topic), new KeyValuePair<string, object?>("partition", p.Partition))),
            unit,
            description);
}
