using TrailStream.Pipeline.DeadLetters;
using TrailStream.Pipeline.Kafka;
using TrailStream.Pipeline.Sinks;

namespace TrailStream.Pipeline.Actors;

/// <summary>The records behind documents of events that were held: from several batches, each kept unsettled by one hold an event until
/// all of the documents are durable. Filled by the late actor; read-only once the documents are on their way.</summary>
internal sealed class LateOrigin : IRecordOrigin
{
    private readonly List<(RecordBatch Batch, int Source)> _records = [];

    /// <summary>Takes over the hold of one event.</summary>
    public int Add(RecordBatch batch, int source)
    {
        _records.Add((batch, source));
        return _records.Count - 1;
    }

    public ReadOnlyMemory<byte> Payload(int source) => _records[source].Batch.Payload(_records[source].Source);

    public RecordPlace Place(int source) => _records[source].Batch.Place(_records[source].Source);

    public void Settled()
    {
        foreach (var (batch, _) in _records)
        {
            batch.Gate.Release(1);
        }
    }
}
