using TrailStream.Core.CloudTrail;

namespace TrailStream.Core.Documents;

/// <summary>Root members of a record that the fields made for them do not hold whole.</summary>
[Flags]
internal enum Leftovers : byte
{
    None = 0,
    Identity = 1,
    ReadOnly = 2,
    Resources = 4,
    Tls = 8,
    Insight = 16,
}

/// <summary>The free-form members of one record, read once and used by several sections, and room for text that had to be rewritten. Owned by one
/// writer.</summary>
internal sealed class FreeForms
{
    private readonly FreeForm _stray = new();
    private readonly ByteBuffer _scratch = new(1024);

    public FreeForm Request { get; } = new();

    public FreeForm Response { get; } = new();

    public FreeForm Additional { get; } = new();

    public FreeForm Service { get; } = new();

    public FreeForm Insight { get; } = new();

    public FreeForm Resources { get; } = new();

    /// <summary>What must go into the document's copy of other members.</summary>
    public Leftovers Leftovers { get; set; }

    /// <summary>True when the document does not hold all of the record's free-form members.</summary>
    public bool IsCut => IsIncomplete(Request) || IsIncomplete(Response) || IsIncomplete(Additional) || IsIncomplete(Service);

    public void Read(ReadOnlySpan<byte> record, in RecordFields fields)
    {
        _scratch.Clear();
        Leftovers = Leftovers.None;
        Request.Read(record, fields[RecordField.RequestParameters]);
        Response.Read(record, fields[RecordField.ResponseElements]);
        Additional.Read(record, fields[RecordField.AdditionalEventData]);
        Service.Read(record, fields[RecordField.ServiceEventDetails]);
        Insight.Read(record, fields[RecordField.InsightDetails]);
        Resources.Read(record, fields[RecordField.Resources]);
    }

    /// <summary>Text of a value that is not a plain short string; valid until the next record.</summary>
    public ReadOnlySpan<byte> Canonical(ReadOnlySpan<byte> record, Slice slice)
    {
        switch (slice.Kind)
        {
            case SliceKind.Object or SliceKind.Array:
                _stray.Read(record, slice);
                return Canonical(_stray.Java, mustCopy: true);
            case SliceKind.String or SliceKind.EscapedString when JsonText.IsEmptyWord(slice.In(record)):
                return default;
            default:
                return Canonical(slice.In(record));
        }
    }

    /// <summary>A string's raw content in canonical form, no longer than a keyword takes.</summary>
    public ReadOnlySpan<byte> Canonical(ReadOnlySpan<byte> raw, bool mustCopy = false)
    {
        if (!mustCopy && raw.Length <= JsonText.MaxTermBytes && raw.IndexOf((byte)'\\') < 0)
        {
            return raw;
        }

        var start = _scratch.Length;
        JsonText.Append(_scratch, raw, JsonText.MaxTermBytes);
        return _scratch.Written[start..];
    }

    /// <summary>The Java text alone would do where it is whole.</summary>
    private static bool IsIncomplete(FreeForm value) => value.Java.Length > FreeForm.MaxJavaBytes && (value.IsCut || !value.CanFlatten);
}
