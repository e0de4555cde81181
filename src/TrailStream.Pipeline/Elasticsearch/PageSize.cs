namespace TrailStream.Pipeline.Elasticsearch;

/// <summary>How many documents one answer of a search may hold. The server executes the search again for each page, so pages are as large as memory
/// allows. All searches share it.</summary>
internal sealed class PageSize
{
    /// <summary>About 8 MB of the ecs form.</summary>
    public const int Most = 2000;

    /// <summary>A longer answer is not read to its end.</summary>
    public const int BytesMax = 16 << 20;

    private int _now = Most;

    public int Now => Volatile.Read(ref _now);

    /// <summary>A search was answered; when twice as many documents surely have room, so many are asked for next.</summary>
    /// <param name="asked">Documents that it could have held.</param>
    /// <param name="bytes">What it held.</param>
    public void Answered(int asked, long bytes)
    {
        if (bytes < BytesMax / 4)
        {
            Volatile.Write(ref _now, Math.Max(Now, Math.Min(2 * asked, Most)));
        }
    }

    /// <summary>An answer was longer than <see cref="BytesMax"/>.</summary>
    /// <param name="asked">Documents that it could have held.</param>
    public void TooLarge(int asked) => Volatile.Write(ref _now, Math.Max(1, asked / 2));
}
