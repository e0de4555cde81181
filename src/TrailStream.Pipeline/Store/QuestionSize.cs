namespace TrailStream.Pipeline.Store;

/// <summary>How many changes one question to a store may hold. A question that a loaded store cannot answer in time would be repeated for ever, and load it
/// more: half as many after each that fails, double as many after each of that size that is answered. All loops of a store share it.</summary>
internal sealed class QuestionSize
{
    /// <summary>As many as a store answers at ease when it has nothing else to do.</summary>
    public const int Most = 1000;

    private int _now = Most;

    public int Now => Volatile.Read(ref _now);

    /// <summary>A question was answered. One that was smaller than it might have been, because there was no more to ask, proves nothing of larger ones.</summary>
    /// <param name="asked">Its changes.</param>
    public void Answered(int asked) => Volatile.Write(ref _now, Math.Max(Now, Math.Min(2 * asked, Most)));

    /// <summary>A question was not answered in its time.</summary>
    /// <param name="asked">Its changes.</param>
    public void Failed(int asked) => Volatile.Write(ref _now, Math.Max(1, asked / 2));
}
