using TrailStream.Core.CloudTrail;
using TrailStream.Core.Sessions;

namespace TrailStream.Core.Attribution;

public sealed partial class Attributor
{
    /// <summary>Hops walked to see where a chain breaks; beyond, the reason is the general one.</summary>
    private const int EvidenceStepsMax = 64;

    /// <summary>Under the read lock: the verdict. While <paramref name="graceOver"/> is false an event that evidence may still explain is pending.</summary>
    public Verdict Attribute(ReadOnlySpan<byte> record, in RecordFields fields, bool graceOver)
    {
        var kind = CallerKinds.Of(record, in fields);
        var verdict = new Verdict { Caller = kind };
        switch (kind)
        {
            case CallerKind.FederatedUser:
                AttributeFederatedUser(ref verdict, record, in fields);
                break;
            case CallerKind.Root:
                AttributeRoot(ref verdict, record, in fields);
                break;
            case CallerKind.IAMUser or CallerKind.SAMLUser or CallerKind.WebIdentityUser or CallerKind.IdentityCenterUser:
                Direct(ref verdict, AttributionReason.CallerNamed);
                break;
            case CallerKind.AWSService:
                Direct(ref verdict, AttributionReason.ServiceCaller);
                break;
            case CallerKind.AssumedRole or CallerKind.CentralRoot:
                AttributeSession(ref verdict, record, in fields);
                if (verdict.Session == 0)
                {
                    Tally.AddUnexplained(Principal.Text(record, fields[RecordField.AccountId]));
                }

                break;
            case CallerKind.AWSAccount:
                AttributeExternal(ref verdict, record, in fields);
                break;
            case CallerKind.Anonymous:
                verdict.Reason = AttributionReason.Anonymous;
                break;
            default:
                verdict.Reason = fields[RecordField.InsightDetails].IsPresent ? AttributionReason.Insight
                    : kind == CallerKind.Unknown ? AttributionReason.NoIdentity
                    : AttributionReason.ServiceEvent;
                break;
        }

        Close(ref verdict, graceOver);
        return verdict;
    }

    /// <summary>The snake_case name of a reason, as in documents and metrics.</summary>
    public static string ReasonName(AttributionReason reason) => Codes.NameOf(reason);

    internal static SessionQuery QueryOf(ReadOnlySpan<byte> record, in RecordFields fields, CallerKind kind)
    {
        var query = new SessionQuery
        {
            Key = AccessKeys.Parse(Principal.Text(record, fields[RecordField.AccessKeyId])),
            Arn = Principal.Text(record, fields[RecordField.Arn]),
            Kind = kind switch
            {
                CallerKind.FederatedUser => SessionKind.FederatedUser,
                CallerKind.Root or CallerKind.CentralRoot => SessionKind.CentralRoot,
                _ => SessionKind.Role,
            },
        };
        _ = EventTimestamp.TryParse(Principal.Text(record, fields[RecordField.EventTime]), out query.Time);
        _ = EventTimestamp.TryParse(Principal.Text(record, fields[RecordField.CreationDate]), out query.CreatedAt);
        if (AssumedRoleArn.TryParse(query.Arn, out var session))
        {
            query.Account = session.Account;
            query.Role = session.Role;
            query.Session = session.Session;
        }
        else
        {
            query.Account = Principal.Text(record, fields[RecordField.AccountId]);
        }

        return query;
    }

    private static void Direct(ref Verdict verdict, AttributionReason reason)
    {
        verdict.Status = AttributionStatus.Direct;
        verdict.Method = AttributionMethod.Caller;
        verdict.Confidence = AttributionConfidence.Exact;
        verdict.Reason = reason;
    }

    private void Close(ref Verdict verdict, bool graceOver)
    {
        if (verdict.Session != 0 && verdict.Origin != 0)
        {
            JudgeName(ref verdict);
        }

        var isOpen = verdict.Status is AttributionStatus.Unattributed or AttributionStatus.Partial;
        if (isOpen && verdict.Waits && !graceOver && verdict.Reason != AttributionReason.Cycle && !SessionJoin.Refutes(verdict.Reason))
        {
            verdict.Status = AttributionStatus.Pending;
        }

        // Where nothing is looked for there is nothing to be found out.
        verdict.Rank = verdict.Code.Digits == 0 && !isOpen
            ? EvidenceRank.Proven
            : EvidenceRank.Of(in verdict.Code, verdict.Status != AttributionStatus.Pending);
    }

    /// <summary>A session name that is nobody's name yet may become somebody's: then the document says that it was borrowed.</summary>
    private void JudgeName(ref Verdict verdict)
    {
        var type = Index[verdict.Origin].CallerType;
        if (!SessionNames.IsPerson(type) && type != OriginType.AWSAccount)
        {
            return;
        }

        var origin = Origins.OfHead(Index, in verdict);
        var session = Index.Texts[Index[verdict.Session].SessionNameText];
        var match = SessionNames.Match(Index, session, in origin);
        if (match == false)
        {
            verdict.Code.SetBorrowedName();
        }
        else if (match is null && SessionNames.MayNamePerson(session) && SessionNames.IsPerson(origin.Type))
        {
            verdict.Waits = true;
        }
    }

    private void AttributeSession(ref Verdict verdict, ReadOnlySpan<byte> record, in RecordFields fields)
    {
        var query = QueryOf(record, in fields, verdict.Caller);
        verdict.WaitsFor1 = Index.KeyEvidence(query.Key);
        verdict.WaitsFor2 = query.Role.IsEmpty || query.CreatedAt == 0
            ? 0
            : Index.SpanEvidence(query.Account, query.Role, query.Session, query.CreatedAt);
        var join = Index.Join(in query);
        var isItself = !join.IsRefuted && join.Session == 0 && ExplainsItself(ref verdict, record, in fields, join.Reason);
        AddLink(ref verdict, in join, in query, isItself && verdict.Method == AttributionMethod.Caller, isItself ? RankCode.Asserted : RankCode.Nothing);
        if (join.Session != 0)
        {
            FromSession(ref verdict, in join, in query);
        }

        if (join.Claim != 0 && (join.Session == 0 || !Index[join.Session].Has(SessionStates.Contradicted)))
        {
            FromClaim(ref verdict, in join);
            if (!fields[RecordField.OnBehalfOfUserId].HasText)
            {
                verdict.Code.AddIds(Index[join.Claim].EventIds);
            }
        }
        else if (join.Session == 0 && !isItself)
        {
            verdict.Status = AttributionStatus.Unattributed;
            verdict.Contrary = join.Contrary;
            verdict.Reason = verdict.Caller == CallerKind.CentralRoot && join.Reason == AttributionReason.NoGrant
                ? AttributionReason.RootSessionWithoutGrant
                : join.Reason;
            verdict.Waits = (join.Reason is AttributionReason.NoGrant or AttributionReason.Ambiguous && (verdict.WaitsFor1 | verdict.WaitsFor2) != 0)
                || (join.IsRefuted && join.Reason != AttributionReason.Conflict);
        }
    }

    /// <summary>A member account's root: its own, or, where AssumeRoot issued the key, the central administrator whose session does not say so.</summary>
    private void AttributeRoot(ref Verdict verdict, ReadOnlySpan<byte> record, in RecordFields fields)
    {
        var text = Principal.Text(record, fields[RecordField.AccessKeyId]);
        var key = text.StartsWith("ASIA"u8) ? AccessKeys.Parse(text) : default;
        var issued = key == default ? 0 : Index.Find(key);
        if (issued != 0 && (Index[issued].Action == GrantAction.AssumeRoot || Index[issued].Has(SessionStates.Conflict)))
        {
            verdict.Caller = CallerKind.CentralRoot;
            AttributeSession(ref verdict, record, in fields);
            return;
        }

        Direct(ref verdict, AttributionReason.CallerNamed);
        if (key != default)
        {
            verdict.Code.Add(RankCode.ByItself);
            verdict.Waits = true;
            verdict.WaitsFor1 = Index.KeyEvidence(key);
        }
    }

    /// <summary>The event names the user who asked for the federation token; a grant that agrees proves it.</summary>
    private void AttributeFederatedUser(ref Verdict verdict, ReadOnlySpan<byte> record, in RecordFields fields)
    {
        var query = QueryOf(record, in fields, verdict.Caller);
        verdict.WaitsFor1 = Index.KeyEvidence(query.Key);
        var join = Index.Join(in query);
        if (join.Session != 0 && Index[join.Session].Head == join.Session && IsIssuer(record, in fields, join.Session))
        {
            AddLink(ref verdict, in join, in query, explainsItself: false, RankCode.Nothing);
            FromSession(ref verdict, in join, in query);
            return;
        }

        Direct(ref verdict, AttributionReason.CallerNamed);
        verdict.Code.Add(join.Session != 0 || join.Contrary != 0 ? RankCode.Refuted : RankCode.ByItself);
        verdict.Waits = verdict.WaitsFor1 != 0 && join.Session == 0 && join.Contrary == 0;
    }

    private bool IsIssuer(ReadOnlySpan<byte> record, in RecordFields fields, int grant) =>
        Index.Texts[Index[grant].CallerArnText].SequenceEqual(Principal.Text(record, fields[RecordField.IssuerArn]))
        && Index.Texts[Index[grant].CallerIdText].SequenceEqual(Principal.Text(record, fields[RecordField.IssuerPrincipalId]));

    private void FromSession(ref Verdict verdict, in SessionJoin join, in SessionQuery query)
    {
        ref var session = ref Index[join.Session];
        if (session.Head == 0)
        {
            WithoutHead(ref verdict, in join);
            return;
        }

        var link = join.Method == AttributionMethod.AccessKey ? AttributionConfidence.Exact : AttributionConfidence.Strong;
        verdict.Session = join.Session;
        verdict.Method = join.Method;
        verdict.Status = AttributionStatus.Attributed;
        verdict.Reason = join.Reason;
        verdict.Origin = session.Head;
        verdict.Confidence = (AttributionConfidence)Math.Min((byte)link, (byte)session.ChainConfidence);

        // Found by time, another grant of the same second may still come; found by the key all the way, nothing that is better.
        verdict.Waits = join.Method != AttributionMethod.AccessKey || !session.Has(SessionStates.Final)
            || (join.Claims == ClaimState.None && query.Role.StartsWith("AWSReservedSSO_"u8));
        if (Index[session.Head].IsPoor && !IsNamed(session.Head))
        {
            verdict.Reason = AttributionReason.ExternalAccount;
        }
    }

    /// <summary>The grant of the session is known, and not that of a session above it. What the last link found says why.</summary>
    private void WithoutHead(ref Verdict verdict, in SessionJoin join)
    {
        var top = join.Session;
        for (var hops = 0; Index[top].Parent != 0 && Index[top].LinkReason != AttributionReason.Cycle && hops < EvidenceStepsMax; hops++)
        {
            top = Index[top].Parent;
        }

        var why = Index[top].LinkReason;
        if (why is AttributionReason.Cycle or AttributionReason.Conflict)
        {
            // What is forged somewhere on the way proves nothing at all.
            verdict.Status = AttributionStatus.Unattributed;
            verdict.Reason = why;
            verdict.Waits = true;
            return;
        }

        verdict.Session = join.Session;
        verdict.Method = join.Method;
        verdict.Status = AttributionStatus.Partial;
        verdict.Reason = why is AttributionReason.Ambiguous || SessionJoin.Refutes(why) ? why : AttributionReason.GrantOfCallerMissing;
        verdict.Waits = true;
    }

    /// <summary>True for the record of a role's side whose principal id other events name.</summary>
    private bool IsNamed(int head) => Index.Principals.Find(Index.Texts[Index[head].CallerIdText]) != 0;

    private static void FromClaim(ref Verdict verdict, in SessionJoin join)
    {
        verdict.Status = AttributionStatus.Attributed;
        verdict.Method = AttributionMethod.OnBehalfOf;
        verdict.Reason = AttributionReason.OnBehalfOf;
        verdict.Confidence = AttributionConfidence.Exact;
        verdict.Origin = join.Claim;
        verdict.IsClaimed = true;

        // The grant, where it is still to come, adds the hop and the name.
        verdict.Waits |= verdict.Session == 0;
    }

    /// <summary>What the event alone proves about a session whose grant nobody saw.</summary>
    private static bool ExplainsItself(ref Verdict verdict, ReadOnlySpan<byte> record, in RecordFields fields, AttributionReason whyNot)
    {
        if (whyNot is not (AttributionReason.NoGrant or AttributionReason.NoKeyNoSession))
        {
            return false;
        }

        if (Origins.TryExplainItself(record, in fields, out _, out var reason))
        {
            verdict.Method = AttributionMethod.Caller;
            verdict.Confidence = AttributionConfidence.Strong;
            verdict.Reason = reason;
        }
        else if (fields[RecordField.SourceIdentity].HasText)
        {
            verdict.Method = AttributionMethod.SourceIdentity;
            verdict.Confidence = AttributionConfidence.Asserted;
            verdict.Reason = AttributionReason.SourceIdentityOnly;
        }
        else
        {
            return false;
        }

        // The grant may still come and prove the same with more evidence: the final verdict must not depend on which came first.
        verdict.Status = AttributionStatus.Attributed;
        verdict.Waits = (verdict.WaitsFor1 | verdict.WaitsFor2) != 0;
        return true;
    }

    /// <summary>An AWSAccount caller: on a grant the other account's record of the same call may name it (same issued key), elsewhere a
    /// principal id known from other events.</summary>
    private void AttributeExternal(ref Verdict verdict, ReadOnlySpan<byte> record, in RecordFields fields)
    {
        Direct(ref verdict, AttributionReason.ExternalAccount);
        var id = Principal.Text(record, fields[RecordField.PrincipalId]);
        var isNamed = Index.Principals.Find(id) != 0;

        // Only users' ids are ever told with a name.
        verdict.WaitsFor2 = !isNamed && id.StartsWith("AIDA"u8) ? Index.PrincipalEvidence(id) : 0;
        if (Evidence.Issues(Evidence.ActionOf(record, in fields)))
        {
            var grant = default(GrantFields);
            _scanner.ScanGrant(record, in fields, ref grant);
            var key = AccessKeys.Parse(Principal.Text(record, grant[GrantField.IssuedAccessKeyId]));
            verdict.WaitsFor1 = Index.KeyEvidence(key);
            var issued = key == default ? 0 : Index.Find(key);
            if (issued != 0 && Index[issued].Has(SessionStates.Conflict))
            {
                verdict.Code.Add(RankCode.Conflict);
                verdict.WaitsFor1 = 0;
            }
            else if (issued != 0 && !Index[issued].IsPoor)
            {
                FromTwin(ref verdict, issued);
                return;
            }
            else if (verdict.WaitsFor1 != 0)
            {
                verdict.Reason = AttributionReason.AwaitingTwin;
            }
        }

        verdict.Code.Add(isNamed ? RankCode.NamedExternal : RankCode.Asserted);
        verdict.Waits = (verdict.WaitsFor1 | verdict.WaitsFor2) != 0;
        if (isNamed)
        {
            verdict.Method = AttributionMethod.SharedEvent;
            verdict.Confidence = AttributionConfidence.Strong;
            verdict.Reason = AttributionReason.TwinMatched;
        }
    }

    private void FromTwin(ref Verdict verdict, int issued)
    {
        ref var twin = ref Index[issued];
        verdict.Method = AttributionMethod.SharedEvent;
        verdict.Reason = AttributionReason.TwinMatched;
        verdict.Code.Add(RankCode.ByKey);
        SetTop(ref verdict.Code, issued);
        AddChain(ref verdict.Code, issued, 0);
        verdict.Waits = !twin.Has(SessionStates.Final);
        if (!twin.Has(SessionStates.CallerIsSession))
        {
            verdict.Origin = issued;
            return;
        }

        verdict.Session = twin.Parent;
        verdict.Origin = twin.Head;
        verdict.Status = twin.Head != 0 ? AttributionStatus.Attributed : twin.Parent != 0 ? AttributionStatus.Partial : AttributionStatus.Unattributed;
        verdict.Confidence = twin.ChainConfidence;
        verdict.IsClaimed = twin.Claim != 0;
        verdict.Reason = twin.Head != 0 ? AttributionReason.TwinMatched : AttributionReason.GrantOfCallerMissing;
    }
}
