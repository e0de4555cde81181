using TrailStream.Core.CloudTrail;

namespace TrailStream.Core.Documents;

/// <summary>The copies of the free-form members: Java text for Elastic's rules, <c>flattened</c> objects for searches below them; and of every member
/// that no field is made for.</summary>
internal sealed class FreeFormCopies
{
    private readonly FreeForm _whole = new();

    public void Write(in EcsEvent source, RetainedCopies retain, MemberWriter members)
    {
        var free = source.Free;
        if (retain is RetainedCopies.All or RetainedCopies.Keyword)
        {
            JavaText("\"request_parameters\":\""u8, free.Request, members);
            JavaText("\"response_elements\":\""u8, free.Response, members);
            JavaText("\"additional_eventdata\":\""u8, free.Additional, members);
            JavaText("\"service_event_details\":\""u8, free.Service, members);
        }

        var mark = members.Open("\"flattened\":{"u8);
        Flattened("\"request_parameters\":"u8, free.Request, retain, members);
        Flattened("\"response_elements\":"u8, free.Response, retain, members);
        Flattened("\"additional_eventdata\":"u8, free.Additional, retain, members);
        Flattened("\"service_event_details\":"u8, free.Service, retain, members);

        // There is no other copy of an insight.
        Flattened("\"insight_details\":"u8, free.Insight, RetainedCopies.All, members);
        free.Leftovers |= free.Insight.HasValue && !free.Insight.CanFlatten ? Leftovers.Insight : Leftovers.None;
        var findings = source.Fields.Findings;
        free.Leftovers |= (findings & RecordFindings.OtherIdentityMember) != 0 ? Leftovers.Identity : Leftovers.None;
        if (free.Leftovers != Leftovers.None || (findings & RecordFindings.OtherMember) != 0)
        {
            WriteOther(in source, members);
        }

        members.Close(mark);
    }

    private static void JavaText(ReadOnlySpan<byte> name, FreeForm value, MemberWriter members)
    {
        if (!value.HasValue)
        {
            return;
        }

        if (value.Java.Length <= FreeForm.MaxJavaBytes)
        {
            members.Text(name, value.Java);
            return;
        }

        members.Output.Append(name);
        JsonText.Append(members.Output, value.Java, FreeForm.MaxJavaBytes);
        members.Output.Append("\","u8);
    }

    private static void Flattened(ReadOnlySpan<byte> name, FreeForm value, RetainedCopies retain, MemberWriter members)
    {
        if (!value.CanFlatten || retain is RetainedCopies.Keyword or RetainedCopies.None)
        {
            return;
        }

        if (retain != RetainedCopies.Minimal)
        {
            members.Output.Append(name);
            members.Output.Append(value.Json);
            members.Output.Append((byte)',');
            return;
        }

        var mark = members.Output.Length;
        members.Output.Append(name);
        members.Output.Append((byte)'{');
        Keep("\"cidrIp\":"u8, value, members);
        Keep("\"dryRun\":"u8, value, members);
        Keep("\"fromPort\":"u8, value, members);
        Keep("\"includeDeprecated\":"u8, value, members);
        Keep("\"policyArn\":"u8, value, members);
        Keep("\"serialNumber\":"u8, value, members);
        Keep("\"withDecryption\":"u8, value, members);
        Keep("\"x-amz-server-side-encryption-customer-algorithm\":"u8, value, members);
        Keep("\"SSEApplied\":"u8, value, members);
        members.Close(mark);
    }

    private static void Keep(ReadOnlySpan<byte> name, FreeForm value, MemberWriter members)
    {
        var kept = value.Value(name[1..^2]);
        if (!kept.IsEmpty)
        {
            members.Output.Append(name);
            members.Output.Append(kept);
            members.Output.Append((byte)',');
        }
    }

    /// <summary>Root members without a field (<c>addendum</c>, <c>eventContext</c>, what AWS adds tomorrow), and those whose fields do not hold all of
    /// them. Rare enough to read the whole record once more.</summary>
    private void WriteOther(in EcsEvent source, MemberWriter members)
    {
        _whole.Read(source.Record, new Slice(0, source.Record.Length, SliceKind.Object));
        if (!_whole.CanFlatten)
        {
            return;
        }

        var leftovers = source.Free.Leftovers;
        var mark = members.Open("\"other\":{"u8);
        foreach (var member in new CompactJson(_whole.Json))
        {
            if (IsOther(member.Name, leftovers))
            {
                members.Output.Append("\""u8);
                members.Output.Append(member.Name);
                members.Output.Append("\":"u8);
                members.Output.Append(member.Value);
                members.Output.Append((byte)',');
            }
        }

        members.Close(mark);
    }

    private static bool IsOther(ReadOnlySpan<byte> name, Leftovers leftovers)
    {
        var part = name.SequenceEqual("userIdentity"u8) ? Leftovers.Identity
            : name.SequenceEqual("readOnly"u8) ? Leftovers.ReadOnly
            : name.SequenceEqual("resources"u8) ? Leftovers.Resources
            : name.SequenceEqual("tlsDetails"u8) ? Leftovers.Tls
            : name.SequenceEqual("insightDetails"u8) ? Leftovers.Insight : Leftovers.None;
        return part != Leftovers.None ? (leftovers & part) != 0 : !RecordScanner.IsField(name);
    }
}
