using System.Text;

namespace TrailStream.Core.Sessions;

/// <summary>A session of which something new is known, as text: what a store can be asked for.</summary>
/// <param name="AccessKey">Its issued key; empty for one that only a claim names.</param>
/// <param name="Arn">Its assumed-role ARN; empty where it has none.</param>
/// <param name="IssuedAt">When it began, Unix seconds of event time.</param>
/// <param name="Until">Until when it can have been used, slack included.</param>
/// <param name="IsNew">True when the evidence is this session's own grant and was the first of it.</param>
/// <param name="MayContradict">True when documents that its key has proven may name the wrong origin now: a second caller for the key, here or above, a
/// statement about whom it belongs to. (A second session of that name and second contradicts only what was found by time.)</param>
public sealed record ChangedSession(string AccessKey, string Arn, long IssuedAt, long Until, bool IsNew, bool MayContradict)
{
    /// <summary>True when documents whose origin this session's key has proven already cannot profit: they knew the grant. That is the usual case, a
    /// grant before its uses, and nearly all documents.</summary>
    public bool ProvesOnly => IsNew && !MayContradict;
}

public sealed partial class SessionIndex
{
    private readonly List<(int Session, bool IsNew)> _changes = [];

    // The session that is being put, while what follows from it spreads.
    private int _new;

    /// <summary>True while somebody calls <see cref="TakeChanges"/>; changes are forgotten otherwise.</summary>
    public bool TracksChanges { get; set; }

    /// <summary>True while evidence is learnt again that may be known: a session then counts as changed, and all that was made with it.</summary>
    public bool TracksRepeats { get; set; }

    /// <summary>Under the write lock: what has changed since the last call, sessions below a changed one included; a session may come more than
    /// once.</summary>
    public void TakeChanges(List<ChangedSession> into)
    {
        foreach (var (session, isNew) in _changes)
        {
            if (_records[session].Action != GrantAction.None)
            {
                into.Add(Describe(in _records[session], isNew));
            }
        }

        _changes.Clear();
    }

    /// <summary>Under the read lock: sessions whose documents may name an origin wrongly because two callers were seen for one key, at or above
    /// them. For a start: what was learnt just before the last end may not have reached the stores.</summary>
    public void FindContradicted(List<ChangedSession> into)
    {
        for (var session = 1; session <= _records.Last; session++)
        {
            ref var record = ref _records[session];
            if (record.Has(SessionStates.Listed) && (record.Has(SessionStates.Conflict | SessionStates.Contradicted) || (record.Head == 0 && record.Parent != 0)))
            {
                into.Add(Describe(in record, isNew: false));
            }
        }
    }

    /// <summary>Evidence that is there already tells nobody anything new, except whoever asks for it again.</summary>
    private void TrackRepeat(int session)
    {
        if (TracksChanges && TracksRepeats)
        {
            Spread(session, []);
        }
    }

    private void Track(int session)
    {
        if (TracksChanges)
        {
            _changes.Add((session, session == _new));
        }
    }

    private ChangedSession Describe(in SessionRecord record, bool isNew)
    {
        var contradicts = record.Has(SessionStates.Conflict | SessionStates.Contradicted) || (record.Head == 0 && record.Parent != 0)
            || record.Action is GrantAction.OnBehalfOf or GrantAction.SwitchRole;
        Span<byte> exact = stackalloc byte[AccessKeys.TextLength];
        return new ChangedSession(
            Encoding.UTF8.GetString(IssuedKeyOf(in record, exact)), ArnOf(in record), record.IssuedAt,
            record.ExpiresAt + (long)Options.Slack.TotalSeconds, isNew, contradicts);
    }

    /// <summary><c>arn:PARTITION:sts::ACCOUNT:assumed-role/ROLE/SESSION</c>; the partition is the role's own.</summary>
    private string ArnOf(in SessionRecord record)
    {
        if (record.RoleNameText == 0 || record.SessionNameText == 0)
        {
            return "";
        }

        var roleArn = Texts[record.RoleArnText];
        var partition = roleArn.StartsWith("arn:"u8) && roleArn[4..].IndexOf((byte)':') is > 0 and var end ? roleArn.Slice(4, end) : "aws"u8;
        return $"arn:{Encoding.UTF8.GetString(partition)}:sts::{Encoding.UTF8.GetString(Texts[record.AccountText])}:assumed-role/"
            + $"{Encoding.UTF8.GetString(Texts[record.RoleNameText])}/{Encoding.UTF8.GetString(Texts[record.SessionNameText])}";
    }
}
