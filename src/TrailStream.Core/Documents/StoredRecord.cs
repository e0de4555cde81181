using System.Runtime.InteropServices;
using System.Text.Json;

namespace TrailStream.Core.Documents;

/// <summary>Makes a CloudTrail record again from a document of the ECS form, as far as attribution and the sections that an origin appears in look
/// at it: what Elastic's field map moved goes back to where it came from. Owned by one <see cref="StoredDocument"/>.</summary>
internal sealed class StoredRecord
{
    /// <summary>Slots of an STS event's record that end up in <c>related.entity</c>, in the order in which they are written there.</summary>
    private static readonly string[] EntitySlots = ["roleArn", "sourceIdentity", "serialNumber", "MFAIdentifier", "arn", "roleSessionName"];

    private readonly RecordWriter _members = new();

    /// <summary>Appends <c>{"eventID":…,"eventTime":…,"userIdentity":{…},"requestParameters":{…},…}</c>.</summary>
    public void Write(JsonElement document, IdentityMapping identity, ByteBuffer output)
    {
        _members.Begin(output);
        output.Append((byte)'{');
        var trail = At(document, "aws", "cloudtrail");
        Text("\"eventID\":"u8, At(document, "event", "id"));
        Text("\"eventTime\":"u8, At(document, "@timestamp"));
        Text("\"eventSource\":"u8, At(document, "event", "provider"));
        Text("\"eventName\":"u8, At(document, "event", "action"));
        Text("\"awsRegion\":"u8, At(document, "cloud", "region"));
        Text("\"sourceIPAddress\":"u8, At(document, "source", "address"));
        Text("\"errorCode\":"u8, At(trail, "error_code"));
        Text("\"recipientAccountId\":"u8, At(trail, "recipient_account_id"));
        Text("\"sharedEventID\":"u8, At(trail, "shared_event_id"));
        WriteIdentity(document, At(trail, "user_identity"), identity);
        WriteFreeForms(document, At(trail, "flattened"));
        Raw("\"insightDetails\":"u8, At(trail, "flattened", "insight_details"));
        Raw("\"resources\":"u8, At(trail, "resources"));
        output.Append((byte)'}');
    }

    /// <summary>The value at a path; of kind Undefined where any step is missing.</summary>
    public static JsonElement At(JsonElement element, params ReadOnlySpan<string> path)
    {
        foreach (var step in path)
        {
            if (element.ValueKind != JsonValueKind.Object || !element.TryGetProperty(step, out element))
            {
                return default;
            }
        }

        return element;
    }

    private void WriteIdentity(JsonElement document, JsonElement identity, IdentityMapping mapping)
    {
        var mark = _members.Open("\"userIdentity\":{"u8);
        var context = At(identity, "session_context");
        var behalf = At(identity, "on_behalf_of", "user_id");
        Text("\"type\":"u8, At(identity, "type"));
        Text("\"arn\":"u8, At(identity, "arn"));
        WriteAccount(document, Content(At(identity, "type")));
        Text("\"accessKeyId\":"u8, At(identity, "access_key_id"));
        Text("\"invokedBy\":"u8, At(identity, "invoked_by"));
        Text("\"identityProvider\":"u8, At(identity, "identity_provider"));
        Text("\"credentialId\":"u8, At(identity, "credential_id"));

        // user.id is the principal's id, or where there was none the user on whose behalf the session acts; where it is the origin's, the caller's
        // stands first in related.user.
        var isOriginUser = mapping == IdentityMapping.Ecs && At(document, "user", "effective").ValueKind == JsonValueKind.Object;
        var id = isOriginUser && Items(At(document, "related", "user")) is [var caller, ..] ? caller : At(document, "user", "id");
        if (behalf.ValueKind != JsonValueKind.String || !Content(id).SequenceEqual(Content(behalf)))
        {
            Text("\"principalId\":"u8, id);
        }

        // user.name is the role's name (sessionIssuer.userName) for a session, the caller's own otherwise.
        var issuerName = At(document, "user", "effective", "name");
        if (issuerName.ValueKind == JsonValueKind.Undefined)
        {
            Text("\"userName\":"u8, At(document, "user", "name"));
        }

        var on = _members.Open("\"onBehalfOf\":{"u8);
        Text("\"userId\":"u8, behalf);
        Text("\"identityStoreArn\":"u8, At(identity, "on_behalf_of", "identity_store_arn"));
        _members.Close(on);
        var scope = _members.Open("\"inScopeOf\":{"u8);
        Text("\"issuerType\":"u8, At(identity, "in_scope_of", "issuer_type"));
        Text("\"credentialsIssuedTo\":"u8, At(identity, "in_scope_of", "credentials_issued_to"));
        _members.Close(scope);

        var session = _members.Open("\"sessionContext\":{"u8);
        var attributes = _members.Open("\"attributes\":{"u8);
        Text("\"creationDate\":"u8, At(context, "creation_date"));
        Text("\"mfaAuthenticated\":"u8, At(context, "mfa_authenticated"));
        _members.Close(attributes);
        var issuer = _members.Open("\"sessionIssuer\":{"u8);
        Text("\"type\":"u8, At(context, "session_issuer", "type"));
        Text("\"principalId\":"u8, At(context, "session_issuer", "principal_id"));
        Text("\"arn\":"u8, At(context, "session_issuer", "arn"));
        Text("\"accountId\":"u8, At(context, "session_issuer", "account_id"));
        Text("\"userName\":"u8, issuerName);
        _members.Close(issuer);
        Text("\"sourceIdentity\":"u8, At(context, "source_identity"));
        Text("\"assumedRoot\":"u8, At(context, "assumed_root"));
        _members.Close(session);
        _members.Close(mark);
    }

    /// <summary>cloud.account.id is the caller's account, or the recipient's where the identity had none, as users of identity providers and services
    /// have none.</summary>
    private void WriteAccount(JsonElement document, ReadOnlySpan<byte> type)
    {
        var account = At(document, "cloud", "account", "id");
        var hasOwn = !(type.SequenceEqual("SAMLUser"u8) || type.SequenceEqual("WebIdentityUser"u8) || type.SequenceEqual("AWSService"u8));
        if (hasOwn || !Content(account).SequenceEqual(Content(At(document, "aws", "cloudtrail", "recipient_account_id"))))
        {
            Text("\"accountId\":"u8, account);
        }
    }

    /// <summary>The flattened copies where they were kept, and what other fields were made of where they were not.</summary>
    private void WriteFreeForms(JsonElement document, JsonElement flattened)
    {
        var request = At(flattened, "request_parameters");
        var response = At(flattened, "response_elements");
        var additional = At(flattened, "additional_eventdata");
        var isWhole = request.ValueKind == JsonValueKind.Object && At(request, "roleArn").ValueKind != JsonValueKind.Undefined;
        var entities = isWhole || !Content(At(document, "event", "provider")).StartsWith("sts."u8) ? [] : UnknownEntities(document);

        var mark = _members.Open("\"requestParameters\":{"u8);
        Members(request);
        Missing(request, "userName", At(document, "user", "target", "name"));
        Missing(request, "newUserName", At(document, "user", "changes", "name"));
        Missing(request, "groupName", At(document, "group", "name"));
        Slot(request, entities, 0);
        Slot(request, entities, 1);
        Slot(request, entities, 2);
        Slot(request, entities, 5);
        _members.Close(mark);

        mark = _members.Open("\"responseElements\":{"u8);
        Members(response);
        Inner(response, "user", "\"user\":{"u8, "\"userId\":"u8, At(document, "user", "target", "id"));
        Inner(response, "group", "\"group\":{"u8, "\"groupId\":"u8, At(document, "group", "id"));
        Inner(response, "assumedRoleUser", "\"assumedRoleUser\":{"u8, "\"arn\":"u8, entities.Count > 4 ? entities[4] : default);
        _members.Close(mark);

        mark = _members.Open("\"additionalEventData\":{"u8);
        Members(additional);
        Slot(additional, entities, 3);
        _members.Close(mark);
    }

    /// <summary>What stands in <c>related.entity</c> of an STS event and comes neither from its identity, nor its resources, nor its origin: it was
    /// made of request and answer, of which no copy was kept. In order.</summary>
    private static List<JsonElement> UnknownEntities(JsonElement document)
    {
        var known = new List<JsonElement>
        {
            At(document, "aws", "cloudtrail", "user_identity", "access_key_id"),
            At(document, "aws", "cloudtrail", "user_identity", "arn"),
            At(document, "aws", "cloudtrail", "user_identity", "session_context", "session_issuer", "arn"),
            At(document, "user", "name"),
            At(document, "user", "effective", "name"),
            At(document, "trailstream", "attribution", "origin", "arn"),
            At(document, "trailstream", "attribution", "origin", "access_key_id"),
        };
        foreach (var hop in Items(At(document, "trailstream", "attribution", "chain")))
        {
            known.Add(At(hop, "role_arn"));
            known.Add(At(hop, "issued_key"));
        }

        foreach (var resource in Items(At(document, "aws", "cloudtrail", "resources")))
        {
            known.Add(At(resource, "arn"));
        }

        var unknown = new List<JsonElement>();
        foreach (var entity in Items(At(document, "related", "entity")))
        {
            if (unknown.Count < EntitySlots.Length && !known.Exists(value => Content(value).SequenceEqual(Content(entity))))
            {
                unknown.Add(entity);
            }
        }

        return unknown;
    }

    private static List<JsonElement> Items(JsonElement array) => array.ValueKind == JsonValueKind.Array ? [.. array.EnumerateArray()] : [];

    /// <summary>Raw content of a string, quotes excluded; empty for any other value.</summary>
    public static ReadOnlySpan<byte> Content(JsonElement value) =>
        value.ValueKind == JsonValueKind.String ? JsonMarshal.GetRawUtf8Value(value)[1..^1] : default;

    private void Text(ReadOnlySpan<byte> name, JsonElement value)
    {
        if (value.ValueKind == JsonValueKind.String)
        {
            Raw(name, value);
        }
    }

    private void Raw(ReadOnlySpan<byte> name, JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.Undefined)
        {
            _members.Name(name);
            _members.Output.Append(JsonMarshal.GetRawUtf8Value(value));
        }
    }

    private void Members(JsonElement container)
    {
        if (container.ValueKind == JsonValueKind.Object && JsonMarshal.GetRawUtf8Value(container) is { Length: > 2 } members)
        {
            _members.Separate();
            _members.Output.Append(members[1..^1]);
        }
    }

    private void Slot(JsonElement container, List<JsonElement> entities, int slot)
    {
        if (slot < entities.Count)
        {
            Missing(container, EntitySlots[slot], entities[slot]);
        }
    }

    private void Missing(JsonElement container, string name, JsonElement value)
    {
        if (value.ValueKind == JsonValueKind.String && At(container, name).ValueKind == JsonValueKind.Undefined)
        {
            _members.Separate();
            _members.Output.Append((byte)'"');
            foreach (var letter in name)
            {
                _members.Output.Append((byte)letter);
            }

            _members.Output.Append("\":"u8);
            _members.Output.Append(JsonMarshal.GetRawUtf8Value(value));
        }
    }

    private void Inner(JsonElement container, string name, ReadOnlySpan<byte> opening, ReadOnlySpan<byte> inner, JsonElement value)
    {
        if (At(container, name).ValueKind == JsonValueKind.Undefined)
        {
            var mark = _members.Open(opening);
            Text(inner, value);
            _members.Close(mark);
        }
    }
}
