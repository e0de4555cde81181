using TrailStream.Core.CloudTrail;

namespace TrailStream.Core.Documents;

/// <summary>Where a call came from and went to: <c>cloud.*</c>, <c>source.*</c>, <c>tls.*</c>.</summary>
internal static class OriginSections
{
    public static void WriteCloud(in EcsEvent source, MemberWriter members)
    {
        var mark = members.Open("\"cloud\":{\"provider\":\"aws\","u8);
        members.Text("\"region\":\""u8, source.Text(RecordField.AwsRegion));
        var account = source.Text(RecordField.AccountId);
        members.Inner("\"account\":{\"id\":\""u8, account.IsEmpty ? source.Text(RecordField.RecipientAccountId) : account);

        // sts.amazonaws.com → sts; also …amazonaws.com.cn
        var service = source.Provider;
        var suffix = service.IndexOf(".amazonaws.com"u8);
        members.Inner("\"service\":{\"name\":\""u8, suffix < 0 ? service : service[..suffix]);
        if (!source.OriginAccountId.IsEmpty)
        {
            members.Output.Append("\"origin\":{\"account\":{\"id\":\""u8);
            members.Output.Append(source.OriginAccountId);
            members.Output.Append("\"}},"u8);
        }

        members.Close(mark);
    }

    public static void WriteSource(in EcsEvent source, MemberWriter members)
    {
        var mark = members.Open("\"source\":{"u8);
        members.Text("\"address\":\""u8, source.Address);
        if (source.IsAddress)
        {
            members.Text("\"ip\":\""u8, source.Address);
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
        var cipher = tls.Text("cipherSuite"u8);
        var host = tls.Text("clientProvidedHostHeader"u8);
        var split = version.IndexOf((byte)'v');
        if (split > 0)
        {
            members.Text("\"version_protocol\":\""u8, version[..split]);
            LowerCase(members.Output.Array.AsSpan(members.Output.Length - split - 2, split));
            members.Text("\"version\":\""u8, version[(split + 1)..]);
        }

        members.Text("\"cipher\":\""u8, cipher);
        members.Inner("\"client\":{\"server_name\":\""u8, host);
        members.Close(mark);
        var written = (split > 0 ? 1 : 0) + (cipher.IsEmpty ? 0 : 1) + (host.IsEmpty ? 0 : 1);
        if (!tls.CanFlatten || written != tls.Members)
        {
            source.Free.Leftovers |= Leftovers.Tls;
        }
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
