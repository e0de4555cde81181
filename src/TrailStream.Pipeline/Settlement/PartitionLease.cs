using TrailStream.Pipeline.Options;

namespace TrailStream.Pipeline.Settlement;

/// <summary>One partition in one assignment, as settlement sees it. Pure; owned by the reader's thread. Times are the caller's
/// timestamps.</summary>
internal sealed class PartitionLease(string topic, int partition, int epoch, long startOffset, bool isNewStart, long now)
{
    /// <summary>Where the record stands that the client cannot read; -1 without one.</summary>
    private long _failingBase = -1;
    private int _failuresThere;
    private long _progressAt = now;

    public string Topic { get; } = topic;

    public int Partition { get; } = partition;

    /// <summary>Rises with every assignment of any partition.</summary>
    public int Epoch { get; } = epoch;

    public Frontier Frontier { get; } = new(startOffset);

    /// <summary>The next offset that is expected.</summary>
    public long NextOffset { get; private set; } = startOffset;

    /// <summary>What the client was last told to commit. A start that is not what the group has committed is committed at once: else a crash before
    /// the first settled record would begin anew at a later "end", or behind what retention has removed meanwhile, and nobody would know; and a gap
    /// would be reported twice.</summary>
    public long StoredOffset { get; private set; } = isNewStart ? -1 : startOffset;

    /// <summary>Null until pause or resume was said once: librdkafka keeps a pause across rebalances, so each assignment says it.</summary>
    public bool? Paused { get; private set; }

    public PauseCause Cause { get; private set; }

    public bool SpanFull { get; private set; }

    /// <summary>True from half of the span: nothing is held any more, so that holding never limits throughput.</summary>
    public bool UnderPressure { get; private set; }

    /// <summary>True while everything that stands in the partition has been read; false while it is paused.</summary>
    public bool AtEnd { get; private set; }

    /// <summary>A record came.</summary>
    /// <returns>False when it was handed out in this assignment already: librdkafka was seen to jump back after broker trouble. Its first
    /// copy settles it.</returns>
    public bool Take(long offset, long now)
    {
        if (offset < NextOffset)
        {
            return false;
        }

        NextOffset = offset + 1;
        AtEnd = false;
        _progressAt = now;
        _failingBase = -1;
        return true;
    }

    /// <param name="endOffset">The offset behind everything that can be read: what markers of transactions and aborted records take is behind it too.</param>
    public void ReachEnd(long endOffset) => (AtEnd, NextOffset) = (true, Math.Max(NextOffset, endOffset));

    /// <summary>The client has heard how far the partition goes. What stands behind the end that it reached is on its way, or belongs to a transaction
    /// that nobody ends: then nothing behind its first record can be read, and only this notices.</summary>
    public void Extends(long high, long now)
    {
        if (AtEnd && high > NextOffset)
        {
            (AtEnd, _progressAt) = (false, now);
        }
    }

    /// <summary>The client could not read at this offset. It says so for ever, and names the first offset of the whole batch wherever one seeks
    /// to inside it.</summary>
    /// <param name="baseOffset">What the error names.</param>
    /// <param name="attemptsMax">Errors that are put down to the network.</param>
    /// <returns>The first offset to pass over, or -1 to try again.</returns>
    public long Fail(long baseOffset, int attemptsMax)
    {
        _failuresThere = _failingBase == baseOffset ? _failuresThere + 1 : 1;
        _failingBase = baseOffset;
        // The reader may have begun inside the batch.
        return _failuresThere < attemptsMax ? -1 : Math.Max(baseOffset, NextOffset);
    }

    /// <summary>Nothing is expected any more up to this offset, which stands in the batch that failed.</summary>
    public void PassOver(long offset) => NextOffset = offset + 1;

    /// <summary>Age of what has stood longest: the oldest open batch, or, with nothing open and more to read, the last record.</summary>
    /// <returns>In timestamps; 0 when there is nothing to do.</returns>
    public long StandsFor(long now) => !Frontier.IsEmpty ? now - Frontier.OldestAt : AtEnd ? 0 : now - _progressAt;

    /// <summary>True when the frontier is ahead of what the client was told.</summary>
    public bool HasToStore => Frontier.Position > StoredOffset;

    public void Stored(long position)
    {
        if (position < StoredOffset || position > Frontier.Position)
        {
            throw new InvalidOperationException($"{Topic}/{Partition}: {position} cannot follow {StoredOffset} with the frontier at {Frontier.Position}.");
        }

        StoredOffset = position;
    }

    /// <summary>The client has been told. While it does not fetch, nobody knows where the end is: it says so again when it has come back to it.</summary>
    public void Said(bool pause, PauseCause cause)
    {
        (Paused, Cause) = (pause, cause);
        AtEnd &= !pause;
    }

    /// <summary>The frontier moved.</summary>
    public void Progress(long now) => _progressAt = now;

    /// <summary>Looks at the span again.</summary>
    /// <returns>True when pressure has begun: what is held should be released.</returns>
    public bool Measure(ReadLimits limits)
    {
        var before = UnderPressure;
        UnderPressure = Frontier.SpanRecords >= limits.SpanRecords / 2 || Frontier.SpanBytes >= limits.SpanBytes / 2;
        if (Frontier.SpanRecords >= limits.SpanRecords || Frontier.SpanBytes >= limits.SpanBytes)
        {
            SpanFull = true;
        }
        else if (!UnderPressure)
        {
            SpanFull = false;
        }

        return UnderPressure && !before;
    }
}
