using System.Runtime.CompilerServices;

namespace TrailStream.Core.CloudTrail;

/// <summary>Where each <see cref="GrantField"/> stands in one record; offsets are from the start of the record.</summary>
public struct GrantFields
{
    private Slots _slots;

    public Slice this[GrantField field]
    {
        readonly get => _slots[(int)field];
        set => _slots[(int)field] = value;
    }

    /// <summary>The raw content of a field; empty where it is missing.</summary>
    public readonly ReadOnlySpan<byte> Raw(ReadOnlySpan<byte> record, GrantField field) => _slots[(int)field].In(record);

    [InlineArray((int)GrantField.Count)]
    private struct Slots
    {
        private Slice _first;
    }
}
