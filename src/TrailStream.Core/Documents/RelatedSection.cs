using TrailStream.Core.CloudTrail;

namespace TrailStream.Core.Documents;

/// <summary><c>related.*</c>: every name, address and entity of the event in one place each, without repetition. Owned by one
/// writer.</summary>
internal sealed class RelatedSection
{
    /// <summary>Most values in one array. A record names a few; one with thousands of resources must not make each comparison
    /// quadratic.</summary>
    public const int MaxValues = 256;

    private readonly int[] _starts = new int[MaxValues];
    private readonly int[] _lengths = new int[MaxValues];
    private int _count;

    public void Write(in EcsEvent source, MemberWriter members)
    {
        var mark = members.Open("\"related\":{"u8);
        WriteUsers(in source, members);
        var address = source.Text(RecordField.SourceIpAddress);
        if (NetworkAddress.IsAddress(address))
        {
            var ip = Begin("\"ip\":["u8, members);
            Add(address, members);
            members.Close(ip);
        }

        WriteEntities(in source, members);
        members.Close(mark);
    }

    /// <summary>An array of all terms of one kind, in order.</summary>
    public void WriteTerms(ReadOnlySpan<byte> opening, in EcsEvent source, AttributionTermKind kind, MemberWriter members)
    {
        var mark = Begin(opening, members);
        foreach (var term in source.Attribution.Terms)
        {
            if (term.Kind == kind)
            {
                Add(source.Attribution[term], members);
            }
        }

        members.Close(mark);
    }

    private void WriteUsers(in EcsEvent source, MemberWriter members)
    {
        var mark = Begin("\"user\":["u8, members);
        Add(source.UserId, members);
        Add(source.UserName, members);
        Add(source.Text(RecordField.UserName), members);
        AddName(source.SessionName, members);
        var free = source.Free;
        Add(free.Request.Text("userName"u8), members);
        Add(free.Request.Text("newUserName"u8), members);
        Add(free.Response.Text("user"u8, "userId"u8), members);
        Add(source.Text(RecordField.OnBehalfOfUserId), members);
        Add(source.Text(RecordField.SourceIdentity), members);
        foreach (var term in source.Attribution.Terms)
        {
            switch (term.Kind)
            {
                case AttributionTermKind.OriginName or AttributionTermKind.SessionName or AttributionTermKind.SourceIdentity:
                    AddName(source.Attribution[term], members);
                    break;
                case AttributionTermKind.OriginId:
                    Add(source.Attribution[term], members);
                    break;
            }
        }

        members.Close(mark);
    }

    private void WriteEntities(in EcsEvent source, MemberWriter members)
    {
        var mark = Begin("\"entity\":["u8, members);
        Add(source.Text(RecordField.AccessKeyId), members);
        Add(source.Arn, members);
        Add(source.Text(RecordField.UserName), members);
        Add(source.Text(RecordField.IssuerArn), members);
        Add(source.Text(RecordField.IssuerUserName), members);
        if (source.Provider.StartsWith("sts."u8))
        {
            var request = source.Free.Request;
            Add(request.Text("roleArn"u8), members);
            Add(request.Text("sourceIdentity"u8), members);
            Add(request.Text("serialNumber"u8), members);
            Add(source.Free.Additional.Text("MFAIdentifier"u8), members);
            Add(source.Free.Response.Text("assumedRoleUser"u8, "arn"u8), members);
            Add(request.Text("roleSessionName"u8), members);
        }

        foreach (var term in source.Attribution.Terms)
        {
            if (term.Kind is AttributionTermKind.OriginArn or AttributionTermKind.OriginAccessKeyId or AttributionTermKind.RoleArn
                or AttributionTermKind.IssuedKey)
            {
                Add(source.Attribution[term], members);
            }
        }

        AddResources(source.Free.Resources, members);
        members.Close(mark);
    }

    /// <summary><c>[{"ARN":"…","accountId":"…","type":"…"}]</c>; some services write "arn".</summary>
    private void AddResources(FreeForm resources, MemberWriter members)
    {
        if (!resources.HasValue || resources.Json.Length == 0 || resources.Json[0] != '[')
        {
            return;
        }

        foreach (var resource in new CompactJson(resources.Json))
        {
            if (resource.Value[0] != '{')
            {
                continue;
            }

            foreach (var member in new CompactJson(resource.Value))
            {
                if (member.Name.SequenceEqual("ARN"u8) || member.Name.SequenceEqual("arn"u8))
                {
                    Add(member.Text, members);
                }
            }
        }
    }

    private int Begin(ReadOnlySpan<byte> opening, MemberWriter members)
    {
        _count = 0;
        return members.Open(opening);
    }

    /// <summary>A name and, where it is an e-mail address, the part before the @.</summary>
    private void AddName(ReadOnlySpan<byte> name, MemberWriter members)
    {
        Add(name, members);
        var at = name.IndexOf((byte)'@');
        if (at > 0)
        {
            Add(name[..at], members);
        }
    }

    private void Add(ReadOnlySpan<byte> value, MemberWriter members)
    {
        if (_count == MaxValues || JsonText.IsEmptyWord(value))
        {
            return;
        }

        var output = members.Output;
        var before = output.Length;
        members.Separate();
        var start = output.Length;
        members.Value(value);
        var written = output.Written[start..];
        for (var known = 0; known < _count; known++)
        {
            if (_lengths[known] == written.Length && output.Written.Slice(_starts[known], written.Length).SequenceEqual(written))
            {
                output.Truncate(before);
                return;
            }
        }

        _starts[_count] = start;
        _lengths[_count++] = written.Length;
    }
}
