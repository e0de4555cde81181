namespace TrailStream.Pipeline.Sinks;

/// <summary>Batches on their way to one sink, gathered to the size that it wants. Nothing leaves it but in a group, and a group that failed comes
/// back first. Pure; owned by the sink's writer.</summary>
internal sealed class GroupQueue
{
    private readonly Queue<List<DocumentBatch>> _again = new();
    private List<DocumentBatch> _open = [];
    private long _openBytes;
    private bool _due;

    /// <summary>True while something is gathered whose linger time should run.</summary>
    public bool Lingers => _open.Count > 0 && !_due;

    public void Add(DocumentBatch batch)
    {
        _open.Add(batch);
        _openBytes += batch.Bytes.Length;
    }

    /// <summary>A group could not be written: it goes before everything else.</summary>
    public void Again(List<DocumentBatch> group) => _again.Enqueue(group);

    /// <summary>What is gathered has waited long enough.</summary>
    public void LingerOver() => _due = _open.Count > 0;

    /// <summary>The next group, in order: batches up to the sink's size, at least one.</summary>
    public bool TryNext(SinkLimits limits, out List<DocumentBatch> group)
    {
        if (_again.TryDequeue(out group!))
        {
            return true;
        }

        if (_open.Count == 0 || !(_due || _openBytes >= limits.GroupBytesMax || limits.Linger <= TimeSpan.Zero))
        {
            group = [];
            return false;
        }

        long bytes = 0;
        var count = 0;
        while (count < _open.Count && (count == 0 || bytes + _open[count].Bytes.Length <= limits.GroupBytesMax))
        {
            bytes += _open[count++].Bytes.Length;
        }

        if (count == _open.Count)
        {
            (group, _open, _due) = (_open, [], false);
        }
        else
        {
            group = _open.GetRange(0, count);
            _open.RemoveRange(0, count);
        }

        _openBytes -= bytes;
        return true;
    }
}
