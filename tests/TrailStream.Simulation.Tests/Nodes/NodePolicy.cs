using TrailStream.Pipeline.Elasticsearch;
using TrailStream.Pipeline.Kafka;
using TrailStream.Pipeline.Settlement;

namespace TrailStream.Simulation.Tests.Nodes;

/// <summary>Where a node calls its state machines. The broken variants below override one call each, to show that the simulator sees what such a bug
/// would do.</summary>
internal class NodePolicy
{
    /// <summary>A batch has been given to its processor.</summary>
    public virtual void HandedOut(ReadCoordinator coordinator, RecordBatch batch, long now)
    {
    }

    /// <summary>Everything in a batch is durable.</summary>
    public virtual SettleResult Settle(ReadCoordinator coordinator, RecordBatch batch, long now) =>
        coordinator.Settle(batch.Topic, batch.Partition, batch.Epoch, batch.Number, batch.Length, now);

    /// <summary>The store has answered for each document.</summary>
    public virtual BulkPause Answered(BulkWork work, List<BulkItem> items) => work.Answered(items);

    /// <summary>The store did not answer in time.</summary>
    public virtual BulkPause TimedOut(BulkWork work, int sent) => work.Unanswered(overloaded: true);
}

/// <summary>Settles a batch when it is handed out.</summary>
internal sealed class CommitsBeforeWrite : NodePolicy
{
    public override void HandedOut(ReadCoordinator coordinator, RecordBatch batch, long now) => base.Settle(coordinator, batch, now);

    public override SettleResult Settle(ReadCoordinator coordinator, RecordBatch batch, long now) => SettleResult.Counted;
}

/// <summary>Takes a refused item for a written one.</summary>
internal sealed class ForgetsItemRetries : NodePolicy
{
    public override BulkPause Answered(BulkWork work, List<BulkItem> items) =>
        base.Answered(work, items.ConvertAll(item => item.Outcome == ItemOutcome.Retry ? item with { Outcome = ItemOutcome.Created } : item));
}

/// <summary>Lets an acknowledgement of an earlier assignment count for the present one.</summary>
internal sealed class IgnoresEpochs : NodePolicy
{
    public override SettleResult Settle(ReadCoordinator coordinator, RecordBatch batch, long now)
    {
        var lease = coordinator.Leases.FirstOrDefault(l => l.Partition == batch.Partition);
        try
        {
            return coordinator.Settle(batch.Topic, batch.Partition, lease?.Epoch ?? batch.Epoch, batch.Number, batch.Length, now);
        }
        catch (InvalidOperationException)
        {
            // The frontier's own assertion is not what is to be tested here.
            return SettleResult.Fenced;
        }
    }
}

/// <summary>Takes a request without an answer for a written one.</summary>
internal sealed class CommitsOnTimeOut : NodePolicy
{
    public override BulkPause TimedOut(BulkWork work, int sent) =>
        work.Answered([.. Enumerable.Repeat(new BulkItem(ItemOutcome.Created, 201, null, null), sent)]);
}
