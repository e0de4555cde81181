using TrailStream.Core.CloudTrail;

namespace TrailStream.Core.Documents;

/// <summary>Where a call came from and went to: <c>cloud.*</c>, <c>source.*</c>, <c>tls.*</c>.</summary>
internal static class OriginSections
{
    public static void WriteCloud(in EcsEvent source, MemberWriter members)
    {
        var mark = members.Open("\"cloud\":{"u8);
        members.Name("\"provider\":\"aws\""u8);
        members.Text("\"region\":"u8, source.Text(RecordField.AwsRegion));
        var account = source.Text(RecordField.AccountId);
        WriteInner(members, "\"account\":{"u8, "\"id\":"u8, account.IsEmpty ? source.Text(RecordField.RecipientAccountId) : account);

        // sts.amazonaws.com → sts; also …amazonaws.com.cn
        var service = source.Provider;
        var suffix = service.IndexOf(".amazonaws.com"u8);
        WriteInner(members, "\"service\":{"u8, "\"name\":"u8, suffix < 0 ? service : service[..suffix]);
        foreach (var term in source.Attribution.Terms)
        {
            if (term.Kind == AttributionTermKind.OriginAccountId)
            {
                var origin = members.Open("\"origin\":{"u8);
                WriteInner(members, "\"account\":{"u8, "\"id\":"u8, source.Attribution[term]);
                members.Close(origin);
                break;
            }
        }

        members.Close(mark);
    }

    public static void WriteSource(in EcsEvent source, MemberWriter members)
    {
        var address = source.Text(RecordField.SourceIpAddress);
        var mark = members.Open("\"source\":{"u8);
        members.Text("\"address\":"u8, address);
        if (NetworkAddress.IsAddress(address))
        {
            members.Text("\"ip\":"u8, address);
        }

        members.Close(mark);
    }

    /// <summary><c>{"tlsVersion":"TLSv1.2","cipherSuite":"ECDHE-…","clientProvidedHostHeader":"sts.amazonaws.com"}</c>.</summary>
    public static void WriteTls(in EcsEvent source, MemberWriter members)
    {
        var tls = source.Free.Tls;
        if (!tls.HasValue)
        {
            return;
        }

        var mark = members.Open("\"tls\":{"u8);
        var version = tls.Text("tlsVersion"u8);
        var split = version.IndexOf((byte)'v');
        if (split > 0)
        {
            members.Name("\"version_protocol\":"u8);
            var start = members.Output.Length;
            members.Value(version[..split]);
            LowerCase(members.Output.Array.AsSpan(start, members.Output.Length - start));
            members.Text("\"version\":"u8, version[(split + 1)..]);
        }

        members.Text("\"cipher\":"u8, tls.Text("cipherSuite"u8));
        WriteInner(members, "\"client\":{"u8, "\"server_name\":"u8, tls.Text("clientProvidedHostHeader"u8));
        members.Close(mark);
    }

    private static void WriteInner(MemberWriter members, ReadOnlySpan<byte> opening, ReadOnlySpan<byte> name, ReadOnlySpan<byte> raw)
    {
        var mark = members.Open(opening);
        members.Text(name, raw);
        members.Close(mark);
    }

    private static void LowerCase(Span<byte> text)
    {
        foreach (ref var value in text)
        {
            if (value is >= (byte)'A' and <= (byte)'Z')
            {
                value |= 0x20;
            }
        }
    }
}
