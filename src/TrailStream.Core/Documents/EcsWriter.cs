using TrailStream.Core.CloudTrail;

namespace TrailStream.Core.Documents;

/// <summary>The ECS form: <c>{"@timestamp":…,"ecs":…,…,"aws":{"cloudtrail":…},"trailstream":…}</c>, section after section, each member
/// straight from the record's bytes.</summary>
internal sealed class EcsWriter(RetainedCopies retain)
{
    private readonly MemberWriter _members = new();
    private readonly FreeForms _free = new(retain);
    private readonly RelatedSection _related = new();

    public void Write(ReadOnlySpan<byte> record, in RecordFields fields, AttributionText attribution, long ingestedAt, ByteBuffer output)
    {
        _free.Read(record, fields);
        _members.Begin(output);
        var source = new EcsEvent(record, in fields, attribution, _free, ingestedAt);

        output.Append((byte)'{');
        if (!DocumentTime.TryParse(source.Text(RecordField.EventTime), out var time))
        {
            // The decoder refuses such records; without a time a document would be invisible in every view.
            time = ingestedAt;
        }

        _members.Time("\"@timestamp\":"u8, time);
        output.Append(",\"ecs\":{\"version\":\"8.11.0\"}"u8);
        output.Append(",\"data_stream\":{\"type\":\"logs\",\"dataset\":\"aws.cloudtrail\",\"namespace\":\"trailstream\"}"u8);
        if (_free.IsCut)
        {
            output.Append(",\"tags\":[\"trailstream-truncated\"]"u8);
        }

        EventSection.Write(in source, _members);
        OriginSections.WriteCloud(in source, _members);
        OriginSections.WriteSource(in source, _members);
        OriginSections.WriteTls(in source, _members);
        UserAgentSection.Write(in source, _members);
        UserSection.Write(in source, _members, _related);
        _related.Write(in source, _members);
        CloudTrailSection.Write(in source, _members);
        output.Append(",\"trailstream\":"u8);
        output.Append(attribution.Json);
        output.Append((byte)'}');
    }
}
