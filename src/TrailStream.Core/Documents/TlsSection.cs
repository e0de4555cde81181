using TrailStream.Core.CloudTrail;

namespace TrailStream.Core.Documents;

/// <summary><c>tls.*</c>. Owned by one writer.</summary>
internal sealed class TlsSection
{
    private readonly SectionMemory _known = new();
    private readonly FreeForm _details = new();

    /// <summary><c>{"tlsVersion":"TLSv1.2","cipherSuite":"ECDHE-…","clientProvidedHostHeader":"sts.amazonaws.com"}</c>.</summary>
    public void Write(in EcsEvent source, MemberWriter members)
    {
        var slice = source.Fields[RecordField.TlsDetails];
        if (slice.Kind is SliceKind.Missing or SliceKind.Null)
        {
            return;
        }

        var raw = slice.In(source.Record);
        if (slice.Kind == SliceKind.Object && _known.TryAppend(raw, members.Output))
        {
            return;
        }

        _details.Read(source.Record, slice);
        if (!_details.HasValue)
        {
            return;
        }

        var start = members.Output.Length;
        if (!WriteDetails(_details, members))
        {
            source.Free.Leftovers |= Leftovers.Tls;
            return;
        }

        _known.Remember(raw, members.Output.Written[start..]);
    }

    /// <summary>False when the details hold more than the document has fields for.</summary>
    private static bool WriteDetails(FreeForm tls, MemberWriter members)
    {
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
        return tls.CanFlatten && written == tls.Members;
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
