namespace TrailStream.Pipeline.Store;

/// <summary>How much a store is asked for at once: changes in a question, documents on a page. What it cannot answer would be repeated for ever, and load it
/// more: half as much after each failure, double as much after each answer of that size. Thread-safe; all loops of a store share it.</summary>
internal sealed class QuestionSize
{
    private readonly int _most;
    private int _now;

    /// <param name="most">To begin with, and at most.</param>
    public QuestionSize(int most) => _most = _now = most;

    public int Now => Volatile.Read(ref _now);

    /// <summary>It was answered. One that was smaller than it might have been, because there was no more to ask, proves nothing of larger ones.</summary>
    /// <param name="asked">So much was asked for.</param>
    public void Answered(int asked) => Volatile.Write(ref _now, Math.Max(Now, Math.Min(2 * asked, _most)));

    /// <summary>It was not answered in its time, or the answer was too long.</summary>
    /// <param name="asked">So much was asked for.</param>
    public void Failed(int asked) => Volatile.Write(ref _now, Math.Max(1, asked / 2));
}
