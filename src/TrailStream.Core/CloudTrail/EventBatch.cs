namespace TrailStream.Core.CloudTrail;

/// <summary>One event of an <see cref="EventBatch"/>.</summary>
public struct EventEntry
{
    /// <summary>Place of the record in <see cref="EventBatch.Bytes"/>.</summary>
    public int Offset;

    public int Length;

    /// <summary>The caller's number of the record (Kafka message, file entry) that held the event.</summary>
    public int Source;

    /// <summary>eventTime in Unix seconds.</summary>
    public long EventTime;

    public RecordFields Fields;
}

/// <summary>Decoded events with their bytes, one owner at a time (the stage that holds it), used again after <see cref="Clear"/>.
/// Each record is followed by at least <see cref="Slack"/> readable bytes, so that the scanner may load whole vectors.</summary>
public sealed class EventBatch
{
    /// <summary>Bytes behind every record that the scanner may read (and ignores): one 64-byte vector.</summary>
    public const int Slack = 64;

    private EventEntry[] _entries = new EventEntry[256];

    public byte[] Bytes { get; private set; } = new byte[512 * 1024];

    public int BytesUsed { get; private set; }

    public int Count { get; private set; }

    public ref EventEntry this[int index] => ref _entries[index];

    public ReadOnlySpan<byte> Record(int index)
    {
        ref var entry = ref _entries[index];
        return Bytes.AsSpan(entry.Offset, entry.Length);
    }

    /// <summary>Room for a record of up to <paramref name="length"/> bytes at the end of <see cref="Bytes"/>; commit it with <see cref="Add"/>.</summary>
    public Span<byte> Reserve(int length)
    {
        EnsureBytes(BytesUsed + length + Slack);
        return Bytes.AsSpan(BytesUsed, length);
    }

    /// <summary>Makes the first <paramref name="length"/> reserved bytes an event; the caller fills the entry's fields.</summary>
    public ref EventEntry Add(int length, int source)
    {
        if (Count == _entries.Length)
        {
            Array.Resize(ref _entries, _entries.Length * 2);
        }

        ref var entry = ref _entries[Count++];
        entry.Offset = BytesUsed;
        entry.Length = length;
        entry.Source = source;
        BytesUsed += length;
        return ref entry;
    }

    public void Clear()
    {
        Count = 0;
        BytesUsed = 0;
    }

    private void EnsureBytes(int needed)
    {
        if (needed > Bytes.Length)
        {
            var grown = new byte[Math.Max(needed, Bytes.Length * 2)];
            Bytes.AsSpan(0, BytesUsed).CopyTo(grown);
            Bytes = grown;
        }
    }
}
