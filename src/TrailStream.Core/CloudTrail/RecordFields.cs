using System.Runtime.CompilerServices;

namespace TrailStream.Core.CloudTrail;

/// <summary>Findings of one scan that are not a field.</summary>
[Flags]
public enum RecordFindings : byte
{
    None = 0,

    /// <summary>A tracked member stood there twice (the last one counts). For members that name an identity the record is refused.</summary>
    DuplicateMember = 1,

    /// <summary>An identity-bearing member (eventID, eventTime, eventSource, eventName, userIdentity and everything in it) stood there twice.</summary>
    DuplicateIdentityMember = 2,

    /// <summary>A root member that no field is made for (addendum, eventContext, what AWS adds tomorrow).</summary>
    OtherMember = 4,

    /// <summary>userIdentity holds something that no field is made for, or a value where an object belongs.</summary>
    OtherIdentityMember = 8,
}

/// <summary>Where each <see cref="RecordField"/> stands in one record.</summary>
public struct RecordFields
{
    private Slots _slots;

    public RecordFindings Findings;

    public Slice this[RecordField field]
    {
        readonly get => _slots[(int)field];
        set => _slots[(int)field] = value;
    }

    /// <summary>The raw content of a field; empty where it is missing.</summary>
    public readonly ReadOnlySpan<byte> Raw(ReadOnlySpan<byte> record, RecordField field) => _slots[(int)field].In(record);

    [InlineArray((int)RecordField.Count)]
    private struct Slots
    {
        private Slice _first;
    }
}
