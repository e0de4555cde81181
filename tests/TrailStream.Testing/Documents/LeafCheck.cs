using System.Globalization;
using System.Text.Json;

namespace TrailStream.Testing.Documents;

/// <summary>Says which leaves of a record an ECS document does not hold, neither in the field made for them nor in a kept copy. Independent of the
/// writer: it knows the field map as a table of paths.</summary>
public sealed class LeafCheck
{
    private static readonly JsonDocumentOptions Deep = new() { MaxDepth = 128 };

    /// <summary>Java text of this length may have been cut; the flattened copy must be whole all the same.</summary>
    private const int JavaCut = 30_000;

    /// <summary>Free-form members: record → flattened copy and Java text.</summary>
    private static readonly Dictionary<string, string> FreeForm = new(StringComparer.Ordinal)
    {
        ["requestParameters"] = "request_parameters",
        ["responseElements"] = "response_elements",
        ["additionalEventData"] = "additional_eventdata",
        ["serviceEventDetails"] = "service_event_details",
        ["insightDetails"] = "insight_details",
    };

    /// <summary>Record → document. Several places: any of them.</summary>
    private static readonly Dictionary<string, string[]> Mapped = new(StringComparer.Ordinal)
    {
        ["eventVersion"] = ["aws.cloudtrail.event_version"],
        ["eventID"] = ["event.id"],
        ["eventTime"] = ["@timestamp"],
        ["eventSource"] = ["event.provider"],
        ["eventName"] = ["event.action"],
        ["eventType"] = ["aws.cloudtrail.event_type"],
        ["eventCategory"] = ["aws.cloudtrail.event_category"],
        ["awsRegion"] = ["cloud.region"],
        ["sourceIPAddress"] = ["source.address"],
        ["userAgent"] = ["user_agent.original"],
        ["errorCode"] = ["aws.cloudtrail.error_code"],
        ["errorMessage"] = ["aws.cloudtrail.error_message"],
        ["requestID"] = ["aws.cloudtrail.request_id"],
        ["recipientAccountId"] = ["aws.cloudtrail.recipient_account_id"],
        ["sharedEventID"] = ["aws.cloudtrail.shared_event_id"],
        ["readOnly"] = ["aws.cloudtrail.read_only"],
        ["managementEvent"] = ["aws.cloudtrail.management_event"],
        ["apiVersion"] = ["aws.cloudtrail.api_version"],
        ["vpcEndpointId"] = ["aws.cloudtrail.vpc_endpoint_id"],
        ["sessionCredentialFromConsole"] = ["aws.cloudtrail.session_credential_from_console"],
        ["tlsDetails.cipherSuite"] = ["tls.cipher"],
        ["tlsDetails.clientProvidedHostHeader"] = ["tls.client.server_name"],
        ["userIdentity.type"] = ["aws.cloudtrail.user_identity.type"],
        ["userIdentity.principalId"] = ["related.user"],
        ["userIdentity.arn"] = ["aws.cloudtrail.user_identity.arn"],
        ["userIdentity.accountId"] = ["cloud.account.id"],
        ["userIdentity.accessKeyId"] = ["aws.cloudtrail.user_identity.access_key_id"],
        ["userIdentity.userName"] = ["user.name", "related.user"],
        ["userIdentity.invokedBy"] = ["aws.cloudtrail.user_identity.invoked_by"],
        ["userIdentity.identityProvider"] = ["aws.cloudtrail.user_identity.identity_provider"],
        ["userIdentity.credentialId"] = ["aws.cloudtrail.user_identity.credential_id"],
        ["userIdentity.onBehalfOf.userId"] = ["aws.cloudtrail.user_identity.on_behalf_of.user_id"],
        ["userIdentity.onBehalfOf.identityStoreArn"] = ["aws.cloudtrail.user_identity.on_behalf_of.identity_store_arn"],
        ["userIdentity.inScopeOf.issuerType"] = ["aws.cloudtrail.user_identity.in_scope_of.issuer_type"],
        ["userIdentity.inScopeOf.credentialsIssuedTo"] = ["aws.cloudtrail.user_identity.in_scope_of.credentials_issued_to"],
        ["userIdentity.sessionContext.attributes.creationDate"] = ["aws.cloudtrail.user_identity.session_context.creation_date"],
        ["userIdentity.sessionContext.attributes.mfaAuthenticated"] = ["aws.cloudtrail.user_identity.session_context.mfa_authenticated"],
        ["userIdentity.sessionContext.sourceIdentity"] = ["aws.cloudtrail.user_identity.session_context.source_identity"],
        ["userIdentity.sessionContext.webIdFederationData.federatedProvider"] = ["aws.cloudtrail.user_identity.session_context.federated_provider"],
        ["userIdentity.sessionContext.ec2RoleDelivery"] = ["aws.cloudtrail.user_identity.session_context.ec2_role_delivery"],
        ["userIdentity.sessionContext.assumedRoot"] = ["aws.cloudtrail.user_identity.session_context.assumed_root"],
        ["userIdentity.sessionContext.signInSessionArn"] = ["aws.cloudtrail.user_identity.session_context.sign_in_session_arn"],
        ["userIdentity.sessionContext.sessionIssuer.type"] = ["aws.cloudtrail.user_identity.session_context.session_issuer.type"],
        ["userIdentity.sessionContext.sessionIssuer.principalId"] = ["aws.cloudtrail.user_identity.session_context.session_issuer.principal_id"],
        ["userIdentity.sessionContext.sessionIssuer.arn"] = ["aws.cloudtrail.user_identity.session_context.session_issuer.arn"],
        ["userIdentity.sessionContext.sessionIssuer.accountId"] = ["aws.cloudtrail.user_identity.session_context.session_issuer.account_id"],
        ["userIdentity.sessionContext.sessionIssuer.userName"] = ["user.name", "related.entity"],
        ["resources.ARN"] = ["aws.cloudtrail.resources.arn"],
        ["resources.arn"] = ["aws.cloudtrail.resources.arn"],
        ["resources.ARNPrefix"] = ["aws.cloudtrail.resources.arn_prefix"],
        ["resources.accountId"] = ["aws.cloudtrail.resources.account_id"],
        ["resources.type"] = ["aws.cloudtrail.resources.type"],
    };

    private readonly JsonElement _document;

    /// <summary>Values found at each path asked for: a record may hold thousands of leaves on one path.</summary>
    private readonly Dictionary<string, HashSet<string>> _values = new(StringComparer.Ordinal);

    private readonly List<string> _missing = [];

    private LeafCheck(JsonElement document) => _document = document;

    /// <summary>Paths and values that are missing; empty for a whole document.</summary>
    public static IReadOnlyList<string> Missing(ReadOnlyMemory<byte> record, ReadOnlyMemory<byte> document)
    {
        using var from = JsonDocument.Parse(record, Deep);
        using var to = JsonDocument.Parse(document, Deep);
        var check = new LeafCheck(to.RootElement);
        foreach (var member in from.RootElement.EnumerateObject().Where(member => member.Name != "trailstream"))
        {
            check.Walk(member.Value, member.Name);
        }

        return check._missing;
    }

    private void Walk(JsonElement value, string path)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                foreach (var member in value.EnumerateObject())
                {
                    Walk(member.Value, path + "." + member.Name);
                }

                break;
            case JsonValueKind.Array:
                foreach (var item in value.EnumerateArray())
                {
                    Walk(item, path);
                }

                break;
            case JsonValueKind.Null:
                break;
            default:
                var text = Text(value);
                if (text is not ("" or "-" or "none") && !IsHeld(path, text))
                {
                    _missing.Add($"{path}: {(text.Length > 200 ? text[..200] : text)}");
                }

                break;
        }
    }

    private bool IsHeld(string path, string text)
    {
        var root = path.Split('.')[0];
        if (Values("aws.cloudtrail.flattened.other." + path).Contains(text))
        {
            return true;
        }

        if (FreeForm.TryGetValue(root, out var copy))
        {
            var flattened = Values("aws.cloudtrail.flattened." + copy + path[root.Length..]);
            var java = Values("aws.cloudtrail." + copy);
            return copy == "insight_details" ? flattened.Contains(text)
                : (path == root || flattened.Contains(text))
                    && java.Any(whole => whole.Length > JavaCut || whole.Contains(text, StringComparison.Ordinal) || IsNumber(text));
        }

        if (path == "tlsDetails.tlsVersion")
        {
            return Values("tls.version").Any(version => text.EndsWith("v" + version, StringComparison.Ordinal));
        }

        return Mapped.TryGetValue(path, out var places) && places.Any(place => Values(place).Any(held => IsSame(text, held)));
    }

    private static bool IsSame(string text, string held) =>
        text == held || (DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, out var time)
            && DateTimeOffset.TryParse(held, CultureInfo.InvariantCulture, out var other) && time == other);

    private static bool IsNumber(string text) => double.TryParse(text, CultureInfo.InvariantCulture, out _);

    /// <summary>All values at a dotted path; a name that holds dots itself counts as well, arrays are looked through.</summary>
    private HashSet<string> Values(string path)
    {
        if (!_values.TryGetValue(path, out var found))
        {
            found = _values[path] = new HashSet<string>(StringComparer.Ordinal);
            Collect(_document, path, found);
        }

        return found;
    }

    private static void Collect(JsonElement element, string path, HashSet<string> found)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Array:
                foreach (var item in element.EnumerateArray())
                {
                    Collect(item, path, found);
                }

                break;
            case JsonValueKind.Object:
                foreach (var member in element.EnumerateObject())
                {
                    if (path == member.Name)
                    {
                        Collect(member.Value, "", found);
                    }
                    else if (path.StartsWith(member.Name + ".", StringComparison.Ordinal))
                    {
                        Collect(member.Value, path[(member.Name.Length + 1)..], found);
                    }
                }

                break;
            default:
                if (path.Length == 0)
                {
                    found.Add(Text(element));
                }

                break;
        }
    }

    private static string Text(JsonElement value) => value.ValueKind == JsonValueKind.String ? value.GetString()! : value.GetRawText();
}
