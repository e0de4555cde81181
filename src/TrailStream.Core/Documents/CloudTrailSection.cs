using TrailStream.Core.CloudTrail;

namespace TrailStream.Core.Documents;

/// <summary><c>aws.cloudtrail.*</c>: the record's own members under Elastic's names.</summary>
internal sealed class CloudTrailSection(RetainedCopies retain, TimeText times)
{
    public void Write(in EcsEvent source, ResourceSection resources, FreeFormCopies copies, MemberWriter members)
    {
        var aws = members.Open("\"aws\":{"u8);
        var mark = members.Open("\"cloudtrail\":{"u8);
        ref var to = ref members.Room();
        to = ref FieldRun.Add(ref to, "\"event_version\":\""u8, RecordField.EventVersion, in source, members);
        to = ref FieldRun.Add(ref to, "\"event_category\":\""u8, RecordField.EventCategory, in source, members);
        to = ref FieldRun.Add(ref to, "\"event_type\":\""u8, RecordField.EventType, in source, members);
        to = ref FieldRun.Add(ref to, "\"api_version\":\""u8, RecordField.ApiVersion, in source, members);
        to = ref FieldRun.Add(ref to, "\"request_id\":\""u8, RecordField.RequestId, in source, members);
        to = ref FieldRun.Add(ref to, "\"recipient_account_id\":\""u8, RecordField.RecipientAccountId, in source, members);
        to = ref FieldRun.Add(ref to, "\"shared_event_id\":\""u8, RecordField.SharedEventId, in source, members);
        to = ref FieldRun.Add(ref to, "\"vpc_endpoint_id\":\""u8, RecordField.VpcEndpointId, in source, members);
        to = ref FieldRun.Add(ref to, "\"session_credential_from_console\":\""u8, RecordField.SessionCredentialFromConsole, in source, members);
        to = ref FieldRun.Add(ref to, "\"management_event\":\""u8, RecordField.ManagementEvent, in source, members);
        members.Commit(ref to);
        WriteReadOnly(in source, members);
        to = ref members.Room();
        to = ref FieldRun.Add(ref to, "\"error_code\":\""u8, RecordField.ErrorCode, in source, members);
        to = ref FieldRun.Add(ref to, "\"error_message\":\""u8, RecordField.ErrorMessage, in source, members);
        members.Commit(ref to);
        WriteIdentity(in source, members);
        resources.Write(source.Free, members);
        WriteConsoleLogin(in source, members);
        copies.Write(in source, retain, members);
        members.Close(mark);
        members.Close(aws);
    }

    private void WriteIdentity(in EcsEvent source, MemberWriter members)
    {
        var mark = members.Open("\"user_identity\":{"u8);
        ref var to = ref members.Room();
        to = ref FieldRun.Add(ref to, "\"type\":\""u8, RecordField.IdentityType, in source, members);
        to = ref FieldRun.Add(ref to, "\"arn\":\""u8, RecordField.Arn, in source, members);
        to = ref FieldRun.Add(ref to, "\"access_key_id\":\""u8, RecordField.AccessKeyId, in source, members);
        to = ref FieldRun.Add(ref to, "\"invoked_by\":\""u8, RecordField.InvokedBy, in source, members);
        to = ref FieldRun.Add(ref to, "\"identity_provider\":\""u8, RecordField.IdentityProvider, in source, members);
        to = ref FieldRun.Add(ref to, "\"credential_id\":\""u8, RecordField.CredentialId, in source, members);
        members.Commit(ref to);
        if (source.Fields[RecordField.OnBehalfOfUserId].IsPresent || source.Fields[RecordField.OnBehalfOfIdentityStoreArn].IsPresent
            || source.Fields[RecordField.InScopeOfIssuerType].IsPresent || source.Fields[RecordField.InScopeOfCredentialsIssuedTo].IsPresent)
        {
            WriteScopes(in source, members);
        }

        var context = members.Open("\"session_context\":{"u8);
        var created = source.Text(RecordField.CreationDate);
        if (!times.Write("\"creation_date\":\""u8, created, members.Output) && !created.IsEmpty)
        {
            source.Free.Leftovers |= Leftovers.Identity;
        }

        to = ref members.Room();
        to = ref FieldRun.Add(ref to, "\"mfa_authenticated\":\""u8, RecordField.MfaAuthenticated, in source, members);
        to = ref FieldRun.Add(ref to, "\"source_identity\":\""u8, RecordField.SourceIdentity, in source, members);
        to = ref FieldRun.Add(ref to, "\"federated_provider\":\""u8, RecordField.FederatedProvider, in source, members);
        to = ref FieldRun.Add(ref to, "\"ec2_role_delivery\":\""u8, RecordField.Ec2RoleDelivery, in source, members);
        to = ref FieldRun.Add(ref to, "\"assumed_root\":\""u8, RecordField.AssumedRoot, in source, members);
        to = ref FieldRun.Add(ref to, "\"sign_in_session_arn\":\""u8, RecordField.SignInSessionArn, in source, members);
        members.Commit(ref to);
        var issuer = members.Open("\"session_issuer\":{"u8);
        to = ref members.Room();
        to = ref FieldRun.Add(ref to, "\"type\":\""u8, RecordField.IssuerType, in source, members);
        to = ref FieldRun.Add(ref to, "\"principal_id\":\""u8, RecordField.IssuerPrincipalId, in source, members);
        to = ref FieldRun.Add(ref to, "\"arn\":\""u8, RecordField.IssuerArn, in source, members);
        to = ref FieldRun.Add(ref to, "\"account_id\":\""u8, RecordField.IssuerAccountId, in source, members);
        members.Commit(ref to);
        members.Close(issuer);
        members.Close(context);
        members.Close(mark);
    }

    private static void WriteScopes(in EcsEvent source, MemberWriter members)
    {
        var behalf = members.Open("\"on_behalf_of\":{"u8);
        members.Text("\"user_id\":\""u8, source.Text(RecordField.OnBehalfOfUserId));
        members.Text("\"identity_store_arn\":\""u8, source.Text(RecordField.OnBehalfOfIdentityStoreArn));
        members.Close(behalf);
        var scope = members.Open("\"in_scope_of\":{"u8);
        members.Text("\"issuer_type\":\""u8, source.Text(RecordField.InScopeOfIssuerType));
        members.Text("\"credentials_issued_to\":\""u8, source.Text(RecordField.InScopeOfCredentialsIssuedTo));
        members.Close(scope);
    }

    /// <summary>A boolean; the strings "true" and "false" count.</summary>
    private static void WriteReadOnly(in EcsEvent source, MemberWriter members)
    {
        var raw = source.Text(RecordField.ReadOnly);
        if (raw.SequenceEqual("true"u8) || raw.SequenceEqual("false"u8))
        {
            members.Flag("\"read_only\":"u8, raw[0] == 't');
        }
        else if (!raw.IsEmpty)
        {
            source.Free.Leftovers |= Leftovers.ReadOnly;
        }
    }

    /// <summary><c>{"additionalEventData":{"MobileVersion":"No","LoginTo":"https://…","MFAUsed":"Yes"}}</c>.</summary>
    private static void WriteConsoleLogin(in EcsEvent source, MemberWriter members)
    {
        if (!source.Action.SequenceEqual("ConsoleLogin"u8))
        {
            return;
        }

        var additional = source.Free.Additional;
        var mark = members.Open("\"console_login\":{"u8);
        var data = members.Open("\"additional_eventdata\":{"u8);
        YesNo("\"mobile_version\":"u8, additional.Text("MobileVersion"u8), members);
        members.Text("\"login_to\":\""u8, additional.Text("LoginTo"u8));
        YesNo("\"mfa_used\":"u8, additional.Text("MFAUsed"u8), members);
        members.Close(data);
        members.Close(mark);
    }

    private static void YesNo(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value, MemberWriter members)
    {
        if (!value.IsEmpty)
        {
            members.Flag(name, !value.SequenceEqual("No"u8));
        }
    }
}
