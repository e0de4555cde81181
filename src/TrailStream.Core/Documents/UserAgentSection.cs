using TrailStream.Core.CloudTrail;

namespace TrailStream.Core.Documents;

/// <summary><c>user_agent.*</c>: the text as it is, and what <see cref="UserAgent"/> makes of it. An account sees the same few agents over and over:
/// the last ones are remembered. Owned by one writer.</summary>
internal sealed class UserAgentSection
{
    /// <summary>Agents remembered; one that falls on another's slot replaces it.</summary>
    private const int Slots = 512;

    /// <summary>Longer agents and results are not remembered: 512 slots are 256 KB a writer.</summary>
    private const int MaxBytes = 256;

    private readonly byte[] _agents = new byte[Slots * MaxBytes];
    private readonly byte[] _results = new byte[Slots * MaxBytes];
    private readonly (short Agent, short Result)[] _lengths = new (short, short)[Slots];

    public void Write(in EcsEvent source, MemberWriter members)
    {
        var original = source.Text(RecordField.UserAgent);
        if (original.IsEmpty)
        {
            return;
        }

        var mark = members.Open("\"user_agent\":{"u8);
        members.Text("\"original\":\""u8, original);
        if (original.Length > MaxBytes)
        {
            UserAgent.Write(original, members);
        }
        else
        {
            WriteRemembered(original, members);
        }

        members.Close(mark);
    }

    private void WriteRemembered(ReadOnlySpan<byte> original, MemberWriter members)
    {
        var slot = (int)(ByteHash.Of(original) % Slots);
        ref var lengths = ref _lengths[slot];
        var place = slot * MaxBytes;
        if (original.SequenceEqual(_agents.AsSpan(place, lengths.Agent)))
        {
            members.Output.Append(_results.AsSpan(place, lengths.Result));
            return;
        }

        var start = members.Output.Length;
        UserAgent.Write(original, members);
        var result = members.Output.Written[start..];
        if (result.Length <= MaxBytes)
        {
            original.CopyTo(_agents.AsSpan(place));
            result.CopyTo(_results.AsSpan(place));
            lengths = ((short)original.Length, (short)result.Length);
        }
    }
}
