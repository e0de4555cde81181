using static TrailStream.Core.Documents.FieldType;

namespace TrailStream.Core.Documents;

/// <content><c>trailstream.*</c>: the attribution, in the words of the glossary.</content>
public static partial class DocumentFields
{
    private const string Verdict = "trailstream.attribution.";
    private const string Origin = Verdict + "origin.";
    private const string Hop = Verdict + "chain.";
    private const string Session = Verdict + "session.";

    private static DocumentField[] TrailStream =>
    [
        new("trailstream.schema", Keyword, "", "Version of the fields below.", "1"),
        new("trailstream.fallback_reason", Keyword, "the server's answer",
            "Why the server refused the document that this one stands for.", "failed to parse field", FieldWriter.Fallback),
        new("trailstream.raw", Stored, "the document", "The document that was refused, as text.", "{\"@timestamp\":…}", FieldWriter.Fallback),
        new(Verdict + "status", Keyword, "attribution", "direct, attributed, partial, pending, unattributed or not_applicable.", "attributed"),
        new(Verdict + "method", Keyword, "attribution", "How the origin was found.", "access_key"),
        new(Verdict + "confidence", Keyword, "attribution", "exact, strong, asserted or none.", "exact"),
        new(Verdict + "reason", Keyword, "attribution", "Code of the ground for the verdict.", "key_matched"),
        new(Verdict + "depth", FieldType.Integer, "attribution", "Number of hops from the origin to the caller.", "2"),
        new(Verdict + "path", Keyword, "attribution", "The chain in one line.", "alice@111111111111 > admin@111111111111 > deploy@222222222222"),
        new(Verdict + "roles", Keyword, "attribution", "The chain's roles, in order.", "admin"),
        new(Verdict + "accounts", Keyword, "attribution", "The chain's accounts, in order, each once.", "111111111111"),
        new(Verdict + "cross_account", FieldType.Boolean, "attribution", "True where the chain crosses accounts.", "true"),
        new(Verdict + "session_name_matches_origin", FieldType.Boolean, "attribution",
            "False where the session bears another person's name; absent where names cannot be compared.", "true"),
        new(Verdict + "via_service", Keyword, "userIdentity.invokedBy", "Service that called in the origin's name.", "cloudformation.amazonaws.com"),
        new(Verdict + "coverage", Keyword, "attribution", "partial until the program has seen a whole window of 36 hours.", "partial"),
        new(Verdict + "final", FieldType.Boolean, "attribution", "False while the verdict may still change.", "true"),
        new(Verdict + "revision", FieldType.Integer, "attribution", "How often the verdict has been written.", "1"),
        new(Verdict + "resolved_at", Date, "attribution", "When the verdict was made.", "2026-11-23T10:19:01.480Z"),
        new(Origin + "type", Keyword, "attribution", "Kind of principal at the head of the chain.", "IAMUser"),
        new(Origin + "name", Keyword, "attribution", "Its name: the person or the service.", "alice"),
        new(Origin + "arn", Keyword, "attribution", "Its ARN.", "arn:aws:iam::111111111111:user/alice"),
        new(Origin + "id", Keyword, "attribution", "Its principal id.", "AIDAEXAMPLE"),
        new(Origin + "account_id", Keyword, "attribution", "Its account.", "111111111111"),
        new(Origin + "access_key_id", Keyword, "attribution", "Key that the first call of the chain was signed with.", "AKIAEXAMPLE"),
        new(Origin + "source_identity", Keyword, "attribution", "The source identity that the origin set.", "alice"),
        new(Origin + "provider", Keyword, "attribution", "Identity provider that vouched for the origin.", "arn:aws:iam::111111111111:saml-provider/okta"),
        new(Origin + "mfa", FieldType.Boolean, "attribution", "True where the origin used MFA.", "true"),
        new(Origin + "workload.type", Keyword, "attribution", "Kind of workload behind a service: instance, function, task, pod…", "instance"),
        new(Origin + "workload.id", Keyword, "attribution", "The workload's id.", "i-0123456789abcdef0"),
        new(Origin + "workload.name", Keyword, "attribution", "Its name.", "resize"),
        new(Origin + "workload.namespace", Keyword, "attribution", "A pod's namespace.", "payments"),
        new(Origin + "workload.cluster", Keyword, "attribution", "A pod's or task's cluster.", "prod"),
        new(Hop + "hop", FieldType.Integer, "attribution",
            "Number of the hop; 1 is nearest the origin. All chain fields are arrays: hops are not told apart in a query.", "1"),
        new(Hop + "action", Keyword, "attribution", "Call that issued the key.", "AssumeRole"),
        new(Hop + "event_id", Keyword, "attribution", "Its event.", "0c5a4f3e-6d6b-4b8e-9a53-2f1d3c7e8b90"),
        new(Hop + "time", Date, "attribution", "When.", "2026-11-23T10:02:00Z"),
        new(Hop + "expires_at", Date, "attribution", "When the credentials end.", "2026-11-23T11:02:00Z"),
        new(Hop + "from_arn", Keyword, "attribution", "Who called.", "arn:aws:iam::111111111111:user/alice"),
        new(Hop + "from_key", Keyword, "attribution", "With which key.", "AKIAEXAMPLE"),
        new(Hop + "role_arn", Keyword, "attribution", "Role that was assumed.", "arn:aws:iam::111111111111:role/admin"),
        new(Hop + "role_name", Keyword, "attribution", "Its name.", "admin"),
        new(Hop + "account_id", Keyword, "attribution", "Its account.", "111111111111"),
        new(Hop + "session_name", Keyword, "attribution", "What the caller called the session: a claim, not proof.", "alice"),
        new(Hop + "source_identity", Keyword, "attribution", "Source identity of the session.", "alice"),
        new(Hop + "issued_key", Keyword, "attribution", "Key that was issued.", "ASIAHOP1EXAMPLE"),
        new(Hop + "source_ip", Keyword, "attribution", "Where the call came from: an address or a service.", "203.0.113.7"),
        new(Session + "access_key_id", Keyword, "attribution", "Key of the acting session.", "ASIAHOP2EXAMPLE"),
        new(Session + "name", Keyword, "attribution", "Its name.", "alice"),
        new(Session + "issued_at", Date, "attribution", "When it was issued.", "2026-11-23T10:02:00Z"),
        new(Session + "expires_at", Date, "attribution", "When it ends.", "2026-11-23T11:02:00Z"),
        new(Session + "source_identity", Keyword, "attribution", "Its source identity.", "alice"),
        new(Verdict + "evidence.event_ids", Keyword, "attribution", "Events that the verdict rests on.", "0c5a4f3e-6d6b-4b8e-9a53-2f1d3c7e8b90"),
        new(Verdict + "evidence.truncated", FieldType.Boolean, "attribution", "True where the chain is longer than what is listed.", "true"),
    ];
}
