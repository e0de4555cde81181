using static TrailStream.Pipeline.Setup.Kibana.Fields;
using static TrailStream.Pipeline.Setup.Kibana.Query;

namespace TrailStream.Pipeline.Setup.Kibana;

/// <summary>Our own rules. They ask what CloudTrail alone cannot answer: who is behind the role.</summary>
internal static class DetectionRules
{
    public static readonly IReadOnlyList<DetectionRule> All =
    [
        new(
            "trailstream-unexplained-role-use", "AWS role used and nobody can say by whom",
            "A call through a role whose session was never traced to a person or workload, after the time for late evidence is over. Either grants are missing from "
            + "the trail, or the credentials were obtained where the organisation does not look.",
            Pivots.RoleUseWithoutOrigin, "medium")
        {
            FalsePositives = "Trails without STS events, and the first 36 hours after the start (attribution.coverage is partial then).",
            Investigation = "Read attribution.reason, then look for the key's grant in the accounts that may assume the role. Revoke the role's sessions if none is found.",
        },
        new(
            "trailstream-session-under-another-name", "AWS session under another person's name",
            "The session's name is the name of a person who is not the one it was traced to. Whoever assumes a role chooses the name; this one points at somebody else.",
            Pivots.WrongSessionName, "high")
        {
            FalsePositives = "Tools that set a fixed session name which happens to be a user's name.",
            Investigation = "The origin is proven by the grants in attribution.evidence; ask that person, not the one in the session's name.",
            Shown = [OriginArn, SessionName, ChainPath, SourceIp, EventAction],
        },
        new(
            "trailstream-new-person-in-role", "Person in an AWS role for the first time",
            "Somebody acts through a role in which they were not seen during the last two weeks.",
            Query.All(Is(Status, "attributed"), Is(OriginType, "IAMUser", "SAMLUser", "IdentityCenterUser", "Root"), Exists(RoleArn)), "low")
        {
            NewTerms = [OriginArn, RoleArn],
            FalsePositives = "New colleagues, changes of teams.",
            Investigation = "attribution.path shows how they came into the role; compare with who may.",
            Shown = [OriginArn, RoleArn, ChainPath, SourceIp, EventAction],
        },
        new(
            "trailstream-person-changes-iam-across-accounts", "IAM or logging changed through a chain across AWS accounts",
            "A person changed users, roles, policies or trails through two roles or more and over an account border: the way of an intruder who works upwards.",
            Query.All(Pivots.PeopleChangingIamOrLogging, Pivots.LongCrossAccountChain), "high")
        {
            FalsePositives = "Central administration that works through a hub account.",
            Investigation = "Follow attribution.chain hop by hop; each has its grant's event id, time and source address.",
            Shown = [OriginArn, ChainPath, Provider, EventAction, Account],
        },
        new(
            "trailstream-conflicting-grants", "Two callers for one AWS access key",
            "Two grants for the same temporary key name different callers, roles or times. AWS issues a key once: records were forged, altered or mixed with test data.",
            Is(Reason, "conflict"), "critical")
        {
            FalsePositives = "Anonymised or replayed sample data among the real events.",
            Investigation = "Compare the two grants, and where each came from: the account, the trail, the file's digest.",
        },
        new(
            "trailstream-session-from-many-addresses", "One AWS session from several addresses",
            "Calls with one temporary key from three addresses or more within minutes: its credentials are in more than one place.",
            Query.All(Exists(SourceIp), Exists(SessionKey), Not(Exists(InvokedBy))), "medium")
        {
            Threshold = new(SessionKey, 3, SourceIp, 3),
            TimestampField = Ingested,
            FalsePositives = "Proxies with many exits; functions and containers that share a role session.",
            Investigation = "Open the key from the alert: which address does what the origin usually does, and which does not?",
            Shown = [SessionKey, SourceIp],
        },
        new(
            "trailstream-person-probing", "Many kinds of AWS calls denied to one person",
            "Five different actions or more were denied to the same person within minutes, whatever roles and sessions they used.",
            Query.All(Pivots.Denied, Exists(OriginArn)), "medium")
        {
            Threshold = new(OriginArn, 5, EventAction, 5),
            TimestampField = Ingested,
            FalsePositives = "A new role that lacks permissions, read-only tools that try everything.",
            Investigation = "Look at what succeeded in between.",
            Shown = [OriginArn, EventAction],
        },
        new(
            "trailstream-grants-missing", "An AWS account's grants do not arrive",
            "Fifty calls or more through roles of one account within minutes, and no grant for any of their sessions: the trail lost them, or was told to.",
            Query.All(Is(IdentityType, "AssumedRole"), Is(Status, "unattributed"), Is(Reason, "no_grant"), Not(Exists(InvokedBy))), "medium")
        {
            Threshold = new(Account, 50),
            FalsePositives = "An account whose STS events are not delivered yet; EventBridge, which drops read-only events.",
            Investigation = "Does the account's trail log global services and read events? Was it changed (StopLogging, PutEventSelectors)?",
            Shown = [Account, Reason],
        },
    ];
}
