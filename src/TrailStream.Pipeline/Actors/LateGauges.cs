namespace TrailStream.Pipeline.Actors;

/// <summary>How full the waiting room is. Written by the late actor, read by status and metrics.</summary>
internal sealed class LateGauges
{
    private long _waiting;
    private long _held;
    private long _bytes;

    public long Waiting => Volatile.Read(ref _waiting);

    public long Held => Volatile.Read(ref _held);

    public long Bytes => Volatile.Read(ref _bytes);

    public void Set(int waiting, int held, long bytes)
    {
        Volatile.Write(ref _waiting, waiting);
        Volatile.Write(ref _held, held);
        Volatile.Write(ref _bytes, bytes);
    }
}
