using TrailStream.Core.CloudTrail;
using TrailStream.Core.Sessions;

namespace TrailStream.Core.Attribution;

/// <summary>A principal that can stand at the head of a chain, as slices of an event or of the index; strings are raw JSON content.</summary>
internal ref struct Principal
{
    public OriginType Type;
    public ReadOnlySpan<byte> Name;
    public ReadOnlySpan<byte> Arn;
    public ReadOnlySpan<byte> Id;
    public ReadOnlySpan<byte> Account;
    public ReadOnlySpan<byte> AccessKey;
    public ReadOnlySpan<byte> Provider;
    public ReadOnlySpan<byte> SourceIdentity;
    public bool Mfa;
    public WorkloadType WorkloadType;
    public ReadOnlySpan<byte> WorkloadId;
    public ReadOnlySpan<byte> WorkloadName;
    public ReadOnlySpan<byte> Namespace;
    public ReadOnlySpan<byte> Cluster;

    /// <summary>The caller that userIdentity names.
    /// <c>{"type":…,"principalId":…,"arn":…,"accountId":…,"accessKeyId":…,"userName":…,"invokedBy":…,"sessionContext":{…}}</c>;
    /// each member may be missing, null or of another type.</summary>
    public static Principal OfCaller(ReadOnlySpan<byte> record, in RecordFields fields, CallerKind kind)
    {
        var principal = new Principal
        {
            Name = Text(record, fields[RecordField.UserName]),
            Arn = Text(record, fields[RecordField.Arn]),
            Id = Text(record, fields[RecordField.PrincipalId]),
            Account = Text(record, fields[RecordField.AccountId]),
            AccessKey = Text(record, fields[RecordField.AccessKeyId]),
            Mfa = Text(record, fields[RecordField.MfaAuthenticated]).SequenceEqual("true"u8),
        };
        switch (kind)
        {
            case CallerKind.IAMUser:
                principal.Type = OriginType.IAMUser;
                principal.Name = principal.Name.IsEmpty ? AssumedRoleArn.LastSegment(principal.Arn) : principal.Name;
                break;
            case CallerKind.Root or CallerKind.CentralRoot:
                principal.Type = OriginType.Root;
                principal.Name = principal.Name.IsEmpty ? "root"u8 : principal.Name;
                break;
            case CallerKind.SAMLUser:
                principal.Type = OriginType.SAMLUser;
                principal.Provider = Text(record, fields[RecordField.IdentityProvider]);
                break;
            case CallerKind.WebIdentityUser:
                principal.Type = OriginType.WebIdentityUser;
                principal.Provider = Text(record, fields[RecordField.IdentityProvider]);
                Workloads.OfWebIdentity(ref principal);
                break;
            case CallerKind.IdentityCenterUser:
                principal.Type = OriginType.IdentityCenterUser;
                var user = Text(record, fields[RecordField.OnBehalfOfUserId]);
                principal.Id = user.IsEmpty ? principal.Id : user;
                principal.Provider = Text(record, fields[RecordField.OnBehalfOfIdentityStoreArn]);
                break;
            case CallerKind.FederatedUser:
                principal.Type = Text(record, fields[RecordField.IssuerType]).SequenceEqual("Root"u8) ? OriginType.Root : OriginType.IAMUser;
                principal.Name = Text(record, fields[RecordField.IssuerUserName]);
                principal.Arn = Text(record, fields[RecordField.IssuerArn]);
                principal.Id = Text(record, fields[RecordField.IssuerPrincipalId]);
                principal.Account = Text(record, fields[RecordField.IssuerAccountId]);
                break;
            case CallerKind.AWSService:
                principal = new Principal { Type = OriginType.AWSService, Name = Text(record, fields[RecordField.InvokedBy]) };
                break;
            case CallerKind.AWSAccount:
                principal.Type = OriginType.AWSAccount;
                break;
            default:
                break;
        }

        return principal;
    }

    /// <summary>The caller of a session's grant; an external principal by its name where another event told it.</summary>
    public static Principal OfGrant(SessionIndex index, in SessionRecord grant)
    {
        var texts = index.Texts;
        var principal = new Principal
        {
            Type = grant.CallerType,
            Name = texts[grant.CallerNameText],
            Arn = texts[grant.CallerArnText],
            Id = texts[grant.CallerIdText],
            Account = texts[grant.CallerAccountText],
            AccessKey = texts[grant.CallerKeyText],
            Provider = texts[grant.CallerProviderText],
            SourceIdentity = texts[grant.SourceIdentityText],
            Mfa = grant.Has(SessionStates.Mfa),
            WorkloadType = grant.WorkloadType,
            WorkloadId = texts[grant.WorkloadIdText],
            WorkloadName = texts[grant.WorkloadNameText],
            Namespace = texts[grant.NamespaceText],
            Cluster = texts[grant.ClusterText],
        };
        NameExternal(index, ref principal);
        return principal;
    }

    /// <summary>Gives an AWSAccount principal the name that another event taught for its id.</summary>
    public static void NameExternal(SessionIndex index, ref Principal principal)
    {
        if (principal.Type != OriginType.AWSAccount || principal.Id.IsEmpty)
        {
            return;
        }

        var known = index.Principals.Find(principal.Id);
        if (known != 0)
        {
            ref var record = ref index.Principals[known];
            principal.Type = record.Type;
            principal.Arn = index.Texts[record.ArnText];
            principal.Name = index.Texts[record.NameText];
            principal.Account = index.Texts[record.AccountText];
        }
    }

    /// <summary>Raw content of a string member; empty for every other kind.</summary>
    public static ReadOnlySpan<byte> Text(ReadOnlySpan<byte> record, Slice slice) => slice.HasText ? slice.In(record) : default;
}
