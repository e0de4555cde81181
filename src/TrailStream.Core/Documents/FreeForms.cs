using TrailStream.Core.CloudTrail;

namespace TrailStream.Core.Documents;

/// <summary>The free-form members of one record, read once and used by several sections. Owned by one writer.</summary>
internal sealed class FreeForms(RetainedCopies retain = RetainedCopies.All)
{
    public RetainedCopies Retain { get; } = retain;

    public FreeForm Request { get; } = new();

    public FreeForm Response { get; } = new();

    public FreeForm Additional { get; } = new();

    public FreeForm Service { get; } = new();

    public FreeForm Insight { get; } = new();

    public FreeForm Resources { get; } = new();

    public FreeForm Tls { get; } = new();

    /// <summary>For a value that should have been a plain one.</summary>
    public FreeForm Stray { get; } = new();

    /// <summary>True when the document does not hold all of the record's free-form members.</summary>
    public bool IsCut => IsIncomplete(Request) || IsIncomplete(Response) || IsIncomplete(Additional) || IsIncomplete(Service);

    public void Read(ReadOnlySpan<byte> record, in RecordFields fields)
    {
        Request.Read(record, fields[RecordField.RequestParameters]);
        Response.Read(record, fields[RecordField.ResponseElements]);
        Additional.Read(record, fields[RecordField.AdditionalEventData]);
        Service.Read(record, fields[RecordField.ServiceEventDetails]);
        Insight.Read(record, fields[RecordField.InsightDetails]);
        Resources.Read(record, fields[RecordField.Resources]);
        Tls.Read(record, fields[RecordField.TlsDetails]);
    }

    /// <summary>The Java text alone would do where it is whole.</summary>
    private static bool IsIncomplete(FreeForm value) => value.Java.Length > FreeForm.MaxJavaBytes && (value.IsCut || !value.CanFlatten);
}
