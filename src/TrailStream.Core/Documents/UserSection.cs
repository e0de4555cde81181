using TrailStream.Core.CloudTrail;

namespace TrailStream.Core.Documents;

/// <summary><c>user.*</c> and <c>group.*</c>: who acted, with what role, upon whom. <c>user.name</c> stays the role's name for a role
/// session,
/// because Elastic's rules learn from it; the person is in <c>user.roles</c>' company: <c>related.user</c> and
/// <c>trailstream.*</c>.</summary>
internal static class UserSection
{
    public static void Write(in EcsEvent source, MemberWriter members, RelatedSection related)
    {
        var mark = members.Open("\"user\":{"u8);
        members.Text("\"id\":"u8, source.UserId);
        members.Text("\"name\":"u8, source.UserName);
        members.Text("\"email\":"u8, Email(in source));
        related.WriteTerms("\"roles\":["u8, in source, AttributionTermKind.RoleName, members);
        if (source.HasRole)
        {
            var effective = members.Open("\"effective\":{"u8);
            members.Text("\"id\":"u8, source.Text(RecordField.IssuerPrincipalId));
            members.Text("\"name\":"u8, source.Text(RecordField.IssuerUserName));
            members.Close(effective);
        }

        var target = members.Open("\"target\":{"u8);
        members.Text("\"id\":"u8, source.Free.Response.Text("user"u8, "userId"u8));
        members.Text("\"name\":"u8, source.Free.Request.Text("userName"u8));
        members.Close(target);
        var changes = members.Open("\"changes\":{"u8);
        members.Text("\"name\":"u8, source.Free.Request.Text("newUserName"u8));
        members.Close(changes);
        members.Close(mark);

        var group = members.Open("\"group\":{"u8);
        members.Text("\"id\":"u8, source.Free.Response.Text("group"u8, "groupId"u8));
        members.Text("\"name\":"u8, source.Free.Request.Text("groupName"u8));
        members.Close(group);
    }

    /// <summary>The session's name, the user's name or the origin's name, whichever looks like an address first.</summary>
    private static ReadOnlySpan<byte> Email(in EcsEvent source)
    {
        if (IsEmail(source.SessionName))
        {
            return source.SessionName;
        }

        if (IsEmail(source.UserName))
        {
            return source.UserName;
        }

        foreach (var term in source.Attribution.Terms)
        {
            if (term.Kind == AttributionTermKind.OriginName && IsEmail(source.Attribution[term]))
            {
                return source.Attribution[term];
            }
        }

        return default;
    }

    private static bool IsEmail(ReadOnlySpan<byte> name) => name.IndexOf((byte)'@') > 0;
}
