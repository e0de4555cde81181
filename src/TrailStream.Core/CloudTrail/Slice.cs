using System.Numerics;

namespace TrailStream.Core.CloudTrail;

/// <summary>What kind of JSON value a <see cref="Slice"/> covers.</summary>
public enum SliceKind : byte
{
    /// <summary>The member was not in the record.</summary>
    Missing = 0,

    /// <summary>A string without escapes; the slice is its content, quotes excluded.</summary>
    String,

    /// <summary>A string with at least one backslash escape; the slice is its raw content, quotes excluded.</summary>
    EscapedString,

    /// <summary>A number.</summary>
    Number,

    /// <summary><c>true</c>.</summary>
    True,

    /// <summary><c>false</c>.</summary>
    False,

    /// <summary><c>null</c>.</summary>
    Null,

    /// <summary>An object; the slice includes its braces.</summary>
    Object,

    /// <summary>An array; the slice includes its brackets.</summary>
    Array,
}

/// <summary>One value of a record as a place in its bytes: offset from the start of the record, length, kind. 8 bytes:
/// 32-bit offset, 28-bit length, 4-bit kind.</summary>
public readonly struct Slice
{
    private readonly uint _offset;
    private readonly uint _lengthAndKind;

    public Slice(int offset, int length, SliceKind kind)
    {
        _offset = (uint)offset;
        _lengthAndKind = ((uint)length << 4) | (uint)kind;
    }

    public int Offset => (int)_offset;

    public int Length => (int)(_lengthAndKind >> 4);

    public SliceKind Kind => (SliceKind)(_lengthAndKind & 15);

    /// <summary>True for a string of either kind with at least one byte.</summary>
    public bool HasText => (Kind is SliceKind.String or SliceKind.EscapedString) && Length > 0;

    public bool IsPresent => Kind != SliceKind.Missing;

    /// <summary>True for a string without escapes whose length is in the range; one comparison.</summary>
    internal bool IsPlain(uint shortest, uint longest) =>
        BitOperations.RotateRight(_lengthAndKind, 4) - (((uint)SliceKind.String << 28) | shortest) <= longest - shortest;

    /// <summary>The covered bytes; for strings the raw content as it stands in the JSON, escapes included.</summary>
    public ReadOnlySpan<byte> In(ReadOnlySpan<byte> record) => record.Slice(Offset, Length);
}
