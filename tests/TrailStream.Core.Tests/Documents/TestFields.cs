using System.Text;
using System.Text.Json;
using TrailStream.Core.CloudTrail;

namespace TrailStream.Core.Tests.Documents;

/// <summary>Finds the fields of a record with <see cref="Utf8JsonReader"/>: slow and plain, independent of the product's scanner.</summary>
internal static class TestFields
{
    private static readonly Dictionary<string, RecordField> Paths = new()
    {
        ["eventVersion"] = RecordField.EventVersion,
        ["eventID"] = RecordField.EventId,
        ["eventTime"] = RecordField.EventTime,
        ["eventSource"] = RecordField.EventSource,
        ["eventName"] = RecordField.EventName,
        ["eventType"] = RecordField.EventType,
        ["eventCategory"] = RecordField.EventCategory,
        ["awsRegion"] = RecordField.AwsRegion,
        ["sourceIPAddress"] = RecordField.SourceIpAddress,
        ["userAgent"] = RecordField.UserAgent,
        ["errorCode"] = RecordField.ErrorCode,
        ["errorMessage"] = RecordField.ErrorMessage,
        ["requestID"] = RecordField.RequestId,
        ["recipientAccountId"] = RecordField.RecipientAccountId,
        ["sharedEventID"] = RecordField.SharedEventId,
        ["readOnly"] = RecordField.ReadOnly,
        ["managementEvent"] = RecordField.ManagementEvent,
        ["apiVersion"] = RecordField.ApiVersion,
        ["vpcEndpointId"] = RecordField.VpcEndpointId,
        ["sessionCredentialFromConsole"] = RecordField.SessionCredentialFromConsole,
        ["requestParameters"] = RecordField.RequestParameters,
        ["responseElements"] = RecordField.ResponseElements,
        ["additionalEventData"] = RecordField.AdditionalEventData,
        ["serviceEventDetails"] = RecordField.ServiceEventDetails,
        ["resources"] = RecordField.Resources,
        ["tlsDetails"] = RecordField.TlsDetails,
        ["insightDetails"] = RecordField.InsightDetails,
        ["trailstream"] = RecordField.TrailStream,
        ["userIdentity"] = RecordField.UserIdentity,
        ["userIdentity.type"] = RecordField.IdentityType,
        ["userIdentity.principalId"] = RecordField.PrincipalId,
        ["userIdentity.arn"] = RecordField.Arn,
        ["userIdentity.accountId"] = RecordField.AccountId,
        ["userIdentity.accessKeyId"] = RecordField.AccessKeyId,
        ["userIdentity.userName"] = RecordField.UserName,
        ["userIdentity.invokedBy"] = RecordField.InvokedBy,
        ["userIdentity.identityProvider"] = RecordField.IdentityProvider,
        ["userIdentity.onBehalfOf.userId"] = RecordField.OnBehalfOfUserId,
        ["userIdentity.onBehalfOf.identityStoreArn"] = RecordField.OnBehalfOfIdentityStoreArn,
        ["userIdentity.credentialId"] = RecordField.CredentialId,
        ["userIdentity.inScopeOf.issuerType"] = RecordField.InScopeOfIssuerType,
        ["userIdentity.inScopeOf.credentialsIssuedTo"] = RecordField.InScopeOfCredentialsIssuedTo,
        ["userIdentity.sessionContext.attributes.creationDate"] = RecordField.CreationDate,
        ["userIdentity.sessionContext.attributes.mfaAuthenticated"] = RecordField.MfaAuthenticated,
        ["userIdentity.sessionContext.sessionIssuer.type"] = RecordField.IssuerType,
        ["userIdentity.sessionContext.sessionIssuer.principalId"] = RecordField.IssuerPrincipalId,
        ["userIdentity.sessionContext.sessionIssuer.arn"] = RecordField.IssuerArn,
        ["userIdentity.sessionContext.sessionIssuer.accountId"] = RecordField.IssuerAccountId,
        ["userIdentity.sessionContext.sessionIssuer.userName"] = RecordField.IssuerUserName,
        ["userIdentity.sessionContext.sourceIdentity"] = RecordField.SourceIdentity,
        ["userIdentity.sessionContext.webIdFederationData.federatedProvider"] = RecordField.FederatedProvider,
        ["userIdentity.sessionContext.ec2RoleDelivery"] = RecordField.Ec2RoleDelivery,
        ["userIdentity.sessionContext.assumedRoot"] = RecordField.AssumedRoot,
        ["userIdentity.sessionContext.signInSessionArn"] = RecordField.SignInSessionArn,
    };

    public static RecordFields Find(ReadOnlySpan<byte> record)
    {
        var fields = default(RecordFields);
        var reader = new Utf8JsonReader(record, new JsonReaderOptions { MaxDepth = 512 });
        reader.Read();
        Walk(ref reader, record, "", ref fields);
        return fields;
    }

    private static void Walk(ref Utf8JsonReader reader, ReadOnlySpan<byte> record, string prefix, ref RecordFields fields)
    {
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var path = prefix + Encoding.UTF8.GetString(reader.ValueSpan);
            reader.Read();
            var start = (int)reader.TokenStartIndex;
            var kind = reader.TokenType;
            var isEscaped = reader.ValueIsEscaped;
            var isKnown = Paths.ContainsKey(path) || IsIdentity(path);
            if (kind == JsonTokenType.StartObject && IsIdentity(path))
            {
                Walk(ref reader, record, path + ".", ref fields);
            }
            else
            {
                isKnown &= !IsIdentity(path) || kind == JsonTokenType.Null;
                reader.Skip();
            }

            if (!isKnown)
            {
                fields.Findings |= path.StartsWith("userIdentity", StringComparison.Ordinal) ? RecordFindings.OtherIdentityMember : RecordFindings.OtherMember;
            }

            if (Paths.TryGetValue(path, out var field))
            {
                var end = (int)reader.BytesConsumed;
                fields[field] = kind == JsonTokenType.String
                    ? new Slice(start + 1, end - start - 2, isEscaped ? SliceKind.EscapedString : SliceKind.String)
                    : new Slice(start, end - start, KindOf(kind));
            }
        }
    }

    /// <summary>An object whose members are looked at.</summary>
    private static bool IsIdentity(string path) => Paths.Keys.Any(known => known.StartsWith(path + ".", StringComparison.Ordinal));

    private static SliceKind KindOf(JsonTokenType type) => type switch
    {
        JsonTokenType.Number => SliceKind.Number,
        JsonTokenType.True => SliceKind.True,
        JsonTokenType.False => SliceKind.False,
        JsonTokenType.Null => SliceKind.Null,
        JsonTokenType.StartArray => SliceKind.Array,
        _ => SliceKind.Object,
    };
}
