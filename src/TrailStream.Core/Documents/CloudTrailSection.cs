using TrailStream.Core.CloudTrail;

namespace TrailStream.Core.Documents;

/// <summary><c>aws.cloudtrail.*</c>: the record's own members under Elastic's names.</summary>
internal sealed class CloudTrailSection(RetainedCopies retain, TimeText times)
{
    public void Write(in EcsEvent source, ResourceSection resources, FreeFormCopies copies, MemberWriter members)
    {
        var aws = members.Open("\"aws\":{"u8);
        var mark = members.Open("\"cloudtrail\":{"u8);
        members.Text("\"event_version\":\""u8, source.Text(RecordField.EventVersion));
        members.Text("\"event_category\":\""u8, source.Text(RecordField.EventCategory));
        members.Text("\"event_type\":\""u8, source.Text(RecordField.EventType));
        members.Text("\"api_version\":\""u8, source.Text(RecordField.ApiVersion));
        members.Text("\"request_id\":\""u8, source.Text(RecordField.RequestId));
        members.Text("\"recipient_account_id\":\""u8, source.Text(RecordField.RecipientAccountId));
        members.Text("\"shared_event_id\":\""u8, source.Text(RecordField.SharedEventId));
        members.Text("\"vpc_endpoint_id\":\""u8, source.Text(RecordField.VpcEndpointId));
        members.Text("\"session_credential_from_console\":\""u8, source.Text(RecordField.SessionCredentialFromConsole));
        members.Text("\"management_event\":\""u8, source.Text(RecordField.ManagementEvent));
        WriteReadOnly(in source, members);
        members.Text("\"error_code\":\""u8, source.Text(RecordField.ErrorCode));
        members.Text("\"error_message\":\""u8, source.Text(RecordField.ErrorMessage));
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
        members.Text("\"type\":\""u8, source.Text(RecordField.IdentityType));
        members.Text("\"arn\":\""u8, source.Text(RecordField.Arn));
        members.Text("\"access_key_id\":\""u8, source.Text(RecordField.AccessKeyId));
        members.Text("\"invoked_by\":\""u8, source.Text(RecordField.InvokedBy));
        members.Text("\"identity_provider\":\""u8, source.Text(RecordField.IdentityProvider));
        members.Text("\"credential_id\":\""u8, source.Text(RecordField.CredentialId));
        var behalf = members.Open("\"on_behalf_of\":{"u8);
        members.Text("\"user_id\":\""u8, source.Text(RecordField.OnBehalfOfUserId));
        members.Text("\"identity_store_arn\":\""u8, source.Text(RecordField.OnBehalfOfIdentityStoreArn));
        members.Close(behalf);
        var scope = members.Open("\"in_scope_of\":{"u8);
        members.Text("\"issuer_type\":\""u8, source.Text(RecordField.InScopeOfIssuerType));
        members.Text("\"credentials_issued_to\":\""u8, source.Text(RecordField.InScopeOfCredentialsIssuedTo));
        members.Close(scope);

        var context = members.Open("\"session_context\":{"u8);
        var created = source.Text(RecordField.CreationDate);
        if (!times.Write("\"creation_date\":\""u8, created, members.Output) && !created.IsEmpty)
        {
            source.Free.Leftovers |= Leftovers.Identity;
        }

        members.Text("\"mfa_authenticated\":\""u8, source.Text(RecordField.MfaAuthenticated));
        members.Text("\"source_identity\":\""u8, source.Text(RecordField.SourceIdentity));
        members.Text("\"federated_provider\":\""u8, source.Text(RecordField.FederatedProvider));
        members.Text("\"ec2_role_delivery\":\""u8, source.Text(RecordField.Ec2RoleDelivery));
        members.Text("\"assumed_root\":\""u8, source.Text(RecordField.AssumedRoot));
        members.Text("\"sign_in_session_arn\":\""u8, source.Text(RecordField.SignInSessionArn));
        var issuer = members.Open("\"session_issuer\":{"u8);
        members.Text("\"type\":\""u8, source.Text(RecordField.IssuerType));
        members.Text("\"principal_id\":\""u8, source.Text(RecordField.IssuerPrincipalId));
        members.Text("\"arn\":\""u8, source.Text(RecordField.IssuerArn));
        members.Text("\"account_id\":\""u8, source.Text(RecordField.IssuerAccountId));
        members.Close(issuer);
        members.Close(context);
        members.Close(mark);
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
