using static TrailStream.Pipeline.Setup.Kibana.Fields;
using static TrailStream.Pipeline.Setup.Kibana.Query;

namespace TrailStream.Pipeline.Setup.Kibana;

/// <summary>The twelve questions. The examples in them (alice, the documentation's keys) are there to be replaced.</summary>
internal static class Pivots
{
    public const string Person = "alice";
    public const string PersonArn = "arn:aws:iam::111111111111:user/alice";
    public const string LongKey = "AKIAIOSFODNN7EXAMPLE";
    public const string TemporaryKey = "ASIAIOSFODNN7EXAMPLE";
    public const string RoleArnExample = "arn:aws:iam::222222222222:role/deploy";

    private const string From = "FROM trailstream-cloudtrail\n";

    /// <summary>While evidence is waited for the status is pending: unattributed and partial come after that.</summary>
    public static readonly Query RoleUseWithoutOrigin = All(
        Is(IdentityType, "AssumedRole"), Is(Status, "unattributed", "partial"), Not(Exists(InvokedBy)));

    public static readonly Query WrongSessionName = All(Is(NameMatches, false), Is(Confidence, "exact", "strong"));

    public static readonly Query Denied = Any(Like(ErrorCode, "*Denied*"), Like(ErrorCode, "*Unauthorized*"));

    public static readonly Query PeopleChangingIamOrLogging = All(
        Is(Provider, "iam.amazonaws.com", "cloudtrail.amazonaws.com"), Is(ReadOnly, false), Is(Outcome, "success"),
        Is(OriginType, "IAMUser", "SAMLUser", "IdentityCenterUser"));

    public static readonly Query LongCrossAccountChain = All(Is(CrossAccount, true), AtLeast(Depth, 2));

    public static readonly IReadOnlyList<Pivot> Twelve =
    [
        new(1, "Everything a person did, through any role", "Replace alice by the person's name.", Any(Is(OriginName, Person), Is(RelatedUser, Person))),
        new(2, "Role use with no known person", "Calls through a role whose session nobody explains; the reason says which evidence is missing.", RoleUseWithoutOrigin)
        {
            Columns = [Status, Reason, UserName, Provider, EventAction, SourceIp],
        },
        new(3, "A leaked long-term key and all that came of it", "Replace the key: its own calls and those of every session that descends from it.",
            Any(Is(OriginKey, LongKey), Is(IdentityKey, LongKey)))
        {
            Columns = [ChainPath, IdentityKey, Provider, EventAction, SourceIp],
        },
        new(4, "A temporary key and all that came of it", "Replace the key: its own calls and those of every session below it.",
            Any(Is(IdentityKey, TemporaryKey), Is(HopKey, TemporaryKey)))
        {
            Columns = [ChainPath, IdentityKey, Provider, EventAction, SourceIp],
        },
        new(5, "Who stood behind a role today", "Replace the role's ARN.", Is(RoleArn, RoleArnExample))
        {
            From = "now-24h",
            Breakdown = new([OriginArn, Status], [Measure.Calls, Measure.Unique("addresses", SourceIp), Measure.FirstCall, Measure.LastCall]),
            Esql = From + $"| WHERE @timestamp > NOW() - 24 hours AND {RoleArn} == \"{RoleArnExample}\"\n"
                + $"| STATS calls = COUNT(*), addresses = COUNT_DISTINCT({SourceIp}), first = MIN(@timestamp), last = MAX(@timestamp) BY {OriginArn}, {Status}\n"
                + "| SORT calls DESC",
        },
        new(6, "What a person changed", "The blast radius: replace the ARN by the person's.", All(Is(OriginArn, PersonArn), Is(ReadOnly, false)))
        {
            Breakdown = new([Account, Provider, EventAction], [Measure.Calls, Measure.Unique("resources", ResourceArn)]),
            Esql = From + $"| WHERE @timestamp > NOW() - 36 hours AND {OriginArn} == \"{PersonArn}\" AND {ReadOnly} == false\n"
                + $"| STATS calls = COUNT(*), resources = VALUES({ResourceArn}) BY {Account}, {Provider}, {EventAction}\n| SORT calls DESC",
        },
        new(7, "Sessions under somebody else's name", "The session bears the name of a person who is not its origin.", WrongSessionName)
        {
            Columns = [OriginArn, SessionName, ChainPath, Provider, EventAction, SourceIp], From = "now-7d",
        },
        new(8, "New chains across accounts", "Chains of two roles or more over account borders, with the first time each was seen.", LongCrossAccountChain)
        {
            Columns = [ChainPath, Provider, EventAction, SourceIp], From = "now-30d",
            Breakdown = new([ChainPath], [Measure.Calls, Measure.FirstCall]),
            Esql = From + $"| WHERE {CrossAccount} == true AND {Depth} >= 2\n"
                + $"| STATS first = MIN(@timestamp), calls = COUNT(*) BY {ChainPath}\n| WHERE first > NOW() - 7 days\n| SORT first DESC",
        },
        new(9, "One session from several addresses", "Stolen credentials show up in two places; proxies and VPNs do too.", All(Exists(SourceIp), Exists(SessionKey)))
        {
            Columns = [SessionKey, OriginArn, SourceIp, Provider, EventAction],
            Breakdown = new([SessionKey, OriginName], [Measure.Unique("addresses", SourceIp), Measure.Calls]),
            Having = ("addresses", 2),
            Esql = From + $"| WHERE {SourceIp} IS NOT NULL AND {SessionKey} IS NOT NULL\n"
                + $"| STATS addresses = COUNT_DISTINCT({SourceIp}), list = VALUES({SourceIp}) BY {SessionKey}, {OriginName}\n| WHERE addresses > 1\n| SORT addresses DESC",
        },
        new(10, "Denied calls by person", "Who tries what they may not: five different actions or more are no slip.", Denied)
        {
            Columns = [OriginArn, ErrorCode, Provider, EventAction, SourceIp],
            Breakdown = new([OriginName], [Measure.Calls, Measure.Unique("actions", EventAction)]),
            Having = ("actions", 5),
            Esql = From + $"| WHERE {ErrorCode} LIKE \"*Denied*\" OR {ErrorCode} LIKE \"*Unauthorized*\"\n"
                + $"| STATS calls = COUNT(*), actions = COUNT_DISTINCT({EventAction}) BY {OriginName}\n| WHERE actions >= 5\n| SORT calls DESC",
        },
        new(11, "Changes of IAM and logging by people", "Successful changes of users, roles, policies and trails, with the person behind them.", PeopleChangingIamOrLogging)
        {
            Columns = [OriginArn, ChainPath, Provider, EventAction, Account], From = "now-7d",
        },
        new(12, "How well roles are explained", "Role use by hour and verdict: a fall shows missing grants long before an incident does.", Is(IdentityType, "AssumedRole"))
        {
            Columns = [Status, Reason, ChainPath, Provider, EventAction],
            Breakdown = new([Status, Reason], [Measure.Calls]),
            Esql = From + $"| WHERE {IdentityType} == \"AssumedRole\"\n| EVAL explained = CASE({Status} == \"attributed\", 1, 0)\n"
                + "| STATS calls = COUNT(*), explained = SUM(explained), delay_p95_seconds = PERCENTILE(DATE_DIFF(\"seconds\", @timestamp, event.ingested), 95)"
                + " BY hour = DATE_TRUNC(1 hour, @timestamp)\n| EVAL percent = 100.0 * explained / calls\n| SORT hour",
        },
    ];
}
