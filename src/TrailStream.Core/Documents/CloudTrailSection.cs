using TrailStream.Core.CloudTrail;

namespace TrailStream.Core.Documents;

/// <summary><c>aws.cloudtrail.*</c>: the record's own members under Elastic's names.</summary>
internal static class CloudTrailSection
{
    public static void Write(in EcsEvent source, MemberWriter members)
    {
        var aws = members.Open("\"aws\":{"u8);
        var mark = members.Open("\"cloudtrail\":{"u8);
        Plain("\"event_version\":"u8, RecordField.EventVersion, in source, members);
        Plain("\"event_category\":"u8, RecordField.EventCategory, in source, members);
        Plain("\"event_type\":"u8, RecordField.EventType, in source, members);
        Plain("\"api_version\":"u8, RecordField.ApiVersion, in source, members);
        Plain("\"request_id\":"u8, RecordField.RequestId, in source, members);
        Plain("\"recipient_account_id\":"u8, RecordField.RecipientAccountId, in source, members);
        Plain("\"shared_event_id\":"u8, RecordField.SharedEventId, in source, members);
        Plain("\"vpc_endpoint_id\":"u8, RecordField.VpcEndpointId, in source, members);
        Plain("\"session_credential_from_console\":"u8, RecordField.SessionCredentialFromConsole, in source, members);
        Plain("\"management_event\":"u8, RecordField.ManagementEvent, in source, members);
        Flag("\"read_only\":"u8, RecordField.ReadOnly, in source, members);
        Plain("\"error_code\":"u8, RecordField.ErrorCode, in source, members);
        Plain("\"error_message\":"u8, RecordField.ErrorMessage, in source, members);
        WriteIdentity(in source, members);
        WriteResources(source.Free.Resources, members);
        WriteConsoleLogin(in source, members);
        var free = source.Free;
        if (free.Retain is RetainedCopies.All or RetainedCopies.Keyword)
        {
            JavaText("\"request_parameters\":"u8, free.Request, members);
            JavaText("\"response_elements\":"u8, free.Response, members);
            JavaText("\"additional_eventdata\":"u8, free.Additional, members);
            JavaText("\"service_event_details\":"u8, free.Service, members);
        }

        var flattened = members.Open("\"flattened\":{"u8);
        Flattened("\"request_parameters\":"u8, free.Request, free.Retain, members);
        Flattened("\"response_elements\":"u8, free.Response, free.Retain, members);
        Flattened("\"additional_eventdata\":"u8, free.Additional, free.Retain, members);
        Flattened("\"service_event_details\":"u8, free.Service, free.Retain, members);

        // There is no other copy of an insight.
        Flattened("\"insight_details\":"u8, free.Insight, RetainedCopies.All, members);
        members.Close(flattened);
        members.Close(mark);
        members.Close(aws);
    }

    private static void WriteIdentity(in EcsEvent source, MemberWriter members)
    {
        var mark = members.Open("\"user_identity\":{"u8);
        Plain("\"type\":"u8, RecordField.IdentityType, in source, members);
        Plain("\"arn\":"u8, RecordField.Arn, in source, members);
        Plain("\"access_key_id\":"u8, RecordField.AccessKeyId, in source, members);
        Plain("\"invoked_by\":"u8, RecordField.InvokedBy, in source, members);
        Plain("\"identity_provider\":"u8, RecordField.IdentityProvider, in source, members);
        Plain("\"credential_id\":"u8, RecordField.CredentialId, in source, members);
        var behalf = members.Open("\"on_behalf_of\":{"u8);
        Plain("\"user_id\":"u8, RecordField.OnBehalfOfUserId, in source, members);
        Plain("\"identity_store_arn\":"u8, RecordField.OnBehalfOfIdentityStoreArn, in source, members);
        members.Close(behalf);
        var scope = members.Open("\"in_scope_of\":{"u8);
        Plain("\"issuer_type\":"u8, RecordField.InScopeOfIssuerType, in source, members);
        Plain("\"credentials_issued_to\":"u8, RecordField.InScopeOfCredentialsIssuedTo, in source, members);
        members.Close(scope);

        var context = members.Open("\"session_context\":{"u8);
        if (DocumentTime.TryParse(source.Text(RecordField.CreationDate), out var created))
        {
            members.Time("\"creation_date\":"u8, created);
        }

        Plain("\"mfa_authenticated\":"u8, RecordField.MfaAuthenticated, in source, members);
        Plain("\"source_identity\":"u8, RecordField.SourceIdentity, in source, members);
        Plain("\"federated_provider\":"u8, RecordField.FederatedProvider, in source, members);
        Plain("\"ec2_role_delivery\":"u8, RecordField.Ec2RoleDelivery, in source, members);
        Plain("\"assumed_root\":"u8, RecordField.AssumedRoot, in source, members);
        Plain("\"sign_in_session_arn\":"u8, RecordField.SignInSessionArn, in source, members);
        var issuer = members.Open("\"session_issuer\":{"u8);
        Plain("\"type\":"u8, RecordField.IssuerType, in source, members);
        Plain("\"principal_id\":"u8, RecordField.IssuerPrincipalId, in source, members);
        Plain("\"arn\":"u8, RecordField.IssuerArn, in source, members);
        Plain("\"account_id\":"u8, RecordField.IssuerAccountId, in source, members);
        members.Close(issuer);
        members.Close(context);
        members.Close(mark);
    }

    /// <summary><c>[{"ARN":"…","accountId":"…","type":"…"}]</c>, each triple once.</summary>
    private static void WriteResources(FreeForm resources, MemberWriter members)
    {
        if (!resources.HasValue || resources.Json.Length == 0 || resources.Json[0] != '[')
        {
            return;
        }

        var mark = members.Open("\"resources\":["u8);
        var first = members.Output.Length;
        foreach (var resource in new CompactJson(resources.Json))
        {
            if (resource.Value[0] != '{')
            {
                continue;
            }

            var before = members.Output.Length;
            var item = members.Open("{"u8);
            WriteResource(resource.Value, members);
            members.Close(item);
            var written = members.Output.Written[before..];
            if (written.Length > 0 && before > first && IsRepeated(members.Output.Written[first..before], written[1..]))
            {
                members.Output.Truncate(before);
            }
        }

        members.Close(mark);
    }

    /// <summary>Each written object starts with a brace and ends with one; values cannot hold an unescaped quote, so a match is a
    /// repetition.</summary>
    private static bool IsRepeated(ReadOnlySpan<byte> before, ReadOnlySpan<byte> item) => before.IndexOf(item) >= 0;

    private static void WriteResource(ReadOnlySpan<byte> resource, MemberWriter members)
    {
        ReadOnlySpan<byte> arn = default, prefix = default, account = default, type = default;
        foreach (var member in new CompactJson(resource))
        {
            if (member.Name.SequenceEqual("ARN"u8) || member.Name.SequenceEqual("arn"u8))
            {
                arn = member.Text;
            }
            else if (member.Name.SequenceEqual("ARNPrefix"u8))
            {
                prefix = member.Text;
            }
            else if (member.Name.SequenceEqual("accountId"u8))
            {
                account = member.Text;
            }
            else if (member.Name.SequenceEqual("type"u8))
            {
                type = member.Text;
            }
        }

        members.Text("\"arn\":"u8, arn);
        members.Text("\"arn_prefix\":"u8, prefix);
        members.Text("\"account_id\":"u8, account);
        members.Text("\"type\":"u8, type);
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
        members.Text("\"login_to\":"u8, additional.Text("LoginTo"u8));
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

    /// <summary>A keyword, whatever the record holds: text, a number or a flag in quotes, and a container as Java text.</summary>
    private static void Plain(ReadOnlySpan<byte> name, RecordField field, in EcsEvent source, MemberWriter members)
    {
        var slice = source.Fields[field];
        switch (slice.Kind)
        {
            case SliceKind.Missing or SliceKind.Null:
                break;
            case SliceKind.Object or SliceKind.Array:
                source.Free.Stray.Read(source.Record, slice);
                members.Text(name, source.Free.Stray.Java);
                break;
            default:
                members.Text(name, slice.In(source.Record));
                break;
        }
    }

    /// <summary>A boolean; the strings "true" and "false" count, anything else is left out.</summary>
    private static void Flag(ReadOnlySpan<byte> name, RecordField field, in EcsEvent source, MemberWriter members)
    {
        var raw = source.Fields.Raw(source.Record, field);
        if (raw.SequenceEqual("true"u8) || raw.SequenceEqual("false"u8))
        {
            members.Flag(name, raw[0] == 't');
        }
    }

    private static void JavaText(ReadOnlySpan<byte> name, FreeForm value, MemberWriter members)
    {
        if (value.HasValue)
        {
            members.Name(name);
            members.Output.Append((byte)'"');
            JsonText.Append(members.Output, value.Java, FreeForm.MaxJavaBytes);
            members.Output.Append((byte)'"');
        }
    }

    private static void Flattened(ReadOnlySpan<byte> name, FreeForm value, RetainedCopies retain, MemberWriter members)
    {
        if (!value.CanFlatten || retain is RetainedCopies.Keyword or RetainedCopies.None)
        {
            return;
        }

        if (retain != RetainedCopies.Minimal)
        {
            members.Name(name);
            members.Output.Append(value.Json);
            return;
        }

        var mark = members.Output.Length;
        members.Name(name);
        members.Output.Append((byte)'{');
        var start = members.Output.Length;
        Keep("cidrIp"u8, value, members);
        Keep("dryRun"u8, value, members);
        Keep("fromPort"u8, value, members);
        Keep("includeDeprecated"u8, value, members);
        Keep("policyArn"u8, value, members);
        Keep("serialNumber"u8, value, members);
        Keep("withDecryption"u8, value, members);
        Keep("x-amz-server-side-encryption-customer-algorithm"u8, value, members);
        Keep("SSEApplied"u8, value, members);
        members.Output.Append((byte)'}');
        if (members.Output.Length == start + 1)
        {
            members.Output.Truncate(mark);
        }
    }

    private static void Keep(ReadOnlySpan<byte> key, FreeForm value, MemberWriter members)
    {
        var kept = value.Value(key);
        if (!kept.IsEmpty)
        {
            members.Separate();
            members.Output.Append((byte)'"');
            members.Output.Append(key);
            members.Output.Append("\":"u8);
            members.Output.Append(kept);
        }
    }
}
