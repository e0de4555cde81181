using System.Text;

namespace TrailStream.Core.Sessions;

public sealed partial class SessionIndex
{
    private readonly List<(int Session, bool IsNew)> _changes = [];
    private readonly List<NamedPrincipal> _named = [];

    // Sessions that one repeated piece of evidence has led to. One whose caller's session is forged has no link to it any more, and it is the news.
    private readonly HashSet<int> _reached = [];

    // The session that is being put, while what follows from it spreads.
    private int _new;

    /// <summary>True while somebody calls <see cref="TakeChanges"/>; changes are forgotten otherwise.</summary>
    public bool TracksChanges { get; set; }

    /// <summary>True while evidence is learnt again that may be known: a session then counts as changed, and all that was made with it.</summary>
    public bool TracksRepeats { get; set; }

    /// <summary>Under the write lock: what has changed since the last call, sessions below a changed one included; a change may come more than
    /// once.</summary>
    public void TakeChanges(List<IndexChange> into)
    {
        foreach (var (session, isNew) in _changes)
        {
            if (_records[session].Action != GrantAction.None)
            {
                into.Add(Describe(in _records[session], isNew));
            }
        }

        into.AddRange(_named);
        _changes.Clear();
        _named.Clear();
    }

    /// <summary>Under the read lock: sessions whose documents may name an origin wrongly because two callers were seen for one key, at or above
    /// them. For a start: what was learnt just before the last end may not have reached the stores.</summary>
    public void FindContradicted(List<IndexChange> into)
    {
        for (var session = 1; session <= _records.Last; session++)
        {
            ref var record = ref _records[session];
            if (record.Has(SessionStates.Listed) && (record.Has(SessionStates.Conflict | SessionStates.Contradicted) || (record.Head == 0 && record.Parent != 0)))
            {
                into.Add(Describe(in record, isNew: false) with { MayContradict = true, Concerns = ConcernedUses.Named });
            }
        }
    }

    /// <summary>Evidence that is there already tells nobody anything new, except whoever asks for it again.</summary>
    private void TrackRepeat(int session)
    {
        if (TracksChanges && TracksRepeats)
        {
            _reached.Clear();
            Spread(session, []);
        }
    }

    /// <summary>An event has told a principal's name.</summary>
    internal void TrackPrincipal(ReadOnlySpan<byte> id, long eventTime, bool isNews)
    {
        if (TracksChanges && (isNews || TracksRepeats))
        {
            var reach = (long)Options.Window.TotalSeconds;
            _named.Add(new NamedPrincipal(Encoding.UTF8.GetString(id), eventTime - reach, eventTime + reach));
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
        var mayContradict = record.Has(SessionStates.Conflict | SessionStates.Contradicted) || (record.Head == 0 && record.Parent != 0) || IsStatement(record.Action);
        var concerns = mayContradict ? ConcernedUses.All
            : isNew ? ConcernedUses.Unproven
            : TracksRepeats && !IsStatement(_records[record.Head].Action) ? ConcernedUses.Incomplete
            : ConcernedUses.All;
        Span<byte> exact = stackalloc byte[AccessKeys.TextLength];
        return new ChangedSession(
            Encoding.UTF8.GetString(IssuedKeyOf(in record, exact)), ArnOf(in record), record.IssuedAt,
            record.ExpiresAt + (long)Options.Slack.TotalSeconds, isNew, mayContradict, concerns);
    }

    /// <summary>True for what may name another origin for a session whose grant is known.</summary>
    private static bool IsStatement(GrantAction action) => action is GrantAction.OnBehalfOf or GrantAction.SwitchRole;

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
