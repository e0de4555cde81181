namespace TrailStream.Core.Documents;

/// <summary><c>aws.cloudtrail.resources</c>. Owned by one writer.</summary>
internal sealed class ResourceSection
{
    /// <summary>Most resources that get objects of their own: each is compared with those before. A record that names more keeps all of them in its
    /// copy of other members.</summary>
    public const int MaxResources = 512;

    private readonly BufferRange[] _arns = new BufferRange[RelatedSection.MaxValues];
    private int _arnCount;

    /// <summary>Places of the resources' ARNs in <see cref="Buffer"/>.</summary>
    public ReadOnlySpan<BufferRange> Arns => _arns.AsSpan(0, _arnCount);

    /// <summary>What the resources were last written to.</summary>
    public ByteBuffer Buffer { get; private set; } = new(16);

    /// <summary><c>[{"ARN":"…","accountId":"…","type":"…"}]</c>, each triple once; some services write "arn".</summary>
    public void Write(FreeForms free, MemberWriter members)
    {
        _arnCount = 0;
        Buffer = members.Output;
        var resources = free.Resources;
        if (!resources.HasValue)
        {
            return;
        }

        if (resources.Json.Length == 0 || resources.Json[0] != '[')
        {
            free.Leftovers |= Leftovers.Resources;
            return;
        }

        var mark = members.Open("\"resources\":["u8);
        var first = members.Output.Length;
        var count = 0;
        foreach (var resource in new CompactJson(resources.Json))
        {
            if (resource.Value[0] != '{' || ++count > MaxResources || !WriteResource(resource.Value, first, members))
            {
                free.Leftovers |= Leftovers.Resources;
            }
        }

        members.Close(mark, (byte)']');
    }

    /// <summary>False when the object holds more than the document has fields for.</summary>
    private bool WriteResource(ReadOnlySpan<byte> resource, int first, MemberWriter members)
    {
        ReadOnlySpan<byte> arn = default, prefix = default, account = default, type = default;
        var isWhole = true;
        foreach (var member in new CompactJson(resource))
        {
            var text = JsonText.Fit(member.Text);
            if (member.Name.SequenceEqual("ARN"u8) || member.Name.SequenceEqual("arn"u8))
            {
                isWhole &= arn.IsEmpty;
                arn = text;
            }
            else if (member.Name.SequenceEqual("ARNPrefix"u8))
            {
                prefix = text;
            }
            else if (member.Name.SequenceEqual("accountId"u8))
            {
                account = text;
            }
            else if (member.Name.SequenceEqual("type"u8))
            {
                type = text;
            }
            else
            {
                isWhole = false;
            }

            isWhole &= member.IsText;
        }

        var before = members.Output.Length;
        var item = members.Open("{"u8);
        members.Text("\"arn\":\""u8, arn);
        var arnEnd = members.Output.Length - 2;
        members.Text("\"arn_prefix\":\""u8, prefix);
        members.Text("\"account_id\":\""u8, account);
        members.Text("\"type\":\""u8, type);
        members.Close(item);

        // Values cannot hold an unescaped quote, so that a match is a repetition.
        var written = members.Output.Written;
        if (before > first && written.Length > before && written[first..before].IndexOf(written[before..]) >= 0)
        {
            members.Output.Truncate(before);
        }
        else if (!arn.IsEmpty && _arnCount < _arns.Length)
        {
            _arns[_arnCount++] = new BufferRange(arnEnd - arn.Length, arn.Length);
        }

        return isWhole;
    }
}
