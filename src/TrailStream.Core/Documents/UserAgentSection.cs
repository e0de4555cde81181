using TrailStream.Core.CloudTrail;

namespace TrailStream.Core.Documents;

/// <summary><c>user_agent.*</c>: the text as it is, and what <see cref="UserAgent"/> makes of it. Owned by one writer.</summary>
internal sealed class UserAgentSection
{
    private readonly SectionMemory _known = new();

    public void Write(in EcsEvent source, MemberWriter members)
    {
        var original = source.Text(RecordField.UserAgent);
        if (original.IsEmpty)
        {
            return;
        }

        var mark = members.Open("\"user_agent\":{"u8);
        members.Text("\"original\":\""u8, original);
        if (!_known.TryAppend(original, members.Output))
        {
            var start = members.Output.Length;
            UserAgent.Write(original, members);
            _known.Remember(original, members.Output.Written[start..]);
        }

        members.Close(mark);
    }
}
