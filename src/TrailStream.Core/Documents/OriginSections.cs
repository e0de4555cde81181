using TrailStream.Core.CloudTrail;

namespace TrailStream.Core.Documents;

/// <summary>Where a call came from and went to: <c>cloud.*</c>, <c>source.*</c>.</summary>
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
}
