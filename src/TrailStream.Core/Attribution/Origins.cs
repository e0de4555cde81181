using TrailStream.Core.CloudTrail;
using TrailStream.Core.Sessions;

namespace TrailStream.Core.Attribution;

/// <summary>Who a verdict says it was.</summary>
internal static class Origins
{
    private static ReadOnlySpan<byte> ServiceRolePath => ":role/aws-service-role/"u8;

    public static Principal Of(SessionIndex index, ReadOnlySpan<byte> record, in RecordFields fields, in Verdict verdict)
    {
        if (verdict.Origin != 0)
        {
            return OfHead(index, in verdict);
        }

        if (verdict.Method == AttributionMethod.Caller && verdict.Caller is not (CallerKind.AssumedRole or CallerKind.CentralRoot))
        {
            var origin = Principal.OfCaller(record, in fields, verdict.Caller);
            origin.SourceIdentity = Principal.Text(record, fields[RecordField.SourceIdentity]);
            return origin;
        }

        if (verdict.Caller == CallerKind.AWSAccount && verdict.Reason == AttributionReason.TwinMatched && verdict.Session == 0)
        {
            var origin = Principal.OfCaller(record, in fields, verdict.Caller);
            Principal.NameExternal(index, ref origin);
            return origin;
        }

        if (verdict.Reason is AttributionReason.ServiceLinkedRole or AttributionReason.CredentialsScope
            && TryExplainItself(record, in fields, out var service, out _))
        {
            return service;
        }

        return verdict.Reason == AttributionReason.SourceIdentityOnly ? OfSourceIdentity(record, in fields) : default;
    }

    /// <summary>The principal at the head of the chain that a verdict rests on.</summary>
    public static Principal OfHead(SessionIndex index, in Verdict verdict)
    {
        ref var head = ref index[verdict.Origin];
        if (head.Has(SessionStates.CallerIsSession))
        {
            // The caller's session has no grant, but says which service it is.
            return new Principal
            {
                Type = OriginType.AWSService,
                Name = index.Texts[head.CallerNameText],
                WorkloadType = head.WorkloadType,
                WorkloadId = index.Texts[head.WorkloadIdText],
                WorkloadName = index.Texts[head.WorkloadNameText],
            };
        }

        var origin = Principal.OfGrant(index, in head);
        if (head.Action == GrantAction.OnBehalfOf)
        {
            NameFromGrant(index, ref origin, in verdict);
        }

        return origin;
    }

    /// <summary>What a session whose grant nobody saw proves about itself. A service-linked role trusts its service alone, by AWS's construction, and its
    /// path names the service: <c>arn:aws:iam::ACCOUNT:role/aws-service-role/SERVICE/ROLE</c>. Newer Lambda events say which function the credentials
    /// were issued to.</summary>
    public static bool TryExplainItself(ReadOnlySpan<byte> record, in RecordFields fields, out Principal service, out AttributionReason reason)
    {
        var role = Principal.Text(record, fields[RecordField.IssuerArn]);
        var path = role.IndexOf(ServiceRolePath);
        if (path > 0)
        {
            var name = role[(path + ServiceRolePath.Length)..];
            var slash = name.IndexOf((byte)'/');
            service = new Principal { Type = OriginType.AWSService, Name = slash < 0 ? name : name[..slash] };
            reason = AttributionReason.ServiceLinkedRole;
            return true;
        }

        var function = Principal.Text(record, fields[RecordField.InScopeOfCredentialsIssuedTo]);
        reason = AttributionReason.CredentialsScope;
        service = new Principal
        {
            Type = OriginType.AWSService,
            Name = "lambda.amazonaws.com"u8,
            WorkloadType = WorkloadType.Function,
            WorkloadId = function,
            WorkloadName = AssumedRoleArn.LastSegment(function),
        };
        return !function.IsEmpty && Principal.Text(record, fields[RecordField.InScopeOfIssuerType]).SequenceEqual("AWS::Lambda::Function"u8);
    }

    /// <summary>The identity provider's grant knows the user's name, the claim only the id.</summary>
    private static void NameFromGrant(SessionIndex index, ref Principal origin, in Verdict verdict)
    {
        var grant = verdict.IsClaimed ? verdict.Session : 0;
        for (var hop = verdict.Session; !verdict.IsClaimed && hop != 0; hop = index[hop].Parent)
        {
            if (index[hop].Claim == verdict.Origin)
            {
                grant = index[hop].Parent;
                break;
            }
        }

        var head = grant == 0 ? 0 : index[grant].Head;
        if (head != 0 && index[head].CallerType == OriginType.SAMLUser && index[head].CallerNameText != 0)
        {
            origin.Name = index.Texts[index[head].CallerNameText];
        }
    }

    private static Principal OfSourceIdentity(ReadOnlySpan<byte> record, in RecordFields fields)
    {
        var identity = Principal.Text(record, fields[RecordField.SourceIdentity]);
        return new Principal { Type = OriginType.Unknown, Name = identity, SourceIdentity = identity };
    }
}
