using TrailStream.Pipeline.Settlement;

namespace TrailStream.Pipeline.Kafka;

/// <summary>Where other nodes, and this one after a restart, learn evidence from.</summary>
internal interface ISessionLog
{
    /// <summary>Sends the redacted record of an event; <paramref name="gate"/> is held until it is acknowledged. Thread-safe.</summary>
    void Publish(ReadOnlySpan<byte> record, ReadOnlySpan<byte> key, SettlementGate gate);
}

/// <summary>One node without memory beyond its own life: the demo.</summary>
internal sealed class NoSessionLog : ISessionLog
{
    public void Publish(ReadOnlySpan<byte> record, ReadOnlySpan<byte> key, SettlementGate gate)
    {
    }
}
