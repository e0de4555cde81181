using TrailStream.Core.CloudTrail;
using TrailStream.Core.Sessions;

namespace TrailStream.Core.Attribution;

public sealed partial class Attributor
{
    /// <summary>Under the read lock: the verdict. While <paramref name="graceOver"/> is false an unexplained event is pending.</summary>
    public Verdict Attribute(ReadOnlySpan<byte> record, in RecordFields fields, bool graceOver)
    {
        var kind = CallerKinds.Of(record, in fields);
        var verdict = new Verdict { Caller = kind };
        switch (kind)
        {
            case CallerKind.FederatedUser:
                AttributeFederatedUser(ref verdict, record, in fields);
                break;
            case CallerKind.IAMUser or CallerKind.Root or CallerKind.SAMLUser or CallerKind.WebIdentityUser or CallerKind.IdentityCenterUser:
                Direct(ref verdict, AttributionReason.CallerNamed);
                break;
            case CallerKind.AWSService:
                Direct(ref verdict, AttributionReason.ServiceCaller);
                break;
            case CallerKind.AssumedRole or CallerKind.CentralRoot:
                AttributeSession(ref verdict, record, in fields);
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

    private static void Direct(ref Verdict verdict, AttributionReason reason)
    {
        verdict.Status = AttributionStatus.Direct;
        verdict.Method = AttributionMethod.Caller;
        verdict.Confidence = AttributionConfidence.Exact;
        verdict.Reason = reason;
    }

    private void Close(ref Verdict verdict, bool graceOver)
    {
        if (verdict.Waits && !graceOver)
        {
            verdict.Status = AttributionStatus.Pending;
        }

        verdict.Rank = verdict.Status switch
        {
            AttributionStatus.Pending => EvidenceRank.Pending,
            _ when verdict.Reason == AttributionReason.Conflict => EvidenceRank.Conflict,
            AttributionStatus.Unattributed => EvidenceRank.Unattributed,
            AttributionStatus.Partial => (byte)(EvidenceRank.Partial + KnownHops(in verdict)),
            _ when verdict.Confidence == AttributionConfidence.Asserted => EvidenceRank.Asserted,
            _ when verdict.Waits => EvidenceRank.Improvable,
            _ => EvidenceRank.Proven,
        };
    }

    private int KnownHops(in Verdict verdict) => verdict.Session == 0 ? 0 : Math.Min(Index[verdict.Session].Depth, EvidenceRank.PartialHopsMax);

    private void AttributeSession(ref Verdict verdict, ReadOnlySpan<byte> record, in RecordFields fields)
    {
        var query = QueryOf(record, in fields);
        verdict.WaitsFor1 = Index.KeyEvidence(query.Key);
        verdict.WaitsFor2 = query.Role.IsEmpty || query.CreatedAt == 0
            ? 0
            : Index.SecondEvidence(query.Account, query.Role, query.Session, query.CreatedAt);
        var join = Index.Join(in query);
        if (join.Session != 0)
        {
            FromSession(ref verdict, join);
        }

        if (join.Claim != 0)
        {
            FromClaim(ref verdict, join);
        }
        else if (join.Session != 0 && query.Role.StartsWith("AWSReservedSSO_"u8))
        {
            // Identity Center: any later event of this session may still name its user by id.
            verdict.Waits = true;
        }
        else if (join.Session == 0 && !FromEventItself(ref verdict, record, in fields, join.Reason))
        {
            verdict.Status = AttributionStatus.Unattributed;
            verdict.Reason = verdict.Caller == CallerKind.CentralRoot && join.Reason == AttributionReason.NoGrant
                ? AttributionReason.RootSessionWithoutGrant
                : join.Reason;
            verdict.Waits = join.Reason is AttributionReason.NoGrant or AttributionReason.Ambiguous
                && (verdict.WaitsFor1 | verdict.WaitsFor2) != 0;
        }
    }

    /// <summary>The event names the user who asked for the federation token; the grant, where it was seen, proves it.</summary>
    private void AttributeFederatedUser(ref Verdict verdict, ReadOnlySpan<byte> record, in RecordFields fields)
    {
        var query = QueryOf(record, in fields);
        verdict.WaitsFor1 = Index.KeyEvidence(query.Key);
        var join = Index.Join(in query);
        if (join.Session != 0 && Index[join.Session].Head == join.Session)
        {
            FromSession(ref verdict, join);
            return;
        }

        Direct(ref verdict, AttributionReason.CallerNamed);
        verdict.Waits = verdict.WaitsFor1 != 0;
    }

    private static SessionQuery QueryOf(ReadOnlySpan<byte> record, in RecordFields fields)
    {
        var query = new SessionQuery { Key = AccessKeys.Parse(Principal.Text(record, fields[RecordField.AccessKeyId])) };
        _ = EventTimestamp.TryParse(Principal.Text(record, fields[RecordField.EventTime]), out query.Time);
        _ = EventTimestamp.TryParse(Principal.Text(record, fields[RecordField.CreationDate]), out query.CreatedAt);
        if (AssumedRoleArn.TryParse(Principal.Text(record, fields[RecordField.Arn]), out var session))
        {
            query.Account = session.Account;
            query.Role = session.Role;
            query.Session = session.Session;
        }

        return query;
    }

    private void FromSession(ref Verdict verdict, in SessionJoin join)
    {
        ref var session = ref Index[join.Session];
        verdict.Session = join.Session;
        verdict.Method = join.Method;
        if (session.Head == 0)
        {
            verdict.Status = AttributionStatus.Partial;
            verdict.Reason = session.LinkReason is AttributionReason.NoGrant or AttributionReason.NoKeyNoSession or AttributionReason.KeyMatched
                or AttributionReason.SessionMatched or AttributionReason.None
                ? AttributionReason.GrantOfCallerMissing
                : session.LinkReason;
            verdict.Status = verdict.Reason is AttributionReason.Cycle or AttributionReason.Conflict ? AttributionStatus.Unattributed : verdict.Status;
            verdict.Waits = verdict.Reason is not (AttributionReason.Cycle or AttributionReason.Conflict);
            return;
        }

        var link = join.Method == AttributionMethod.AccessKey ? AttributionConfidence.Exact : AttributionConfidence.Strong;
        verdict.Status = AttributionStatus.Attributed;
        verdict.Reason = join.Reason;
        verdict.Origin = session.Head;
        verdict.Confidence = (AttributionConfidence)Math.Min((byte)link, (byte)session.ChainConfidence);

        // A sign-in event knows only the caller's ARN; the grant behind the switch knows the key and the principal id too.
        verdict.Waits = join.Method == AttributionMethod.ConsoleSwitchRole;
        if (IsUnnamedExternal(session.Head))
        {
            // The other account's record may still come and name the caller.
            verdict.Waits = true;
            verdict.Reason = AttributionReason.ExternalAccount;
        }
    }

    private bool IsUnnamedExternal(int head) =>
        Index[head].CallerType == OriginType.AWSAccount && Index.Principals.Find(Index.Texts[Index[head].CallerIdText]) == 0;

    private static void FromClaim(ref Verdict verdict, in SessionJoin join)
    {
        verdict.Status = AttributionStatus.Attributed;
        verdict.Method = AttributionMethod.OnBehalfOf;
        verdict.Reason = AttributionReason.OnBehalfOf;
        verdict.Confidence = AttributionConfidence.Exact;
        verdict.Origin = join.Claim;

        // The grant, where it is still to come, adds the hop and the name.
        verdict.Waits = join.Session == 0;
    }

    /// <summary>What the event alone proves about a session whose grant nobody saw.</summary>
    private static bool FromEventItself(ref Verdict verdict, ReadOnlySpan<byte> record, in RecordFields fields, AttributionReason whyNot)
    {
        if (whyNot is not (AttributionReason.NoGrant or AttributionReason.NoKeyNoSession))
        {
            return false;
        }

        // A service-linked role trusts its service alone, by AWS's construction; the path names the service.
        if (Principal.Text(record, fields[RecordField.IssuerArn]).IndexOf(":role/aws-service-role/"u8) > 0)
        {
            verdict.Reason = AttributionReason.ServiceLinkedRole;
        }
        else if (Principal.Text(record, fields[RecordField.InScopeOfIssuerType]).SequenceEqual("AWS::Lambda::Function"u8)
            && fields[RecordField.InScopeOfCredentialsIssuedTo].HasText)
        {
            verdict.Reason = AttributionReason.CredentialsScope;
        }
        else if (fields[RecordField.SourceIdentity].HasText)
        {
            verdict.Status = AttributionStatus.Attributed;
            verdict.Method = AttributionMethod.SourceIdentity;
            verdict.Confidence = AttributionConfidence.Asserted;
            verdict.Reason = AttributionReason.SourceIdentityOnly;
            verdict.Waits = true;
            return true;
        }
        else
        {
            return false;
        }

        // The grant may still come and prove the same with more evidence: the final verdict must not depend on which came first.
        verdict.Status = AttributionStatus.Attributed;
        verdict.Method = AttributionMethod.Caller;
        verdict.Confidence = AttributionConfidence.Strong;
        verdict.Waits = (verdict.WaitsFor1 | verdict.WaitsFor2) != 0;
        return true;
    }

    /// <summary>An AWSAccount caller: on a grant the other account's record of the same call may name it (same issued key), elsewhere a
    /// principal id known from other events.</summary>
    private void AttributeExternal(ref Verdict verdict, ReadOnlySpan<byte> record, in RecordFields fields)
    {
        Direct(ref verdict, AttributionReason.ExternalAccount);
        var id = Principal.Text(record, fields[RecordField.PrincipalId]);
        if (Evidence.Issues(Evidence.ActionOf(record, in fields)))
        {
            var grant = default(GrantFields);
            _scanner.ScanGrant(record, in fields, ref grant);
            var key = AccessKeys.Parse(Principal.Text(record, grant[GrantField.IssuedAccessKeyId]));
            verdict.WaitsFor1 = Index.KeyEvidence(key);
            verdict.WaitsFor2 = Index.PrincipalEvidence(id);
            var issued = key == default ? 0 : Index.Find(key);
            if (issued != 0 && Index[issued].CallerType != OriginType.AWSAccount && !Index[issued].Has(SessionStates.Conflict))
            {
                FromTwin(ref verdict, issued);
                return;
            }

            verdict.Waits = verdict.WaitsFor1 != 0;
            verdict.Reason = verdict.Waits ? AttributionReason.AwaitingTwin : verdict.Reason;
        }

        if (Index.Principals.Find(id) != 0)
        {
            verdict.Method = AttributionMethod.SharedEvent;
            verdict.Confidence = AttributionConfidence.Strong;
            verdict.Reason = AttributionReason.TwinMatched;
            verdict.Waits = false;
        }
    }

    private void FromTwin(ref Verdict verdict, int issued)
    {
        ref var twin = ref Index[issued];
        verdict.Method = AttributionMethod.SharedEvent;
        verdict.Reason = AttributionReason.TwinMatched;
        if (!twin.Has(SessionStates.CallerIsSession))
        {
            verdict.Origin = issued;
            return;
        }

        verdict.Session = twin.Parent;
        verdict.Origin = twin.Head;
        verdict.Status = twin.Head != 0 ? AttributionStatus.Attributed : twin.Parent != 0 ? AttributionStatus.Partial : AttributionStatus.Unattributed;
        verdict.Confidence = twin.ChainConfidence;
        verdict.Waits = twin.Head == 0 || IsUnnamedExternal(twin.Head);
        verdict.Reason = twin.Head != 0 ? AttributionReason.TwinMatched : AttributionReason.GrantOfCallerMissing;
    }
}
