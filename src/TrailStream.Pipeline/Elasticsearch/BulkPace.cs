namespace TrailStream.Pipeline.Elasticsearch;

/// <summary>How much the server is asked to take at once: halved whenever it says that it is too much, or does not answer in time; a little more
/// after every request that it took. Thread-safe.</summary>
internal sealed class BulkPace
{
    /// <summary>Smaller requests cost the server more than they spare it.</summary>
    public const int BytesLeast = 128 * 1024;

    /// <summary>From the least back to the full size in as many requests as this, and from one request at a time to one more.</summary>
    private const int StepsToFull = 16;

    private readonly Lock _lock = new();
    private readonly int _bytesMax;
    private readonly int _requestsMax;
    private int _bytes;
    private int _requests;
    private int _taken;

    public BulkPace(int bytesMax, int requestsMax) => (_bytesMax, _bytes, _requestsMax, _requests) = (bytesMax, bytesMax, requestsMax, requestsMax);

    /// <summary>Size of a request.</summary>
    public int Bytes => Volatile.Read(ref _bytes);

    /// <summary>Requests under way at once.</summary>
    public int Requests => Volatile.Read(ref _requests);

    public void Took()
    {
        lock (_lock)
        {
            _bytes = Math.Min(_bytesMax, _bytes + Math.Max(1, _bytesMax / StepsToFull));
            if (++_taken % StepsToFull == 0)
            {
                _requests = Math.Min(_requestsMax, _requests + 1);
            }
        }
    }

    /// <summary>429, 503, or no answer in time.</summary>
    public void Overloaded()
    {
        lock (_lock)
        {
            Halve(_bytes);
            _requests = Math.Max(1, _requests / 2);
            _taken = 0;
        }
    }

    /// <summary>413: a request of this size is too large.</summary>
    public void TooLarge(long bytes)
    {
        lock (_lock)
        {
            Halve(Math.Min(_bytes, bytes));
        }
    }

    private void Halve(long bytes) => _bytes = (int)Math.Max(Math.Min(_bytesMax, BytesLeast), bytes / 2);
}
