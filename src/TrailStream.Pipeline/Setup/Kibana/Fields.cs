namespace TrailStream.Pipeline.Setup.Kibana;

/// <summary>Names of the fields that searches, dashboards and rules speak of; a test finds each in the mapping.</summary>
internal static class Fields
{
    public const string Time = "@timestamp";
    public const string Ingested = "event.ingested";
    public const string Resolved = "trailstream.attribution.resolved_at";
    public const string EventAction = "event.action";
    public const string Provider = "event.provider";
    public const string Outcome = "event.outcome";
    public const string EventId = "event.id";
    public const string SourceIp = "source.ip";
    public const string Account = "cloud.account.id";
    public const string RelatedUser = "related.user";
    public const string UserName = "user.name";

    public const string IdentityType = "aws.cloudtrail.user_identity.type";
    public const string IdentityKey = "aws.cloudtrail.user_identity.access_key_id";
    public const string InvokedBy = "aws.cloudtrail.user_identity.invoked_by";
    public const string RoleArn = "aws.cloudtrail.user_identity.session_context.session_issuer.arn";
    public const string ReadOnly = "aws.cloudtrail.read_only";
    public const string ErrorCode = "aws.cloudtrail.error_code";
    public const string ResourceArn = "aws.cloudtrail.resources.arn";

    public const string Status = "trailstream.attribution.status";
    public const string Reason = "trailstream.attribution.reason";
    public const string Confidence = "trailstream.attribution.confidence";
    public const string Coverage = "trailstream.attribution.coverage";
    public const string Revision = "trailstream.attribution.revision";
    public const string Depth = "trailstream.attribution.depth";
    public const string ChainPath = "trailstream.attribution.path";
    public const string CrossAccount = "trailstream.attribution.cross_account";
    public const string NameMatches = "trailstream.attribution.session_name_matches_origin";
    public const string OriginArn = "trailstream.attribution.origin.arn";
    public const string OriginName = "trailstream.attribution.origin.name";
    public const string OriginType = "trailstream.attribution.origin.type";
    public const string OriginKey = "trailstream.attribution.origin.access_key_id";
    public const string SessionKey = "trailstream.attribution.session.access_key_id";
    public const string SessionName = "trailstream.attribution.session.name";
    public const string HopKey = "trailstream.attribution.chain.issued_key";
    public const string HopFromKey = "trailstream.attribution.chain.from_key";
    public const string HopEvent = "trailstream.attribution.chain.event_id";
    public const string EvidenceEvents = "trailstream.attribution.evidence.event_ids";
}
