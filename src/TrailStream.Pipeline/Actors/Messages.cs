using TrailStream.Pipeline.Kafka;
using TrailStream.Pipeline.Late;

namespace TrailStream.Pipeline.Actors;

/// <summary>Reader → partition actor: a record that the client cannot read.</summary>
internal sealed record Refusal(RecordBatch Batch, string Detail);

/// <summary>Partition actor → late actor: events that wait.</summary>
internal sealed record Waiting(List<LateEvent> Events);

/// <summary>Whoever learned something → late actor: what may be attributed again.</summary>
internal sealed record Wakes(ulong[] Evidence, long Generation);

/// <summary>Reader → partition actor → late actor: write what is held. Goes through the partition actor so that it comes after its
/// events.</summary>
internal sealed record ReleaseHeld(string Topic, int Partition, int Epoch);

/// <summary>Stream → late actor: write everything that is held, whatever its partition.</summary>
internal sealed record ReleaseAllHeld
{
    public static ReleaseAllHeld Instance { get; } = new();
}

/// <summary>Stream → late actor: no more evidence will come.</summary>
internal sealed record CloseGrace(TaskCompletionSource Done);

/// <summary>Stream → late actor: everything told before this has been handled.</summary>
internal sealed record Barrier(TaskCompletionSource Reached);

/// <summary>An actor to itself, by its timer.</summary>
internal sealed record Tick
{
    public static Tick Instance { get; } = new();
}
