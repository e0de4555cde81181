using System.Text;

namespace TrailStream.Simulation.Tests.Model;

/// <summary>What an event is to the pipeline.</summary>
internal enum SimKind : byte
{
    /// <summary>Needs no evidence.</summary>
    Plain = 0,

    /// <summary>Issues a key.</summary>
    Grant,

    /// <summary>Acts with a key.</summary>
    Use,

    /// <summary>Cannot be decoded: a dead letter.</summary>
    Broken,

    /// <summary>The store refuses it in its own form, and takes the safe one.</summary>
    Awkward,

    /// <summary>The store refuses it in any form: a dead letter.</summary>
    Refused,
}

/// <summary>One event of the input; its number is its id.</summary>
internal sealed record SimEvent(int Number, SimKind Kind, int Key)
{
    public byte[] Id { get; } = Encoding.ASCII.GetBytes($"event-{Number}");

    /// <summary>Every document has this in it, whatever its form.</summary>
    public string Mark { get; } = $"({Number})";

    /// <summary>Unix seconds.</summary>
    public long Time { get; init; }
}

/// <summary>One record of a partition.</summary>
internal sealed record SimRecord(long Offset, SimEvent[] Events);
