using TrailStream.Core.CloudTrail;
using TrailStream.Core.Documents;
using TrailStream.Core.Sessions;

namespace TrailStream.Core.Attribution;

/// <summary>Stages 3 and 4: what an event teaches the index, and the verdict on an event. One per worker; the index is shared.</summary>
public sealed partial class Attributor
{
    // Principals that this worker has taught already: most events are by few callers, so that a small cache spares the write lock.
    private readonly ulong[] _taught = new ulong[4096];
    private readonly GrantReader _grants;
    private readonly RecordScanner _scanner = new();
    private readonly AttributionWriter _writer;

    public Attributor(SessionIndex index)
    {
        Index = index;
        _grants = new GrantReader(_scanner, index);
        _writer = new AttributionWriter(index);
    }

    public SessionIndex Index { get; }

    /// <summary>What this worker has counted of the feed's health since it was last emptied.</summary>
    public FeedTally Tally { get; } = new();

    /// <summary>True for the few events that <see cref="Learn"/> has a use for. Needs no lock.</summary>
    public bool IsEvidence(ReadOnlySpan<byte> record, in RecordFields fields) =>
        Evidence.ActionOf(record, in fields) != GrantAction.None
        || (fields[RecordField.OnBehalfOfUserId].HasText && CallerKinds.Of(record, in fields) == CallerKind.AssumedRole)
        || TeachesPrincipal(record, in fields);

    /// <summary>Under the write lock: puts what the event proves into the index. Idempotent and order-free. Appends to
    /// <paramref name="wakes"/> the evidence hashes whose waiting events should be attributed again.</summary>
    /// <returns>True when the event is a grant or claim, which other nodes must learn too.</returns>
    public bool Learn(ReadOnlySpan<byte> record, in RecordFields fields, List<ulong> wakes)
    {
        var kind = CallerKinds.Of(record, in fields);
        if (kind == CallerKind.IAMUser)
        {
            LearnPrincipal(record, in fields, wakes);
        }

        var learnt = false;
        var action = Evidence.ActionOf(record, in fields);
        if (action != GrantAction.None && EventTimestamp.TryParse(Principal.Text(record, fields[RecordField.EventTime]), out var time))
        {
            learnt = action == GrantAction.SwitchRole
                ? _grants.TryReadSwitch(record, in fields, time, out var draft)
                : _grants.TryReadGrant(record, in fields, action, time, wakes, out draft);
            if (learnt)
            {
                Tally.AddGrant(Index.Texts[draft.AccountText]);
                Index.Put(ref draft, wakes);
            }
        }

        if (kind == CallerKind.AssumedRole && fields[RecordField.OnBehalfOfUserId].HasText
            && _grants.TryReadOnBehalfOf(record, in fields, out var claim))
        {
            Index.Put(ref claim, wakes);
            learnt = true;
        }

        return learnt;
    }

    /// <summary>Under the same read lock as the verdict: it as JSON, valid until the next call.</summary>
    /// <param name="resolvedAt">Unix milliseconds of the decision; 0 leaves it out.</param>
    /// <param name="revision">1 for the first document of an event, more for corrections.</param>
    /// <param name="coveragePartial">True while the index has not seen a whole window.</param>
    public AttributionText Write(
        ReadOnlySpan<byte> record, in RecordFields fields, in Verdict verdict, long resolvedAt, int revision, bool coveragePartial) =>
        _writer.Write(record, in fields, in verdict, resolvedAt, revision, coveragePartial);

    private bool TeachesPrincipal(ReadOnlySpan<byte> record, in RecordFields fields)
    {
        if (CallerKinds.Of(record, in fields) != CallerKind.IAMUser || !fields[RecordField.PrincipalId].HasText || !fields[RecordField.Arn].HasText)
        {
            return false;
        }

        var hash = LessonOf(fields.Raw(record, RecordField.PrincipalId), fields.Raw(record, RecordField.Arn));
        return _taught[hash & (ulong)(_taught.Length - 1)] != hash;
    }

    // A user may be renamed: id and ARN together are what is learnt.
    private ulong LessonOf(ReadOnlySpan<byte> id, ReadOnlySpan<byte> arn) => Index.PrincipalEvidence(id) ^ Index.NameEvidence(arn);

    private void LearnPrincipal(ReadOnlySpan<byte> record, in RecordFields fields, List<ulong> wakes)
    {
        var caller = Principal.OfCaller(record, in fields, CallerKind.IAMUser);
        if (caller.Id.IsEmpty || caller.Arn.IsEmpty)
        {
            return;
        }

        var hash = LessonOf(caller.Id, caller.Arn);
        ref var taught = ref _taught[hash & (ulong)(_taught.Length - 1)];
        if (taught == hash)
        {
            return;
        }

        taught = hash;
        Index.LearnName(caller.Name, wakes);
        var isNews = Index.Principals.Learn(caller.Id, caller.Arn, caller.Name, caller.Account);
        _ = EventTimestamp.TryParse(Principal.Text(record, fields[RecordField.EventTime]), out var time);
        Index.TrackPrincipal(caller.Id, time, isNews);
        if (isNews)
        {
            var evidence = Index.PrincipalEvidence(caller.Id);
            wakes.Add(evidence);
            Index.SpreadPrincipal(evidence, wakes);
        }
    }
}
