using TrailStream.Core.CloudTrail;

namespace TrailStream.Core.Documents;

/// <summary><c>user.*</c> and <c>group.*</c>: who acted, with what role, upon whom. Unless the options say otherwise, <c>user.name</c> stays the role's
/// name for a role session, because Elastic's rules learn from it; the person stands in <c>related.user</c> and in <c>trailstream.*</c>.</summary>
internal static class UserSection
{
    public static void Write(in EcsEvent source, MemberWriter members, RelatedSection related)
    {
        var mark = members.Open("\"user\":{"u8);
        members.Text("\"id\":\""u8, source.IsOriginUser ? source.OriginId : source.CallerId);
        members.Text("\"name\":\""u8, source.IsOriginUser ? source.OriginName : source.CallerName);
        members.Text("\"email\":\""u8, Email(in source));
        related.WriteRoles(in source, members);
        if (source.HasRole)
        {
            var effective = members.Open("\"effective\":{"u8);
            members.Text("\"id\":\""u8, source.Text(RecordField.IssuerPrincipalId));
            members.Text("\"name\":\""u8, source.Text(RecordField.IssuerUserName));
            members.Close(effective);
        }

        // {"requestParameters":{"userName":"bob","newUserName":"robert","groupName":"ops"},
        //  "responseElements":{"user":{"userId":"AIDA…"},"group":{"groupId":"AGPA…"}}}
        var request = source.Free.Request;
        var response = source.Free.Response;
        var target = members.Open("\"target\":{"u8);
        members.Text("\"id\":\""u8, response.Text("user"u8, "userId"u8));
        members.Text("\"name\":\""u8, request.Text("userName"u8));
        members.Close(target);
        members.Inner("\"changes\":{\"name\":\""u8, request.Text("newUserName"u8));
        members.Close(mark);

        var group = members.Open("\"group\":{"u8);
        members.Text("\"id\":\""u8, response.Text("group"u8, "groupId"u8));
        members.Text("\"name\":\""u8, request.Text("groupName"u8));
        members.Close(group);
    }

    /// <summary>The session's name, the caller's name or the origin's name, whichever looks like an address first; only the origin's where that is
    /// the user.</summary>
    private static ReadOnlySpan<byte> Email(in EcsEvent source)
    {
        if (!source.IsOriginUser)
        {
            if (IsEmail(source.SessionName))
            {
                return source.SessionName;
            }

            if (IsEmail(source.CallerName))
            {
                return source.CallerName;
            }
        }

        return IsEmail(source.OriginName) ? source.OriginName : default;
    }

    private static bool IsEmail(ReadOnlySpan<byte> name) => name.IndexOf((byte)'@') > 0;
}
