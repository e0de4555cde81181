namespace TrailStream.Pipeline.Kafka;

/// <summary>What stands behind the reader: one for each assigned partition and epoch. Every method only posts a message and returns at
/// once.</summary>
internal interface IPartitionProcessor
{
    /// <summary>Takes a batch; its gate settles when everything in it is durable.</summary>
    void Process(RecordBatch batch);

    /// <summary>Takes the place of a record that Kafka's client cannot read: a dead letter without payload.</summary>
    void Refuse(RecordBatch batch, string detail);

    /// <summary>Says again and again whether all that the partition holds has been handed over.</summary>
    void AtEnd(bool isAtEnd);

    /// <summary>Writes what is held for evidence now, so that it can settle.</summary>
    void ReleaseHeld();

    /// <summary>The partition belongs to somebody else: no more batches come.</summary>
    void Stop();
}

internal interface IPartitionProcessorFactory
{
    IPartitionProcessor Create(string topic, int partition, int epoch);
}
