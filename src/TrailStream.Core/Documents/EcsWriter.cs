using TrailStream.Core.CloudTrail;

namespace TrailStream.Core.Documents;

/// <summary>The ECS form: <c>{"@timestamp":…,"ecs":…,…,"aws":{"cloudtrail":…},…,"trailstream":…}</c>, section after section, each member
/// straight from the record's bytes.</summary>
internal sealed unsafe class EcsWriter
{
    private readonly DocumentOptions _options;
    private readonly MemberWriter _members = new();
    private readonly FreeForms _free = new();
    private readonly TimeText _times = new();
    private readonly EventSection _event = new();
    private readonly TlsSection _tls = new();
    private readonly UserAgentSection _userAgent = new();
    private readonly CloudTrailSection _cloudTrail;
    private readonly ResourceSection _resources = new();
    private readonly FreeFormCopies _copies = new();
    private readonly RelatedSection _related = new();

    public EcsWriter(DocumentOptions options)
    {
        _options = options;
        _cloudTrail = new CloudTrailSection(options.Retain, _times);
    }

    public void Write(ReadOnlySpan<byte> record, in RecordFields fields, AttributionText attribution, long ingestedAt, ByteBuffer output)
    {
        fixed (byte* start = record)
        {
            _members.Begin(start, record.Length, output);
            WriteMembers(record, in fields, attribution, ingestedAt, output);
            _members.End();
        }
    }

    private void WriteMembers(ReadOnlySpan<byte> record, in RecordFields fields, AttributionText attribution, long ingestedAt, ByteBuffer output)
    {
        _free.Read(record, fields);
        var source = new EcsEvent(record, in fields, attribution, _free, _options);
        if (!_times.Write("{\"@timestamp\":\""u8, source.Text(RecordField.EventTime), output))
        {
            // The decoder refuses such records; without a time a document would be invisible in every view.
            TimeText.Write("{\"@timestamp\":\""u8, ingestedAt, output);
        }

        output.Append("\"ecs\":{\"version\":\"8.11.0\"},\"data_stream\":{\"type\":\"logs\",\"dataset\":\"aws.cloudtrail\",\"namespace\":\"trailstream\"},"u8);
        if (_free.IsCut)
        {
            output.Append("\"tags\":[\"trailstream-truncated\"],"u8);
        }

        _event.Write(in source, ingestedAt, _options.EventOriginal, _members);
        OriginSections.WriteCloud(in source, _members);
        OriginSections.WriteSource(in source, _members);
        _tls.Write(in source, _members);
        _userAgent.Write(in source, _members);
        UserSection.Write(in source, _members, _related);
        _cloudTrail.Write(in source, _resources, _copies, _members);
        _related.Write(in source, _resources, _members);
        output.Append("\"trailstream\":"u8);
        output.Append(attribution.Json);
        output.Append((byte)'}');
    }
}
