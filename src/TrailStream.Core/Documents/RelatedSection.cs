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

    /// <summary>One bit of each value's hash: most values are seen to be new without a comparison.</summary>
    private ulong _filter;

    public void Write(in EcsEvent source, ResourceSection resources, MemberWriter members)
    {
        var mark = members.Open("\"related\":{"u8);
        WriteUsers(in source, members);
        if (source.IsAddress)
        {
            var ip = Begin("\"ip\":["u8, members);
            Add(source.Address, members);
            members.Close(ip, (byte)']');
        }

        WriteEntities(in source, resources, members);
        members.Close(mark);
    }

    /// <summary><c>user.roles</c>: the roles of the chain, in order.</summary>
    public void WriteRoles(in EcsEvent source, MemberWriter members)
    {
        var mark = Begin("\"roles\":["u8, members);
        foreach (var term in source.Attribution.Terms)
        {
            if (term.Kind == AttributionTermKind.RoleName)
            {
                Add(source.Term(term), members);
            }
        }

        members.Close(mark, (byte)']');
    }

    private void WriteUsers(in EcsEvent source, MemberWriter members)
    {
        var mark = Begin("\"user\":["u8, members);
        Add(source.CallerId, members);
        Add(source.CallerName, members);
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
                    AddName(source.Term(term), members);
                    break;
                case AttributionTermKind.OriginId:
                    Add(source.Term(term), members);
                    break;
            }
        }

        members.Close(mark, (byte)']');
    }

    private void WriteEntities(in EcsEvent source, ResourceSection resources, MemberWriter members)
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
                Add(source.Term(term), members);
            }
        }

        foreach (var arn in resources.Arns)
        {
            Add(arn.In(resources.Buffer), members);
        }

        members.Close(mark, (byte)']');
    }

    private int Begin(ReadOnlySpan<byte> opening, MemberWriter members)
    {
        _count = 0;
        _filter = 0;
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
        if (value.IsEmpty || _count == MaxValues)
        {
            return;
        }

        var bit = 1UL << (int)(ByteHash.OfEnds(value) >> 26);
        if ((_filter & bit) != 0 && IsKnown(value, members.Output))
        {
            return;
        }

        _filter |= bit;
        members.Text("\""u8, value);
        _lengths[_count] = value.Length;
        _starts[_count++] = members.Output.Length - value.Length - 2;
    }

    private bool IsKnown(ReadOnlySpan<byte> value, ByteBuffer output)
    {
        for (var known = 0; known < _count; known++)
        {
            if (_lengths[known] == value.Length && output.Written.Slice(_starts[known], value.Length).SequenceEqual(value))
            {
                return true;
            }
        }

        return false;
    }
}
