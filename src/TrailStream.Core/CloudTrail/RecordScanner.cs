using System.Text.Json;

namespace TrailStream.Core.CloudTrail;

/// <summary>Interim scanner over Utf8JsonReader until the byte scanner is merged.</summary>
public sealed class RecordScanner
{
    private static readonly Dictionary<string, RecordField> Fields = Build();
    private static readonly Dictionary<string, GrantField> Grants = new()
    {
        ["requestParameters.roleArn"] = GrantField.RoleArn, ["requestParameters.roleSessionName"] = GrantField.RoleSessionName,
        ["requestParameters.durationSeconds"] = GrantField.DurationSeconds, ["requestParameters.sourceIdentity"] = GrantField.RequestSourceIdentity,
        ["requestParameters.principalArn"] = GrantField.SamlPrincipalArn, ["requestParameters.targetPrincipal"] = GrantField.TargetPrincipal,
        ["requestParameters.name"] = GrantField.FederationName, ["requestParameters.serialNumber"] = GrantField.SerialNumber,
        ["requestParameters.tags"] = GrantField.Tags, ["responseElements.credentials.accessKeyId"] = GrantField.IssuedAccessKeyId,
        ["responseElements.credentials.expiration"] = GrantField.Expiration, ["responseElements.assumedRoleUser.arn"] = GrantField.AssumedRoleUserArn,
        ["responseElements.assumedRoleUser.assumedRoleId"] = GrantField.AssumedRoleId, ["responseElements.federatedUser.arn"] = GrantField.FederatedUserArn,
        ["responseElements.federatedUser.federatedUserId"] = GrantField.FederatedUserId, ["responseElements.subject"] = GrantField.Subject,
        ["responseElements.issuer"] = GrantField.Issuer, ["responseElements.audience"] = GrantField.Audience,
        ["responseElements.provider"] = GrantField.Provider, ["responseElements.subjectFromWebIdentityToken"] = GrantField.WebIdentitySubject,
        ["responseElements.sourceIdentity"] = GrantField.ResponseSourceIdentity, ["additionalEventData.SwitchFrom"] = GrantField.SwitchFrom,
        ["responseElements.ConsoleLogin"] = GrantField.ConsoleLogin, ["additionalEventData.MFAUsed"] = GrantField.MfaUsed,
    };

    public DecodeStatus Scan(byte[] buffer, int offset, int length, ref RecordFields fields)
    {
        fields = default;
        var f = fields;
        try
        {
            Walk(buffer.AsSpan(offset, length), 0, "", (path, slice) =>
            {
                if (Fields.TryGetValue(path, out var field))
                {
                    f[field] = slice;
                }
            });
        }
        catch (JsonException)
        {
            return DecodeStatus.BadJson;
        }

        fields = f;
        return f[RecordField.EventSource].HasText && f[RecordField.EventName].HasText ? DecodeStatus.Event : DecodeStatus.NotCloudTrail;
    }

    public void ScanGrant(ReadOnlySpan<byte> record, in RecordFields fields, ref GrantFields grant)
    {
        var g = default(GrantFields);
        Walk(record, 0, "", (path, slice) =>
        {
            if (Grants.TryGetValue(path, out var field))
            {
                g[field] = slice;
            }
        });
        grant = g;
    }

    private static void Walk(ReadOnlySpan<byte> json, int at, string path, Action<string, Slice> found)
    {
        var reader = new Utf8JsonReader(json);
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = path.Length == 0 ? reader.GetString()! : path + "." + reader.GetString();
            reader.Read();
            var start = (int)reader.TokenStartIndex;
            switch (reader.TokenType)
            {
                case JsonTokenType.String:
                    found(name, new Slice(at + start + 1, reader.ValueSpan.Length, reader.ValueIsEscaped ? SliceKind.EscapedString : SliceKind.String));
                    break;
                case JsonTokenType.StartObject:
                    reader.Skip();
                    found(name, new Slice(at + start, (int)reader.BytesConsumed - start, SliceKind.Object));
                    Walk(json[start..(int)reader.BytesConsumed], at + start, name, found);
                    break;
                case JsonTokenType.StartArray:
                    reader.Skip();
                    found(name, new Slice(at + start, (int)reader.BytesConsumed - start, SliceKind.Array));
                    break;
                default:
                    found(name, new Slice(at + start, reader.ValueSpan.Length, reader.TokenType switch
                    {
                        JsonTokenType.Number => SliceKind.Number, JsonTokenType.True => SliceKind.True, JsonTokenType.False => SliceKind.False, _ => SliceKind.Null,
                    }));
                    break;
            }
        }
    }

    private static Dictionary<string, RecordField> Build()
    {
        var map = new Dictionary<string, RecordField>();
        string[] paths =
        [
            "eventVersion", "eventID", "eventTime", "eventSource", "eventName", "eventType", "eventCategory", "awsRegion", "sourceIPAddress", "userAgent",
            "errorCode", "errorMessage", "requestID", "recipientAccountId", "sharedEventID", "readOnly", "managementEvent", "apiVersion", "vpcEndpointId",
            "sessionCredentialFromConsole", "requestParameters", "responseElements", "additionalEventData", "serviceEventDetails", "resources",
            "tlsDetails", "insightDetails", "trailstream", "userIdentity", "userIdentity.type", "userIdentity.principalId", "userIdentity.arn",
            "userIdentity.accountId", "userIdentity.accessKeyId", "userIdentity.userName", "userIdentity.invokedBy", "userIdentity.identityProvider",
            "userIdentity.onBehalfOf.userId", "userIdentity.onBehalfOf.identityStoreArn", "userIdentity.credentialId", "userIdentity.inScopeOf.issuerType",
            "userIdentity.inScopeOf.credentialsIssuedTo", "userIdentity.sessionContext.attributes.creationDate",
            "userIdentity.sessionContext.attributes.mfaAuthenticated", "userIdentity.sessionContext.sessionIssuer.type",
            "userIdentity.sessionContext.sessionIssuer.principalId", "userIdentity.sessionContext.sessionIssuer.arn",
            "userIdentity.sessionContext.sessionIssuer.accountId", "userIdentity.sessionContext.sessionIssuer.userName",
            "userIdentity.sessionContext.sourceIdentity", "userIdentity.sessionContext.webIdFederationData.federatedProvider",
            "userIdentity.sessionContext.ec2RoleDelivery", "userIdentity.sessionContext.assumedRoot", "userIdentity.sessionContext.signInSessionArn",
        ];
        for (var i = 0; i < paths.Length; i++)
        {
            map[paths[i]] = (RecordField)i;
        }

        return map;
    }
}
