using static TrailStream.Core.Documents.FieldType;

namespace TrailStream.Core.Documents;

/// <summary>The fields of ECS documents: the one definition. <c>docs/fields.md</c>, <c>docs/fields.yml</c> and the mappings of the index templates are
/// made from it, and tests hold the writer to it.</summary>
public static partial class DocumentFields
{
    /// <summary>All, in the order of the documentation.</summary>
    public static IReadOnlyList<DocumentField> All { get; } = [.. Ecs, .. CloudTrail, .. TrailStream];

    private static DocumentField[] Ecs =>
    [
        new("@timestamp", Date, "eventTime", "When the call ended, by the service's clock.", "2026-11-23T10:15:32.000Z"),
        new("tags", Keyword, "",
            "trailstream-truncated: a free-form member was too long to be kept whole. trailstream-fallback: the server refused the "
            + "document; only its text was kept.",
            "trailstream-truncated"),
        new("ecs.version", Keyword, "", "Version of ECS that the fields follow.", "8.11.0"),
        new("data_stream.type", Keyword, "", "Always logs.", "logs"),
        new("data_stream.dataset", Keyword, "", "Always aws.cloudtrail: prebuilt rules filter by it.", "aws.cloudtrail"),
        new("data_stream.namespace", Keyword, "", "Always trailstream.", "trailstream"),
        new("event.id", Keyword, "eventID", "The event's id, also the document's `_id`.", "b3d7f1a2-6c4e-4d8b-8e21-5a9c0e7f4d33"),
        new("event.kind", Keyword, "", "Always event.", "event"),
        new("event.module", Keyword, "", "Always aws.", "aws"),
        new("event.dataset", Keyword, "", "Always aws.cloudtrail.", "aws.cloudtrail"),
        new("event.provider", Keyword, "eventSource", "The service that was called.", "sts.amazonaws.com"),
        new("event.action", Keyword, "eventName", "The call.", "AssumeRole"),
        new("event.category", Keyword, "by eventName", "ECS category of well-known calls.", "iam"),
        new("event.type", Keyword, "by eventName", "ECS types of well-known calls; info for all others.", "creation"),
        new("event.outcome", Keyword, "errorCode, errorMessage, responseElements.ConsoleLogin", "success or failure.", "success"),
        new("event.created", Date, "", "When the document was made.", "2026-11-23T10:19:01.480Z"),
        new("event.ingested", Date, "",
            "The same moment: detection rules go by it, because CloudTrail delivers minutes late. A correction has a new one.", "2026-11-23T10:19:01.480Z"),
        new("event.original", Stored, "the record", "The whole record, secrets removed. Only with `elasticsearch.event_original`.", "{\"eventVersion\":…}"),
        new("cloud.provider", Keyword, "", "Always aws.", "aws"),
        new("cloud.region", Keyword, "awsRegion", "Region of the call.", "eu-west-1"),
        new("cloud.account.id", Keyword, "userIdentity.accountId, else recipientAccountId", "The caller's account.", "222222222222"),
        new("cloud.service.name", Keyword, "eventSource", "The service's short name.", "sts"),
        new("cloud.origin.account.id", Keyword, "attribution", "The origin's account.", "111111111111"),
        new("source.address", Keyword, "sourceIPAddress", "Where the call came from: an IP address, or the name of a service.", "203.0.113.7"),
        new("source.ip", Ip, "sourceIPAddress", "The same where it is an IP address.", "203.0.113.7"),
        new("source.geo.city_name", Keyword, "", "City of the address.", "Vienna", FieldWriter.Site),
        new("source.geo.continent_name", Keyword, "", "Continent of the address.", "Europe", FieldWriter.Site),
        new("source.geo.country_iso_code", Keyword, "", "Country of the address.", "AT", FieldWriter.Site),
        new("source.geo.country_name", Keyword, "", "Country of the address.", "Austria", FieldWriter.Site),
        new("source.geo.location", GeoPoint, "", "Place of the address.", "48.2,16.4", FieldWriter.Site),
        new("source.geo.region_iso_code", Keyword, "", "Region of the address.", "AT-9", FieldWriter.Site),
        new("source.geo.region_name", Keyword, "", "Region of the address.", "Vienna", FieldWriter.Site),
        new("source.as.number", Long, "", "Autonomous system of the address.", "64496", FieldWriter.Site),
        new("source.as.organization.name", Keyword, "", "Who runs that system.", "Example Networks", FieldWriter.Site),
        new("tls.version_protocol", Keyword, "tlsDetails.tlsVersion", "Protocol of the connection.", "tls"),
        new("tls.version", Keyword, "tlsDetails.tlsVersion", "Version of the protocol.", "1.3"),
        new("tls.cipher", Keyword, "tlsDetails.cipherSuite", "Cipher suite.", "TLS_AES_128_GCM_SHA256"),
        new("tls.client.server_name", Keyword, "tlsDetails.clientProvidedHostHeader", "Host that the client asked for.", "sts.amazonaws.com"),
        new("user_agent.original", Keyword, "userAgent", "The user agent as it was given.", "aws-cli/2.15.0 Python/3.11.6 Linux/6.1"),
        new("user_agent.name", Keyword, "userAgent", "Its product: an SDK, a tool, a browser, a service.", "aws-cli"),
        new("user_agent.version", Keyword, "userAgent", "The product's version.", "2.15.0"),
        new("user_agent.device.name", Keyword, "userAgent", "A browser's device where it names one.", "Mac"),
        new("user_agent.os.name", Keyword, "userAgent", "Operating system.", "Mac OS X"),
        new("user_agent.os.version", Keyword, "userAgent", "Its version.", "10.15.7"),
        new("user_agent.os.full", Keyword, "userAgent", "Both.", "Mac OS X 10.15.7"),
        new("user.id", Keyword, "userIdentity.principalId, else onBehalfOf.userId",
            "The caller's principal id. With `elasticsearch.identity: ecs`: the origin's id.", "AROAEXAMPLE2:alice"),
        new("user.name", Keyword, "sessionIssuer.userName, else userIdentity.userName",
            "A role session's role, else the user. With `elasticsearch.identity: ecs`: the origin's name.", "deploy"),
        new("user.email", Keyword, "session name, user name or origin", "The first of these that is an e-mail address.", "alice@example.com"),
        new("user.roles", Keyword, "attribution", "Names of the roles from the origin to the caller.", "admin"),
        new("user.effective.id", Keyword, "sessionIssuer.principalId", "The role's (federated user's: the issuer's) principal id.", "AROAEXAMPLE2"),
        new("user.effective.name", Keyword, "sessionIssuer.userName", "The role's name.", "deploy"),
        new("user.target.id", Keyword, "responseElements.user.userId", "Id of the user that was made.", "AIDAEXAMPLE"),
        new("user.target.name", Keyword, "requestParameters.userName", "The user that was acted upon.", "bob"),
        new("user.changes.name", Keyword, "requestParameters.newUserName", "That user's new name.", "robert"),
        new("group.id", Keyword, "responseElements.group.groupId", "Id of the group that was made.", "AGPAEXAMPLE"),
        new("group.name", Keyword, "requestParameters.groupName", "The group that was acted upon.", "admins"),
        new("related.user", Keyword, "everywhere",
            "Every name and id of a user in the event and its attribution: the caller, the origin, the session names, the target; "
            + "of e-mail addresses also the part before the @.",
            "alice"),
        new("related.ip", Ip, "sourceIPAddress", "Every IP address.", "203.0.113.7"),
        new("related.entity", Keyword, "everywhere",
            "Every ARN, access key and resource of the event and its attribution.", "arn:aws:iam::111111111111:role/admin"),
    ];
}
