using Akka.Actor;
using TrailStream.Pipeline.Kafka;
using TrailStream.Pipeline.Store;

namespace TrailStream.Pipeline.Actors;

/// <summary>Gives every assigned partition an actor. Called by the reader's thread.</summary>
internal sealed class PartitionProcessors(ActorSystem system, StreamState state, ISessionLog sessions, IActorRef late, RecentEvidence? recent) : IPartitionProcessorFactory
{
    public IPartitionProcessor Create(string topic, int partition, int epoch)
    {
        var actor = system.ActorOf(Props.Create(() => new PartitionActor(state, sessions, late)), $"partition-{partition}-epoch-{epoch}");
        state.Watermark.Add(topic, partition);
        recent?.Take(topic, partition);
        return new Processor(actor, state, recent, topic, partition, epoch);
    }

    private sealed class Processor(IActorRef actor, StreamState state, RecentEvidence? recent, string topic, int partition, int epoch) : IPartitionProcessor
    {
        public void Process(RecordBatch batch) => actor.Tell(batch);

        public void Refuse(RecordBatch batch, string detail) => actor.Tell(new Refusal(batch, detail));

        public void AtEnd(bool isAtEnd) => state.Watermark.AtEnd(topic, partition, isAtEnd);

        public void ReleaseHeld() => actor.Tell(new ReleaseHeld(topic, partition, epoch));

        public void Stop()
        {
            // Behind the batches that are in the mailbox: those are worked off, and settle or not.
            actor.Tell(PoisonPill.Instance);
            state.Watermark.Remove(topic, partition);
            recent?.LetGo(topic, partition);
        }
    }
}
