using System.Buffers.Text;
using System.Numerics;
using TrailStream.Core.CloudTrail;
using TrailStream.Core.Sessions;

namespace TrailStream.Core.Attribution;

/// <summary>Turns an issuing event into a session record, its strings interned in the index. One per worker.</summary>
internal sealed class GrantReader(RecordScanner scanner, SessionIndex index)
{
    /// <summary>Life of a session whose grant says neither expiration nor duration: STS's default.</summary>
    private const long DefaultDurationSeconds = 3600;

    /// <summary>A console switch or an onBehalfOf claim has no expiry of its own; 12 h is the longest console and role session.</summary>
    private const long ClaimSeconds = 12 * 3600;

    /// <summary>False when the event issued nothing that can be found again (no key, malformed, redacted).</summary>
    /// <param name="record">The event.</param>
    /// <param name="fields">Its fields.</param>
    /// <param name="action">What it is.</param>
    /// <param name="eventTime">Unix seconds.</param>
    /// <param name="wakes">Gets what waits for the names in it.</param>
    /// <param name="draft">The session, its texts interned.</param>
    public bool TryReadGrant(
        ReadOnlySpan<byte> record, in RecordFields fields, GrantAction action, long eventTime, List<ulong> wakes, out SessionRecord draft)
    {
        draft = default;
        var grant = default(GrantFields);
        scanner.ScanGrant(record, in fields, ref grant);
        var issuedKey = Principal.Text(record, grant[GrantField.IssuedAccessKeyId]);
        var key = AccessKeys.Parse(issuedKey);
        if (key == default)
        {
            return false;
        }

        draft.KeyLow = key.Low;
        draft.KeyHigh = key.High;
        draft.Action = action;
        draft.IssuedAt = eventTime;
        draft.ExpiresAt = ExpiryOf(record, in grant, eventTime);
        draft.IssuedKeyText = AccessKeys.IsExact(key) ? 0 : index.Texts.Intern(issuedKey);
        SetSession(ref draft, record, in grant);
        var identity = Principal.Text(record, grant[GrantField.ResponseSourceIdentity]);
        identity = identity.IsEmpty ? Principal.Text(record, grant[GrantField.RequestSourceIdentity]) : identity;
        identity = identity.IsEmpty ? Principal.Text(record, fields[RecordField.SourceIdentity]) : identity;
        draft.SourceIdentityText = index.Texts.Intern(identity);
        SetEvidence(ref draft, record, in fields);
        SetCaller(ref draft, record, in fields, in grant, wakes);
        return true;
    }

    /// <summary>signin SwitchRole: userIdentity is the new session, <c>additionalEventData.SwitchFrom</c> the caller's ARN.</summary>
    public bool TryReadSwitch(ReadOnlySpan<byte> record, in RecordFields fields, long eventTime, out SessionRecord draft)
    {
        draft = default;
        var grant = default(GrantFields);
        scanner.ScanGrant(record, in fields, ref grant);
        var from = Principal.Text(record, grant[GrantField.SwitchFrom]);
        if (from.IsEmpty || !AssumedRoleArn.TryParse(Principal.Text(record, fields[RecordField.Arn]), out var session))
        {
            return false;
        }

        SetClaim(ref draft, record, in fields, GrantAction.SwitchRole, in session, eventTime);
        draft.CallerArnText = index.Texts.Intern(from);
        draft.CallerAccountText = index.Texts.Intern(AssumedRoleArn.AccountOf(from));
        if (AssumedRoleArn.TryParse(from, out _))
        {
            // A role switched to a role: which of that role's sessions it was, the event does not say.
            draft.CallerType = OriginType.Role;
            draft.State |= SessionStates.CallerIsSession;
            return true;
        }

        draft.CallerType = from.EndsWith(":root"u8) ? OriginType.Root : OriginType.IAMUser;
        draft.CallerNameText = index.Texts.Intern(AssumedRoleArn.LastSegment(from));
        return true;
    }

    /// <summary>An action of a role session that carries onBehalfOf: AWS's own statement of the Identity Center user.</summary>
    public bool TryReadOnBehalfOf(ReadOnlySpan<byte> record, in RecordFields fields, out SessionRecord draft)
    {
        draft = default;
        if (!AssumedRoleArn.TryParse(Principal.Text(record, fields[RecordField.Arn]), out var session)
            || !EventTimestamp.TryParse(Principal.Text(record, fields[RecordField.CreationDate]), out var createdAt))
        {
            return false;
        }

        SetClaim(ref draft, record, in fields, GrantAction.OnBehalfOf, in session, createdAt);
        _ = EventTimestamp.TryParse(Principal.Text(record, fields[RecordField.EventTime]), out var time);
        draft.ClaimAge = (byte)BitOperations.Log2((ulong)Math.Max(0, time - createdAt) + 1);
        draft.CallerType = OriginType.IdentityCenterUser;
        draft.CallerIdText = index.Texts.Intern(Principal.Text(record, fields[RecordField.OnBehalfOfUserId]));
        draft.CallerProviderText = index.Texts.Intern(Principal.Text(record, fields[RecordField.OnBehalfOfIdentityStoreArn]));
        draft.CallerNameText = index.Texts.Intern(session.Session);
        return true;
    }

    private void SetClaim(
        ref SessionRecord draft, ReadOnlySpan<byte> record, in RecordFields fields, GrantAction action, in AssumedRoleArn session, long issuedAt)
    {
        draft.Action = action;
        draft.IssuedAt = issuedAt;
        draft.ExpiresAt = issuedAt + ClaimSeconds;
        draft.AccountText = index.Texts.Intern(session.Account);
        draft.RoleNameText = index.Texts.Intern(session.Role);
        draft.SessionNameText = index.Texts.Intern(session.Session);
        draft.RoleArnText = index.Texts.Intern(Principal.Text(record, fields[RecordField.IssuerArn]));
        SetEvidence(ref draft, record, in fields);
    }

    private void SetEvidence(ref SessionRecord draft, ReadOnlySpan<byte> record, in RecordFields fields)
    {
        index.SetEventId(ref draft, Principal.Text(record, fields[RecordField.EventId]));
        draft.SourceIpText = index.Texts.Intern(Principal.Text(record, fields[RecordField.SourceIpAddress]));
    }

    /// <summary>Own expiration, else duration, else the default; never beyond the window, because the text is not to be trusted with memory.</summary>
    private long ExpiryOf(ReadOnlySpan<byte> record, in GrantFields grant, long issuedAt)
    {
        var latest = issuedAt + (long)index.Options.Window.TotalSeconds;
        if (EventTimestamp.TryParse(Principal.Text(record, grant[GrantField.Expiration]), out var expiresAt) && expiresAt > issuedAt)
        {
            return Math.Min(expiresAt, latest);
        }

        var duration = grant[GrantField.DurationSeconds];
        return duration.Kind is SliceKind.Number or SliceKind.String && Utf8Parser.TryParse(duration.In(record), out int seconds, out _) && seconds > 0
            ? Math.Min(issuedAt + seconds, latest)
            : issuedAt + DefaultDurationSeconds;
    }

    /// <summary>The session's identity from <c>assumedRoleUser.arn</c>; EC2, Lambda and RDS grants have none, there it is built from the request.</summary>
    private void SetSession(ref SessionRecord draft, ReadOnlySpan<byte> record, in GrantFields grant)
    {
        var roleArn = Principal.Text(record, grant[GrantField.RoleArn]);
        if (AssumedRoleArn.TryParse(Principal.Text(record, grant[GrantField.AssumedRoleUserArn]), out var session)
            || AssumedRoleArn.TryBuild(roleArn, Principal.Text(record, grant[GrantField.RoleSessionName]), out session))
        {
            draft.AccountText = index.Texts.Intern(session.Account);
            draft.RoleNameText = index.Texts.Intern(session.Role);
            draft.SessionNameText = index.Texts.Intern(session.Session);
        }
        else if (draft.Action == GrantAction.AssumeRoot)
        {
            draft.AccountText = index.Texts.Intern(Principal.Text(record, grant[GrantField.TargetPrincipal]));
        }
        else if (draft.Action == GrantAction.GetFederationToken)
        {
            // arn:aws:sts::ACCOUNT:federated-user/NAME
            var user = Principal.Text(record, grant[GrantField.FederatedUserArn]);
            draft.AccountText = index.Texts.Intern(AssumedRoleArn.AccountOf(user));
            draft.SessionNameText = index.Texts.Intern(AssumedRoleArn.LastSegment(user));
        }

        draft.RoleArnText = index.Texts.Intern(roleArn);
    }

    private void SetCaller(ref SessionRecord draft, ReadOnlySpan<byte> record, in RecordFields fields, in GrantFields grant, List<ulong> wakes)
    {
        var kind = CallerKinds.Of(record, in fields);
        var caller = Principal.OfCaller(record, in fields, kind);
        if (kind == CallerKind.AWSService)
        {
            Workloads.OfService(
                ref caller, Principal.Text(record, grant[GrantField.RoleSessionName]), grant[GrantField.Tags].In(record), index.Texts[draft.SourceIdentityText]);
        }
        else if (kind is CallerKind.AssumedRole or CallerKind.CentralRoot)
        {
            SetCallingSession(ref draft, record, in fields);
            if (Origins.TryExplainItself(record, in fields, out var service, out _))
            {
                caller.Name = service.Name;
                caller.WorkloadType = service.WorkloadType;
                caller.WorkloadId = service.WorkloadId;
                caller.WorkloadName = service.WorkloadName;
                draft.State |= SessionStates.CallerExplainsItself;
            }

            caller.Type = kind == CallerKind.AssumedRole ? OriginType.Role : OriginType.Root;
        }
        else if (draft.Action == GrantAction.GetCredentialsForIdentity)
        {
            Workloads.OfCognito(ref caller, Principal.Text(record, grant[GrantField.IdentityId]));
        }

        var texts = index.Texts;
        draft.CallerType = caller.Type;
        draft.CallerArnText = texts.Intern(caller.Arn);
        draft.CallerNameText = texts.Intern(caller.Name);
        draft.CallerIdText = texts.Intern(caller.Id);
        draft.CallerAccountText = texts.Intern(caller.Account);
        draft.CallerKeyText = texts.Intern(caller.AccessKey);
        draft.CallerProviderText = texts.Intern(caller.Provider);
        draft.WorkloadType = caller.WorkloadType;
        draft.WorkloadIdText = texts.Intern(caller.WorkloadId);
        draft.WorkloadNameText = texts.Intern(caller.WorkloadName);
        draft.NamespaceText = texts.Intern(caller.Namespace);
        draft.ClusterText = texts.Intern(caller.Cluster);
        draft.State |= caller.Mfa ? SessionStates.Mfa : SessionStates.None;
        if (caller.Type is OriginType.IAMUser or OriginType.SAMLUser)
        {
            index.LearnName(caller.Name, wakes);
        }
    }

    private void SetCallingSession(ref SessionRecord draft, ReadOnlySpan<byte> record, in RecordFields fields)
    {
        draft.State |= SessionStates.CallerIsSession;
        if (AssumedRoleArn.TryParse(Principal.Text(record, fields[RecordField.Arn]), out var session))
        {
            draft.CallerRoleAccountText = index.Texts.Intern(session.Account);
            draft.CallerRoleText = index.Texts.Intern(session.Role);
            draft.CallerSessionText = index.Texts.Intern(session.Session);
        }

        if (EventTimestamp.TryParse(Principal.Text(record, fields[RecordField.CreationDate]), out var createdAt))
        {
            draft.CallerCreatedAt = createdAt;
        }
    }
}
