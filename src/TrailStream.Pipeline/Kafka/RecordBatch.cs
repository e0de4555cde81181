using System.Collections.Concurrent;
using TrailStream.Pipeline.DeadLetters;
using TrailStream.Pipeline.Settlement;
using TrailStream.Pipeline.Sinks;

namespace TrailStream.Pipeline.Kafka;

/// <summary>Records of one partition, copied out of the client's memory. Owned by the reader until it is handed to the processor; from
/// then on nobody changes it until its gate settles, which brings it back to the reader for reuse.</summary>
internal sealed class RecordBatch : IRecordOrigin
{
    private readonly Action _settled;

    /// <summary>A batch closes when it has passed <see cref="Options.ReadLimits.BatchBytes"/>, so that its last record usually goes beyond. Without
    /// the room for it every batch would double, and a thousand of them are in flight under pressure.</summary>
    private const int BytesAtFirst = (256 + 16) * 1024;

    private byte[] _bytes;
    private Entry[] _entries = new Entry[256];

    /// <summary>Records that are sent again, by their number; hardly ever any.</summary>
    private Dictionary<int, RecordPlace>? _replayed;

    public RecordBatch(ConcurrentQueue<RecordBatch> settledQueue, Action wake, int bytesAtFirst = BytesAtFirst)
    {
        _bytes = GC.AllocateUninitializedArray<byte>(bytesAtFirst);
        _settled = () =>
        {
            settledQueue.Enqueue(this);
            wake();
        };
        Gate = new SettlementGate(_settled);
    }

    public string Topic { get; private set; } = "";

    public int Partition { get; private set; }

    public int Epoch { get; private set; }

    /// <summary>Its number in the frontier of its epoch.</summary>
    public long Number { get; set; }

    /// <summary>When the reader handed it out, in the clock's timestamps.</summary>
    public long HandedOutAt { get; set; }

    /// <summary>False when the partition is under pressure: unexplained events are written at once instead of being held.</summary>
    public bool MayHold { get; set; }

    public int Count { get; private set; }

    public int Length { get; private set; }

    public long LastOffset => _entries[Count - 1].KafkaOffset;

    public SettlementGate Gate { get; private set; }

    public void Open(string topic, int partition, int epoch)
    {
        (Topic, Partition, Epoch) = (topic, partition, epoch);
        (Count, Length, Number, MayHold) = (0, 0, -1, true);
        _replayed = null;
        Gate = new SettlementGate(_settled);
    }

    /// <param name="payload">The record's value.</param>
    /// <param name="offset">Its offset; -1 while it is not known.</param>
    /// <param name="replayed">Where it stood first, when it is sent again.</param>
    public void Add(ReadOnlySpan<byte> payload, long offset, RecordPlace? replayed = null)
    {
        if (payload.Length > _bytes.Length - Length)
        {
            Array.Resize(ref _bytes, Math.Max(checked(Length + payload.Length), _bytes.Length * 2));
        }

        if (Count == _entries.Length)
        {
            Array.Resize(ref _entries, _entries.Length * 2);
        }

        if (replayed is { } place)
        {
            (_replayed ??= [])[Count] = place;
        }

        payload.CopyTo(_bytes.AsSpan(Length));
        _entries[Count++] = new Entry(Length, payload.Length, offset);
        Length += payload.Length;
    }

    /// <summary>Names the offset of the record that was added with an offset not yet known.</summary>
    public void SetLastOffset(long offset) => _entries[Count - 1] = _entries[Count - 1] with { KafkaOffset = offset };

    /// <summary>Takes the last record back.</summary>
    public void DropLast() => Length = _entries[--Count].Offset;

    /// <summary>Takes the last record back and adds it to <paramref name="other"/>: the reader guessed the partition wrong.</summary>
    public void MoveLastTo(RecordBatch other, long offset)
    {
        var last = _entries[--Count];
        RecordPlace? replayed = _replayed is not null && _replayed.Remove(Count, out var place) ? place : null;
        other.Add(_bytes.AsSpan(last.Offset, last.Length), offset, replayed);
        Length = last.Offset;
    }

    public ReadOnlySpan<byte> Record(int index) => _bytes.AsSpan(_entries[index].Offset, _entries[index].Length);

    public long KafkaOffset(int index) => _entries[index].KafkaOffset;

    public ReadOnlyMemory<byte> Payload(int source) => _bytes.AsMemory(_entries[source].Offset, _entries[source].Length);

    public RecordPlace Place(int source) =>
        _replayed is not null && _replayed.TryGetValue(source, out var first) ? first : new RecordPlace(Topic, Partition, _entries[source].KafkaOffset);

    private readonly record struct Entry(int Offset, int Length, long KafkaOffset);
}
