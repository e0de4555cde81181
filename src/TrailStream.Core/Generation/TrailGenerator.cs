using TrailStream.Core.Documents;

namespace TrailStream.Core.Generation;

/// <summary>CONTRACT STUB (generator helper implements).</summary>
public sealed class TrailGenerator
{
    public bool Next(ByteBuffer record, TrailTruth truth) => throw new NotImplementedException();
}

/// <summary>CONTRACT STUB. What the right attribution of one generated event is.</summary>
public sealed class TrailTruth
{
}
